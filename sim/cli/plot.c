// SPDX-License-Identifier: Apache-2.0
#include "results.h"
#include "svg.h"

#include <math.h>

enum { BINS = 160 };

struct range {
    double low, high;
};

// All values, and the lowest level of the signed format, most of whose negative levels lie idle.
static struct range find_range(size_t n, const float *values,
                               const struct se_quantizer *is_signed) {
    double lowest = se_format_base(&is_signed->format, true) * (double)is_signed->s2;
    struct range r = {isfinite(is_signed->thr_neg) ? lowest : 0, 0};
    for (size_t i = 0; i < n; i++) {
        r.low = fmin(r.low, (double)values[i]);
        r.high = fmax(r.high, (double)values[i]);
    }
    double margin = 0.02 * (r.high - r.low);
    return (struct range){r.low - margin, r.high + margin};
}

static void put_histogram(FILE *to, struct range r, size_t n, const float *values) {
    size_t counts[BINS] = {0};
    double width = (r.high - r.low) / BINS;
    for (size_t i = 0; i < n; i++) {
        size_t bin = (size_t)(((double)values[i] - r.low) / width);
        counts[bin < BINS ? bin : BINS - 1]++;
    }
    fputs("$histogram << EOD\n", to);
    for (int i = 0; i < BINS; i++) {
        if (counts[i] > 0) {
            fprintf(to, "%g %zu\n", r.low + (i + 0.5) * width, counts[i]);
        }
    }
    fprintf(to, "EOD\nset boxwidth %g absolute\n", width);
}

// The levels of one flag as points at height y. With the flag, only levels that codes can reach:
// those past the thresholds.
static void put_levels(FILE *to, const char *name, const struct se_quantizer *q, bool flag, int y) {
    fprintf(to, "$%s << EOD\n", name);
    for (int i = se_format_base(&q->format, flag); i <= se_format_last(&q->format, flag); i++) {
        double level = i * (double)(flag ? q->s2 : q->s1);
        if (!flag || level > (double)q->thr_pos || level < -(double)q->thr_neg) {
            fprintf(to, "%g %d\n", level, y);
        }
    }
    fputs("NaN NaN\nEOD\n", to);
}

static void put_codebook(FILE *to, const struct layer_result *layer, int y) {
    fputs("$codebook << EOD\n", to);
    for (int i = 0; i < CODEBOOK_LEVELS; i++) {
        fprintf(to, "%g %d\n", (double)layer->codebook[i], y);
    }
    fputs("EOD\n", to);
}

static const char *const prologue =
    "set terminal svg size 960,560 background rgb 'white' font 'sans,13'\n"
    "set multiplot\nset lmargin 16\nset rmargin 3\nset border 3\nset tics nomirror out\n"
    "set style fill solid\nunset key\n";

static const char *const histogram_panel =
    "set origin 0,0.40\nset size 1,0.58\nset logscale y\nset ylabel 'values in a bin'\n"
    "set yrange [0.7:*]\nset format x ''\n"
    "plot $histogram with boxes lc rgb '#b8c4d0'\n";

static const char *const levels_panel =
    "unset logscale\nunset title\nset origin 0,0\nset size 1,0.42\nset yrange [0.3:3.7]\n"
    "set format x '%g'\nset xlabel 'activation after SiLU'\nunset ylabel\n"
    "set ytics ('w4a5-se' 3, 'w4a5-se-offset' 2, 'Lloyd-Max' 1)\nset key outside top center "
    "horizontal\n"
    "plot $signed1 with points pt 7 ps 0.5 lc rgb '#1f6feb' title 's1', "
    "$signed2 with points pt 5 ps 0.5 lc rgb '#d9480f' title 's2', "
    "$offset1 with points pt 7 ps 0.5 lc rgb '#1f6feb' notitle, "
    "$offset2 with points pt 5 ps 0.5 lc rgb '#d9480f' notitle, "
    "$codebook with points pt 9 ps 0.5 lc rgb '#495057' title '32 free levels'\n";

static void put_script(FILE *to, const struct results *results, size_t layer, size_t n,
                       const float *values) {
    const struct layer_result *l = &results->layers[layer];
    const struct format_result *is_signed = &l->formats[results_best(results, layer, "w4a5-se")];
    const struct format_result *offset =
        &l->formats[results_best(results, layer, "w4a5-se-offset")];
    struct range range = find_range(n, values, &is_signed->quantizer);
    put_histogram(to, range, n, values);
    put_levels(to, "signed1", &is_signed->quantizer, false, 3);
    put_levels(to, "signed2", &is_signed->quantizer, true, 3);
    put_levels(to, "offset1", &offset->quantizer, false, 2);
    put_levels(to, "offset2", &offset->quantizer, true, 2);
    put_codebook(to, l, 1);
    fputs(prologue, to);
    fprintf(to, "set xrange [%g:%g]\n", range.low, range.high);
    fprintf(
        to,
        "set title 'Layer %zu: %zu activations; w4a5-se %.1f dB, with calibrated bases %.1f dB, "
        "bound %.1f dB'\n",
        layer, n, is_signed->quality.sqnr_db, offset->quality.sqnr_db, l->codebook_db);
    fputs(histogram_panel, to);
    fputs(levels_panel, to);
    fputs("unset multiplot\n", to);
}

struct plot {
    const struct results *results;
    size_t layer, n;
    const float *values;
};

static void put_plot(const void *data, FILE *to) {
    const struct plot *p = data;
    put_script(to, p->results, p->layer, p->n, p->values);
}

enum se_status results_plot(const struct results *results, size_t layer, size_t n,
                            const float *values, const char *directory, struct se_error *err) {
    const struct plot plot = {results, layer, n, values};
    char name[64];
    snprintf(name, sizeof name, "quantization-layer%zu.svg", layer);
    return svg_draw(directory, name, put_plot, &plot, err);
}
