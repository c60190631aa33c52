// SPDX-License-Identifier: Apache-2.0
#include "results.h"

#include "cli.h"
#include "w4a5se/report.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- figures ----

static const char *scale_text(char *text, size_t size, const struct se_calibration *c) {
    if (c->scale == SE_SCALE_PERCENTILE) {
        snprintf(text, size, "p%g", c->percentile);
    } else {
        snprintf(text, size, "%s", se_scale_names[c->scale]);
    }
    return text;
}

// "R2 p99" where the percentile is the threshold's, "R3".
static const char *rule_text(char *text, size_t size, const struct se_calibration *c) {
    if (c->rule == SE_RULE_R2) {
        snprintf(text, size, "R2 p%g", c->percentile);
    } else {
        snprintf(text, size, "%s", c->dual ? se_rule_names[c->rule] : "-");
    }
    return text;
}

static const char *ratio_text(char *text, size_t size, const struct se_calibration *c) {
    if (!c->dual) {
        snprintf(text, size, "-");
    } else if (c->ratio_choice == SE_RATIO_FIXED) {
        snprintf(text, size, "%g", (double)c->ratio);
    } else {
        snprintf(text, size, "%s", c->ratio_choice == SE_RATIO_POW2 ? "pow2" : "free");
    }
    return text;
}

const char *results_label(char *text, const struct se_sweep_format *format) {
    char rule[24], scale[24], ratio[24];
    const struct se_calibration *c = &format->calibration;
    scale_text(scale, sizeof scale, c);
    ratio_text(ratio, sizeof ratio, c);
    if (c->dual) {
        snprintf(text, RESULTS_LABEL, "%s %s %s ratio %s", format->name,
                 rule_text(rule, sizeof rule, c), scale, ratio);
    } else {
        snprintf(text, RESULTS_LABEL, "%s %s", format->name, scale);
    }
    return text;
}

double results_traffic(const struct format_result *result) {
    return 100.0 * (double)result->stored_bytes / (double)result->quality.values;
}

int results_best(const struct results *results, size_t layer, const char *name) {
    int best = -1;
    for (size_t f = 0; f < results->sweep->n; f++) {
        const struct format_result *rows = results->layers[layer].formats;
        if (!strcmp(results->sweep->formats[f].name, name) &&
            (best < 0 || rows[f].calibration_db > rows[best].calibration_db)) {
            best = (int)f;
        }
    }
    return best;
}

size_t results_compared(const struct results *results) {
    const struct datapath_counts *n = &results->compared;
    return n->codes + n->packed_words + n->values;
}

bool results_comparable(const struct results *results) {
    return results_best(results, 0, "w4a5-se") >= 0 &&
           results_best(results, 0, "w4a5-se-offset") >= 0;
}

// A format over all layers.
struct row {
    size_t values, outliers, clipped, outliers_zero, reciprocal, bytes;
};

static struct row sum_layers(const struct results *results, size_t format) {
    struct row row = {0};
    for (size_t l = 0; l < results->n_layers; l++) {
        const struct format_result *r = &results->layers[l].formats[format];
        row.values += r->quality.values;
        row.outliers += r->quality.outliers;
        row.clipped += r->quality.clipped;
        row.outliers_zero += r->quality.outliers_zero;
        row.reciprocal += r->quality.reciprocal;
        row.bytes += r->stored_bytes;
    }
    return row;
}

static double percent(size_t part, size_t whole) {
    return 100.0 * (double)part / (double)whole;
}

// ---- tables ----

// Cells are separated by `bar`; Markdown needs it at both ends too.
static void print_row(const struct results *results, size_t f, const char *bar, FILE *to) {
    const struct se_sweep_format *format = &results->sweep->formats[f];
    const struct row row = sum_layers(results, f);
    char rule[24], scale[24], ratio[24];
    fprintf(to, "%-14s%s%-6s%s%-11s%s%5s%s", format->name, bar,
            rule_text(rule, sizeof rule, &format->calibration), bar,
            scale_text(scale, sizeof scale, &format->calibration), bar,
            ratio_text(ratio, sizeof ratio, &format->calibration), bar);
    for (size_t l = 0; l < results->n_layers; l++) {
        fprintf(to, "%5.2f%s", results->layers[l].formats[f].quality.sqnr_db, bar);
    }
    fprintf(to, "%6.2f%s%6.3f%s%6zu%s%5.2f%s%6.1f%s%5zu", percent(row.outliers, row.values), bar,
            percent(row.clipped, row.values), bar, row.outliers_zero, bar,
            8 * (double)row.bytes / (double)row.values, bar, percent(row.bytes, row.values), bar,
            row.reciprocal);
}

static void print_codebook_row(const struct results *results, const char *bar, FILE *to) {
    fprintf(to, "%-14s%s%-6s%s%-11s%s%5s%s", "lloyd-max", bar, "-", bar, "codebook", bar, "-", bar);
    for (size_t l = 0; l < results->n_layers; l++) {
        fprintf(to, "%5.2f%s", results->layers[l].codebook_db, bar);
    }
    fprintf(to, "%6s%s%6s%s%6s%s%5.2f%s%6.1f%s%5s", "-", bar, "-", bar, "-", bar,
            log2(CODEBOOK_LEVELS), bar, 100 * log2(CODEBOOK_LEVELS) / 8, bar, "-");
}

static void print_header(const struct results *results, const char *bar, FILE *to) {
    fprintf(to, "%-14s%s%-6s%s%-11s%s%5s%s", "format", bar, "rule", bar, "s1", bar, "ratio", bar);
    for (size_t l = 0; l < results->n_layers; l++) {
        fprintf(to, "dB L%zu%s", l, bar);
    }
    fprintf(to, "%6s%s%6s%s%6s%s%5s%s%6s%s%5s", "outl %", bar, "clip %", bar, "zeroed", bar, "bits",
            bar, "traf %", bar, "recip");
}

void results_print(const struct results *results, FILE *to) {
    print_header(results, "  ", to);
    fputc('\n', to);
    for (size_t f = 0; f < results->sweep->n; f++) {
        print_row(results, f, "  ", to);
        fputc('\n', to);
    }
    print_codebook_row(results, "  ", to);
    fputs("\n\n"
          "dB Ln: SQNR on layer n's test part; outl: codes with the flag; clip: values beyond the "
          "range\n"
          "of their flag; zeroed: outliers that come back as 0 (count); traf: stored bytes, INT8 = "
          "100;\n"
          "recip: codes that a division instead of the reciprocal would change (count).\n",
          to);
}

// ---- Markdown ----

static void write_table(const struct results *results, FILE *to) {
    fputs("| ", to);
    print_header(results, " | ", to);
    fputs(" |\n|---|---|---|---|", to);
    for (size_t i = 0; i < results->n_layers + 6; i++) {
        fputs("---:|", to);
    }
    for (size_t f = 0; f < results->sweep->n; f++) {
        fputs("\n| ", to);
        print_row(results, f, " | ", to);
        fputs(" |", to);
    }
    fputs("\n| ", to);
    print_codebook_row(results, " | ", to);
    fputs(" |\n", to);
}

static void write_best_table(const struct results *results, FILE *to) {
    fputs("| layer | w4a5-se, best | w4a5-se-offset, best | bases | s1 | ratio | Lloyd-Max | "
          "distance |\n"
          "|---:|---:|---:|---|---:|---:|---:|---:|\n",
          to);
    for (size_t l = 0; l < results->n_layers; l++) {
        const struct layer_result *layer = &results->layers[l];
        int signed_row = results_best(results, l, "w4a5-se");
        int offset_row = results_best(results, l, "w4a5-se-offset");
        const struct format_result *best = &layer->formats[offset_row];
        fprintf(to, "| %zu | %.2f dB | %.2f dB | %d, %d | %.6g | %.4g | %.2f dB | %.2f dB |\n", l,
                layer->formats[signed_row].quality.sqnr_db, best->quality.sqnr_db,
                best->quantizer.format.base1, best->quantizer.format.base2,
                (double)best->quantizer.s1, (double)best->quantizer.ratio, layer->codebook_db,
                layer->codebook_db - best->quality.sqnr_db);
    }
}

// What each rule does to values past the range, where the ratio is given.
static void write_outlier_table(const struct results *results, FILE *to) {
    fputs("| format | rule | s1 | ratio | outliers | come back as 0 | share |\n"
          "|---|---|---|---:|---:|---:|---:|\n",
          to);
    for (size_t f = 0; f < results->sweep->n; f++) {
        const struct se_sweep_format *format = &results->sweep->formats[f];
        const struct se_calibration *c = &format->calibration;
        const struct row row = sum_layers(results, f);
        char rule[24], scale[24];
        if (c->dual && c->ratio_choice == SE_RATIO_FIXED) {
            fprintf(to, "| %s | %s | %s | %g | %zu | %zu | %.1f %% |\n", format->name,
                    rule_text(rule, sizeof rule, c), scale_text(scale, sizeof scale, c),
                    (double)c->ratio, row.outliers, row.outliers_zero,
                    row.outliers ? percent(row.outliers_zero, row.outliers) : 0);
        }
    }
}

// Stored bytes by code width.
static void write_traffic_table(const struct results *results, FILE *to) {
    fputs("| bits a code | values | bytes stored | of INT8's |\n|---:|---:|---:|---:|\n", to);
    for (int width = SE_CODE_BITS_MIN; width <= SE_CODE_BITS_MAX + 1; width++) {
        for (size_t f = 0; f < results->sweep->n; f++) {
            if (se_format_width(&results->layers[0].formats[f].quantizer.format) == width) {
                const struct row row = sum_layers(results, f);
                fprintf(to, "| %d | %zu | %zu | %.1f %% |\n", width, row.values, row.bytes,
                        percent(row.bytes, row.values));
                break;
            }
        }
    }
}

static const char *const column_notes =
    "\n"
    "- dB Ln: SQNR on layer n. outl %: codes with the flag. clip %: values beyond the range of "
    "their\n"
    "  flag.\n"
    "- zeroed: outliers that come back as 0, a count over all layers.\n"
    "- bits, traf %: bits stored a value, and bytes stored with INT8 = 100; see Traffic.\n"
    "- recip: codes that HA(v/s) instead of HA(v * (1/s)) would change, a count over all layers.\n"
    "- R2 pP: the threshold is the P-th percentile of the magnitudes. s1 pP: so is the top of "
    "s1's\n"
    "  range.\n"
    "- lloyd-max: the best codebook of 32 levels for the calibration part (exact, by dynamic\n"
    "  programming), used on the test part like the rest; the bound of any 5-bit scalar quantiser "
    "up to\n"
    "  the difference between the two parts.\n\n";

static void write_markdown(const void *data, FILE *to) {
    const struct results *results = data;
    const struct se_origin origin = se_origin_now();
    const struct datapath_counts *n = &results->compared;
    fprintf(to,
            "# Quantisation of recorded activations\n\n"
            "Written by `%s` (%s, %s, %s). Data: `%s`, sweep: `%s`.\n"
            "Scales, bases and thresholds come from the calibration part, figures from the test "
            "part.\n\n"
            "**%zu results of RTL and C model compared, 0 mismatches**: %zu codes out of the "
            "quantiser and of unpacking, %zu packed words, %zu dequantised values.\n\n"
            "## Every format\n\n",
            results->command, origin.date, origin.host, se_rtl_version(), results->data,
            results->sweep_path, results_compared(results), n->codes, n->packed_words, n->values);
    write_table(results, to);
    fputs(column_notes, to);
    if (results_comparable(results)) {
        fputs("## How far five bits are from the bound\n\n"
              "Of the rows of a format, the one that is best on the calibration part.\n\n",
              to);
        write_best_table(results, to);
    }
    fputs("\n## Outliers sent to zero\n\n"
          "All layers together, where the ratio is given. A rule without outliers saturates.\n\n",
          to);
    write_outlier_table(results, to);
    fputs("\n## Traffic\n\n"
          "Bytes of the 32-bit words that code_pack gave out, flag included; a token's codes begin "
          "on a "
          "word.\n\n",
          to);
    write_traffic_table(results, to);
    for (size_t l = 0; l < results->n_layers && results_comparable(results); l++) {
        fprintf(to, "%s![layer %zu](quantization-layer%zu.svg)\n",
                l == 0 ? "\n## Histograms and level grids\n\n" : "", l, l);
    }
}

// ---- JSON ----

static json_t *format_json(const struct se_sweep_format *format, const struct format_result *r) {
    const struct se_quantizer *q = &r->quantizer;
    const struct se_quality *m = &r->quality;
    char scale[24], ratio[24];
    json_t *root = json_pack("{s:s, s:i, s:s, s:s, s:s}", "format", format->name, "code_bits",
                             q->format.code_bits, "rule", se_rule_names[format->calibration.rule],
                             "scale", scale_text(scale, sizeof scale, &format->calibration),
                             "ratio_option", ratio_text(ratio, sizeof ratio, &format->calibration));
    json_t *figures = json_pack(
        "{s:I, s:o, s:f, s:I, s:I, s:I, s:I, s:I, s:f, s:f}", "values", (json_int_t)m->values,
        "sqnr_db", cli_json_number(m->sqnr_db), "calibration_sqnr_db", r->calibration_db,
        "outliers", (json_int_t)m->outliers, "clipped", (json_int_t)m->clipped, "outliers_zero",
        (json_int_t)m->outliers_zero, "reciprocal_differs", (json_int_t)m->reciprocal,
        "stored_bytes", (json_int_t)r->stored_bytes, "bits_per_value",
        8 * (double)r->stored_bytes / (double)m->values, "traffic_percent_of_int8",
        results_traffic(r));
    json_object_set_new(root, "percentile", json_real(format->calibration.percentile));
    json_object_update_new(root, cli_json_quantizer(q));
    json_object_update_new(root, figures);
    return root;
}

static json_t *layer_json(const struct results *results, size_t layer) {
    const struct layer_result *l = &results->layers[layer];
    json_t *formats = json_array();
    for (size_t f = 0; f < results->sweep->n; f++) {
        json_array_append_new(formats, format_json(&results->sweep->formats[f], &l->formats[f]));
    }
    return json_pack("{s:I, s:f, s:o}", "layer", (json_int_t)layer, "lloyd_max_32_db",
                     l->codebook_db, "formats", formats);
}

static json_t *results_json(const struct results *results) {
    const struct se_origin origin = se_origin_now();
    json_t *layers = json_array();
    for (size_t l = 0; l < results->n_layers; l++) {
        json_array_append_new(layers, layer_json(results, l));
    }
    const struct datapath_counts *n = &results->compared;
    json_t *compared =
        json_pack("{s:I, s:I, s:I, s:I}", "results", (json_int_t)results_compared(results), "codes",
                  (json_int_t)n->codes, "packed_words", (json_int_t)n->packed_words, "values",
                  (json_int_t)n->values);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:i, s:o}", "command", results->command,
                     "date", origin.date, "host", origin.host, "verilator", se_rtl_version(),
                     "data", results->data, "sweep", results->sweep_path, "compared", compared,
                     "mismatches", 0, "layers", layers);
}

enum se_status results_write(const struct results *results, const char *directory,
                             struct se_error *err) {
    enum se_status status =
        se_report_json(directory, "quantization.json", results_json(results), err);
    return status == SE_OK
               ? se_report_text(directory, "quantization.md", write_markdown, results, err)
               : status;
}
