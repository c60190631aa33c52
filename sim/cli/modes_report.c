// SPDX-License-Identifier: Apache-2.0
#include "cli.h"
#include "modes.h"
#include "w4a5se/report.h"

#include <math.h>

// ---- findings ----

static double bits_of(const struct modes *modes, enum evaluation_scheme scheme,
                      enum se_input_mode mode) {
    return se_evaluation_bits(&modes->e->rows[modes->scheme[scheme] + mode].result);
}

bool modes_simulation_is_int8(const struct modes *modes) {
    bool same = true;
    for (int s = 0; s < 3; s++) {
        const struct evaluation_row *rows = &modes->e->rows[modes->scheme[s]];
        const struct se_evaluation *a = &rows[SE_INPUT_INT8].result;
        const struct se_evaluation *b = &rows[SE_INPUT_FP32_SIM_INT8].result;
        same = same && a->nats == b->nats && a->agree == b->agree;
        for (size_t l = 0; l < modes->e->model.config.layers; l++) {
            same = same && a->noise[l] == b->noise[l];
        }
    }
    return same;
}

static const char *yes(bool is) {
    return is ? "yes" : "**no**";
}

static double per_cent_over_int8(const struct modes *modes, enum evaluation_scheme scheme,
                                 enum se_input_mode mode) {
    return 100 * (bits_of(modes, scheme, mode) / bits_of(modes, scheme, SE_INPUT_INT8) - 1);
}

void modes_print_findings(FILE *to, const struct modes *modes) {
    fputs("| | float | w8a8 | w4a8 |\n|---|---|---|---|\n| best mode", to);
    for (int s = 0; s < 3; s++) {
        int best = 0;
        for (int m = 1; m < SE_INPUT_MODES; m++) {
            best = bits_of(modes, (enum evaluation_scheme)s, (enum se_input_mode)m) <
                           bits_of(modes, (enum evaluation_scheme)s, (enum se_input_mode)best)
                       ? m
                       : best;
        }
        const struct evaluation_row *row = &modes->e->rows[modes->scheme[s] + (size_t)best];
        double behind = bits_of(modes, (enum evaluation_scheme)s, SE_INPUT_FP32) -
                        se_evaluation_bits(&row->result);
        fprintf(to, " | %s; fp32 is %.5f behind, +- %.5f", se_input_mode_names[best], behind,
                se_evaluation_bits_error(&row->result));
    }
    fputs(" |\n| w4a5-se-offset at most 0.2 % over int8", to);
    for (int s = 0; s < 3; s++) {
        double more = per_cent_over_int8(modes, (enum evaluation_scheme)s, SE_INPUT_W4A5_SE_OFFSET);
        fprintf(to, " | %s (%+.3f %%)", yes(more <= 0.2), more);
    }
    fputs(" |\n| w4a5-se at most 0.5 % over int8", to);
    for (int s = 0; s < 3; s++) {
        double more = per_cent_over_int8(modes, (enum evaluation_scheme)s, SE_INPUT_W4A5_SE);
        fprintf(to, " | %s (%+.3f %%)", yes(more <= 0.5), more);
    }
    fprintf(to, " |\n\nfp32-sim-int8 equal to int8 in every scheme, exactly: %s.\n",
            yes(modes_simulation_is_int8(modes)));
}

// By a layer's SQNR, or by fewer bits where layer is negative.
static double score(const struct evaluation_row *row, int layer) {
    return layer < 0 ? -se_evaluation_bits(&row->result)
                     : se_evaluation_sqnr_db(&row->result, (size_t)layer);
}

// The best and the worst rule of a mode.
static void print_winner(FILE *to, const struct modes *modes, enum se_input_mode mode, int layer) {
    const struct evaluation_row *best = NULL, *second = NULL, *worst = NULL;
    for (size_t i = modes->rules; i < modes->rules_end; i++) {
        const struct evaluation_row *row = &modes->e->rows[i];
        if (row->mode->mode != mode) {
            continue;
        }
        if (!best || score(row, layer) > score(best, layer)) {
            second = best;
            best = row;
        } else if (!second || score(row, layer) > score(second, layer)) {
            second = row;
        }
        worst = !worst || score(row, layer) < score(worst, layer) ? row : worst;
    }
    fprintf(to, "| %s | ", se_input_mode_names[mode]);
    if (layer < 0) {
        fputs("text, bits", to);
    } else {
        fprintf(to, "layer %d, dB", layer);
    }
    fprintf(to, " | %s %s %.4f | %s %s, by %.4f | %s %s, by %.4f |\n",
            se_rule_names[best->mode->rule], se_ratio_names[best->mode->ratio],
            fabs(score(best, layer)), se_rule_names[second->mode->rule],
            se_ratio_names[second->mode->ratio], score(best, layer) - score(second, layer),
            se_rule_names[worst->mode->rule], se_ratio_names[worst->mode->ratio],
            score(best, layer) - score(worst, layer));
}

// ---- the report ----

static void section(FILE *to, const struct modes *modes, const char *title, size_t first,
                    size_t end, size_t base) {
    fprintf(to, "\n## %s\n\n", title);
    evaluation_table(to, modes->e, first, end - first, base);
}

static void print_notes_modes(FILE *to, const struct modes *modes) {
    static const enum se_input_mode chosen[] = {SE_INPUT_INT8, SE_INPUT_FP32_SIM_INT8,
                                                SE_INPUT_FP32, SE_INPUT_W4A5_SE};
    size_t first = modes->scheme[SCHEME_W8A8];
    fputs(
        "\n## The notes' four modes: INT8, FP32-simulated INT8, FP32, scale enhancement (w8a8)\n\n",
        to);
    evaluation_head(to, modes->e, first + SE_INPUT_INT8);
    for (size_t i = 0; i < 4; i++) {
        evaluation_rows(to, modes->e, first + chosen[i], 1, first + SE_INPUT_INT8);
    }
}

static void print_scales(FILE *to, const struct modes *modes) {
    fputs("\n## s1, ratio and bases by layer\n\n| | rule | ratio |", to);
    size_t layers = modes->calibration.layers;
    for (size_t l = 0; l < layers; l++) {
        fprintf(to, " layer %zu |", l);
    }
    fputs("\n|---|---|---|", to);
    for (size_t l = 0; l < layers; l++) {
        fputs("---|", to);
    }
    for (size_t i = 0; i < modes->calibration.n; i++) {
        const struct se_calibrated_mode *m = &modes->calibration.modes[i];
        if (m->mode != SE_INPUT_W4A5_SE && m->mode != SE_INPUT_W4A5_SE_OFFSET) {
            continue;
        }
        fprintf(to, "\n| %s | %s | %s |", se_input_mode_names[m->mode], se_rule_names[m->rule],
                se_ratio_names[m->ratio]);
        for (size_t l = 0; l < layers; l++) {
            const struct se_quantizer *q = &m->quantizers[l];
            fprintf(to, " %.4f, %.2f, %d/%d |", (double)q->s1, (double)q->ratio, q->format.base1,
                    q->format.base2);
        }
    }
    fputc('\n', to);
}

static void print_report(const void *data, FILE *to) {
    const struct modes *modes = data;
    size_t f = modes->scheme[SCHEME_FLOAT], w8 = modes->scheme[SCHEME_W8A8],
           w4 = modes->scheme[SCHEME_W4A8];
    fputs("# Input modes on a held-out text\n\n", to);
    evaluation_origin(to, modes->e);
    fprintf(to,
            "float32: %.5f bits a %s. Scheme `float` quantises the scan's input alone; `w8a8` "
            "and `w4a8` are the chip: INT8 activations with static scales, y in INT8 after a "
            "Hadamard transform, FP32 states. Modes are calibrated by least error, rule R3, a "
            "free ratio; INT8 by the observer (percentile). +- is the standard error of the "
            "difference from float32, from chapter to chapter.\n\n",
            se_evaluation_bits(&modes->e->reference), evaluation_unit(modes->e));
    modes_print_findings(to, modes);
    print_notes_modes(to, modes);
    section(to, modes, "Only the scan's input quantised (float)", f, f + SE_INPUT_MODES, f);
    section(to, modes, "The chip with INT8 weights (w8a8)", w8, w8 + SE_INPUT_MODES, w8);
    section(to, modes, "The chip with 4-bit weights (w4a8)", w4, w4 + SE_INPUT_MODES, w4);
    section(to, modes, "Other choices of the chip (w8a8)", modes->chip, modes->rules, modes->chip);
    section(to, modes, "Rules and ratios (float; s1 by least error)", modes->rules,
            modes->rules_end, f);
    fputs("\n| | by | best | second | worst |\n|---|---|---|---|---|\n", to);
    static const enum se_input_mode chosen[] = {SE_INPUT_W4A5_SE, SE_INPUT_W4A5_SE_OFFSET};
    for (size_t m = 0; m < 2; m++) {
        for (int l = -1; l < (int)modes->calibration.layers; l++) {
            print_winner(to, modes, chosen[m], l);
        }
    }
    section(to, modes, "The notes' choices: w4a5-se with fixed s1 and ratio (float)",
            modes->notes_first, modes->end, f);
    print_scales(to, modes);
}

enum se_status modes_write_reports(const struct modes *modes, struct se_error *err) {
    const struct evaluation *e = modes->e;
    const char *directory = e->options->reports;
    enum se_status status = cli_make_directory(directory, err);
    status = status ? status : se_report_text(directory, "modes.md", print_report, modes, err);
    if (!status) {
        struct se_origin origin = se_origin_now();
        json_t *root =
            json_pack("{s:s, s:s, s:s, s:i, s:f, s:s, s:b, s:o}", "model", e->options->model,
                      "text", e->options->text, "calibrated_on", e->options->calibration_text,
                      "tokens", (int)e->reference.tokens, "float32_bits",
                      se_evaluation_bits(&e->reference), "date", origin.date, "simulation_is_int8",
                      (int)modes_simulation_is_int8(modes), "rows", evaluation_json(e, 0, e->n));
        status = se_report_json(directory, "modes.json", root, err);
    }
    return status;
}
