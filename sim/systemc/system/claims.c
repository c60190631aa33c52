// SPDX-License-Identifier: Apache-2.0
#include "claims.h"

#include "scenario.h"
#include "w4a5se/memory.h"
#include "w4a5se/report.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

static const char *const models[] = {"mamba-130m", "mamba-2.8b", "mamba2-2.7b", "mamba2-8b"};
static const double bandwidths[] = {0.25, 0.5, 1, 2, 4, 8, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6};

enum { MODELS = 4, CASES = 4 * MODELS, BANDWIDTHS = sizeof bandwidths / sizeof *bandwidths };

struct claims {
    const struct se_energy_profile *energy;
    struct se_origin origin;
    json_t *claimed;
    struct se_scenario cases[CASES];  // model, then phase, then pipelining
    double saving[CASES][BANDWIDTHS]; // of time, in percent
    double matters_below[CASES];      // GB/s: the bandwidth at which it is 1 %; 0: at none
};

static double percent_less(double before, double after) {
    return before > 0 && before != after ? 100 * (1 - after / before) : 0;
}

static double more_in_percent(double before, double after) {
    return before > 0 ? 100 * (after / before - 1) : 0;
}

static double sum_of_parts(const double joules[SE_PARTS]) {
    double total = 0;
    for (int i = 0; i < SE_PARTS; i++) {
        total += joules[i];
    }
    return total;
}

// ---- what needs no simulation -------------------------------------------------------------------

enum { HEAD_GROUPS = 4, DIM_GROUPS = 4, ENTRY_BITS = 32, TAPS = 4, DIE_MM2 = 65 };

// Entries of a layer's tables, 4 x 4 to a group, scales and bounds in 32 bits as the notes have
// them.
static uint64_t table_entries(const struct se_chip_model *m) {
    const uint64_t scales = HEAD_GROUPS * DIM_GROUPS, bounds = HEAD_GROUPS + scales;
    return (uint64_t)m->groups * (scales + bounds);
}

static double table_figure(const struct claims *c, const struct se_chip_model *m,
                           enum se_memory_quantity quantity) {
    const struct se_memory memory = {table_entries(m) * ENTRY_BITS, ENTRY_BITS, SE_PORTS_1RW};
    struct se_memory_estimate estimate;
    if (se_memory_estimate(&c->energy->tech, SE_DEVICE_TYPICAL, &memory, &estimate, NULL)) {
        return NAN;
    }
    return estimate.by_kind[estimate.kind].q[quantity].value;
}

// Every entry read once a token, as a lookup that follows the channels does, over the MACs of all
// channels.
static double lookup_share(const struct claims *c, const struct se_chip_model *m) {
    const double lookup = (double)table_entries(m) * table_figure(c, m, SE_MEMORY_READ);
    const double macs = (double)(TAPS * se_system_conv_channels(m));
    return 100 * lookup / (macs * c->energy->constants[SE_ENERGY_MAC_INT8].band.value);
}

// A memory a layer.
static double die_share(const struct claims *c, const struct se_chip_model *m) {
    return 100 * (double)m->layers * table_figure(c, m, SE_MEMORY_AREA) / DIE_MM2;
}

// ---- one claim, one case ------------------------------------------------------------------------

static double nanojoules_a_token(const struct se_outcome *o) {
    return 1e9 * sum_of_parts(o->joules[SE_TYPICAL]) / o->tokens;
}

enum claim {
    TRAFFIC_SAVING,
    TRAFFIC_TOTAL,
    LATENCY_SAVING,
    ENERGY_FP16,
    ENERGY_W4A8,
    FLAG_OVERHEAD,
    LOOKUP_SHARE_CONV,
    DIE_SHARE,
    CLAIMS
};

static const char *const ids[CLAIMS] = {"traffic_saving",    "traffic_total", "latency_saving",
                                        "energy_fp16",       "energy_w4a8",   "flag_overhead",
                                        "lookup_share_conv", "die_share"};

// CLAIMS when it is none.
static enum claim claim_of(const char *id) {
    int i = 0;
    while (i < CLAIMS && strcmp(id, ids[i]) != 0) {
        i++;
    }
    return (enum claim)i;
}

static double value_of(const struct claims *c, enum claim claim, const struct se_scenario *s) {
    const struct se_outcome *w = s->ways;
    switch (claim) {
    case TRAFFIC_SAVING:
        return percent_less(w[SE_WAY_INT8].code_bits, w[SE_WAY_W4A5].code_bits);
    case TRAFFIC_TOTAL:
        return (w[SE_WAY_INT8].dram_bits - w[SE_WAY_W4A5].dram_bits) / 8e6;
    case LATENCY_SAVING:
        return more_in_percent(w[SE_WAY_INT8].time_ns, w[SE_WAY_W4A5].time_ns);
    case ENERGY_FP16:
        return nanojoules_a_token(&w[SE_WAY_FP16]);
    case ENERGY_W4A8:
        return nanojoules_a_token(&w[SE_WAY_W4A5]);
    case FLAG_OVERHEAD:
        return more_in_percent(w[SE_WAY_INT4].code_bits, w[SE_WAY_W4A5].code_bits);
    case LOOKUP_SHARE_CONV:
        return lookup_share(c, &s->model);
    default:
        return die_share(c, &s->model);
    }
}

// ---- Markdown -----------------------------------------------------------------------------------

static void print_claims(const struct claims *c, bool pipelining, FILE *to) {
    size_t i;
    json_t *claim;
    fprintf(to, "\n## %s\n\n| claim | unit | notes |",
            pipelining ? "The default chip: stages at once, on tiles that stay on chip"
                       : "The notes\' picture: stage after stage, all tensors of a prefill through "
                         "DRAM");
    for (int k = 0; k < CASES; k++) {
        if (c->cases[k].pipelining == pipelining) {
            fprintf(to, " %s %s |", c->cases[k].model.name,
                    c->cases[k].decode ? "decode" : "prefill");
        }
    }
    fprintf(to, "\n|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n");
    json_array_foreach(c->claimed, i, claim) {
        const char *id = json_string_value(json_object_get(claim, "id"));
        fprintf(to, "| `%s`: %s (%s) | %s | %g |", id,
                json_string_value(json_object_get(claim, "claim")),
                json_string_value(json_object_get(claim, "basis")),
                json_string_value(json_object_get(claim, "unit")),
                json_number_value(json_object_get(claim, "value")));
        for (int k = 0; k < CASES; k++) {
            if (c->cases[k].pipelining == pipelining) {
                fprintf(to, " %.4g |", value_of(c, claim_of(id), &c->cases[k]));
            }
        }
        fputc('\n', to);
    }
}

static void print_energy_row(const struct se_scenario *s, enum se_way way, const char *name,
                             FILE *to) {
    const double *joules = s->ways[way].joules[SE_TYPICAL];
    const double all = sum_of_parts(joules), tokens = s->ways[way].tokens;
    fprintf(to, "| %s %s, %s | %s | %.4g | %.4g | %.4g | %.4g |", s->model.name,
            s->decode ? "decode" : "prefill", s->pipelining ? "tiles" : "by stage", name,
            s->ways[way].time_ns / 1e6 / tokens, 1e3 * all / tokens,
            1e3 * sum_of_parts(s->ways[way].joules[SE_LOW]) / tokens,
            1e3 * sum_of_parts(s->ways[way].joules[SE_HIGH]) / tokens);
    for (int i = 0; i < SE_PARTS; i++) {
        fprintf(to, " %.2f %% |", 100 * joules[i] / all);
    }
    fprintf(to, " %.4g | %.4g |\n", s->ways[way].dram_bits / 8e6, s->ways[way].code_bits / 8e6);
}

static void print_energies(const struct claims *c, FILE *to) {
    static const char *const names[SE_WAYS] = {"W4A8, INT8 code", "W4A8, W4A5-SE",
                                               "W4A8, W4A5-SE and a copy for x_proj",
                                               "W4A8, INT4 code", "FP16"};
    fprintf(to, "\n## Every run\n\n| case | stored as | ms a token | mJ a token | low | high |");
    for (int i = 0; i < SE_PARTS; i++) {
        fprintf(to, " %s |", se_part_names[i]);
    }
    fprintf(to, " DRAM MB | of it convolution's output |\n"
                "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n");
    for (int k = 0; k < CASES; k++) {
        for (int way = 0; way < SE_WAYS; way++) {
            print_energy_row(&c->cases[k], (enum se_way)way, names[way], to);
        }
    }
}

static void print_bandwidths(const struct claims *c, FILE *to) {
    fprintf(to, "\n## Time that 5 bits save at other bandwidths\n\n"
                "Per cent of the time with INT8 codes, by DRAM bandwidth in GB/s.\n\n| case |");
    for (int b = 0; b < BANDWIDTHS; b++) {
        fprintf(to, " %g |", bandwidths[b]);
    }
    fprintf(to, " 1 %% below |\n|---|---:|");
    for (int b = 0; b < BANDWIDTHS; b++) {
        fprintf(to, "---:|");
    }
    for (int k = 0; k < CASES; k++) {
        fprintf(to, "\n| %s %s, %s |", c->cases[k].model.name,
                c->cases[k].decode ? "decode" : "prefill",
                c->cases[k].pipelining ? "tiles" : "by stage");
        for (int b = 0; b < BANDWIDTHS; b++) {
            fprintf(to, " %.2f |", c->saving[k][b]);
        }
        fprintf(to, c->matters_below[k] > 0 ? " %.3g GB/s |" : " never |", c->matters_below[k]);
    }
    fputc('\n', to);
}

static void print_markdown(const void *data, FILE *to) {
    const struct claims *c = data;
    fprintf(
        to,
        "# The design notes' system claims\n\n`w4a5se system --claims`, %s; energies of %s "
        "(typical); chips as in `sim/systemc/system/scenario.h`; 2048 tokens of prefill, decode "
        "a token at a time. Traffic is that of DRAM.\n",
        c->origin.date, c->energy->tech.name);
    print_claims(c, false, to);
    print_claims(c, true, to);
    print_bandwidths(c, to);
    print_energies(c, to);
}

// ---- JSON ---------------------------------------------------------------------------------------

static json_t *json_case(const struct claims *c, int k) {
    const struct se_scenario *s = &c->cases[k];
    json_t *values = json_object(), *savings = json_array(), *claim;
    size_t i;
    json_array_foreach(c->claimed, i, claim) {
        const char *id = json_string_value(json_object_get(claim, "id"));
        json_object_set_new(values, id, json_real(value_of(c, claim_of(id), s)));
    }
    for (int b = 0; b < BANDWIDTHS; b++) {
        json_array_append_new(savings, json_pack("{s:f, s:f}", "dram_gb_per_s", bandwidths[b],
                                                 "time_saved_percent", c->saving[k][b]));
    }
    return json_pack("{s:s, s:s, s:b, s:o, s:f, s:o}", "model", s->model.name, "phase",
                     s->decode ? "decode" : "prefill", "pipelining", s->pipelining, "values",
                     values, "one_percent_below_gb_per_s", c->matters_below[k], "bandwidths",
                     savings);
}

static json_t *json_claims(const struct claims *c) {
    json_t *cases = json_array();
    for (int k = 0; k < CASES; k++) {
        json_array_append_new(cases, json_case(c, k));
    }
    return json_pack("{s:s, s:s, s:O, s:o}", "date", c->origin.date, "tech", c->energy->tech.name,
                     "claims", c->claimed, "cases", cases);
}

// ---- all of it ----------------------------------------------------------------------------------

// Those of the file's entries that are about the system.
static enum se_status load_claimed(struct claims *c, const char *path, struct se_error *err) {
    json_error_t cause;
    size_t i;
    json_t *all = json_load_file(path, 0, &cause), *claim;
    if (!all) {
        return se_fail(err, SE_INVALID, "%s: %s", path, cause.text);
    }
    c->claimed = json_array();
    json_array_foreach(all, i, claim) {
        const char *id, *text;
        double value;
        if (!json_unpack(claim, "{s:s, s:s, s:F, s:s, s:s}", "id", &id, "claim", &text, "value",
                         &value, "unit", &text, "basis", &text) &&
            claim_of(id) != CLAIMS) {
            json_array_append(c->claimed, claim);
        }
    }
    json_decref(all);
    return json_array_size(c->claimed) == CLAIMS
               ? SE_OK
               : se_fail(err, SE_INVALID, "%s has not all %d claims about the system", path,
                         (int)CLAIMS);
}

static enum se_status saving_at(const struct claims *c, int k, double gb_per_s, double *saving,
                                struct se_error *err) {
    struct se_outcome before, after;
    enum se_status status =
        scenario_run(&c->cases[k], SE_WAY_INT8, gb_per_s, c->energy, &before, err);
    if (!status) {
        status = scenario_run(&c->cases[k], SE_WAY_W4A5, gb_per_s, c->energy, &after, err);
    }
    if (!status) {
        *saving = percent_less(before.time_ns, after.time_ns);
    }
    return status;
}

// Halves the interval, whose ends are the first and last of the sweep's bandwidths.
static enum se_status find_limit(struct claims *c, int k, struct se_error *err) {
    enum { HALVINGS = 12 };
    double low = bandwidths[0], high = bandwidths[BANDWIDTHS - 1], saving = 0;
    enum se_status status = SE_OK;
    if (c->saving[k][0] < 1) {
        return SE_OK;
    }
    for (int i = 0; i < HALVINGS && !status; i++) {
        const double middle = sqrt(low * high);
        status = saving_at(c, k, middle, &saving, err);
        *(saving >= 1 ? &low : &high) = middle;
    }
    c->matters_below[k] = low;
    return status;
}

static enum se_status sweep(struct claims *c, int k, struct se_error *err) {
    enum se_status status = scenario_measure(&c->cases[k], c->energy, err);
    for (int b = 0; b < BANDWIDTHS && !status; b++) {
        status = saving_at(c, k, bandwidths[b], &c->saving[k][b], err);
    }
    return status ? status : find_limit(c, k, err);
}

enum se_status system_claims(const struct se_energy_profile *energy, const char *model_file,
                             const char *claims, const char *directory, struct se_error *err) {
    static struct claims c;
    c = (struct claims){.energy = energy, .origin = se_origin_now()};
    enum se_status status = load_claimed(&c, claims, err);
    for (int k = 0; k < CASES && !status; k++) {
        c.cases[k] = (struct se_scenario){.decode = k / 2 / MODELS, .pipelining = k % 2};
        status = se_chip_model_load(model_file, models[k / 2 % MODELS], &c.cases[k].model, err);
    }
    for (int k = 0; k < CASES && !status; k++) {
        status = sweep(&c, k, err);
    }
    if (!status) {
        status = se_report_json(directory, "system_claims.json", json_claims(&c), err);
    }
    if (!status) {
        status = se_report_text(directory, "system_claims.md", print_markdown, &c, err);
    }
    if (!status) {
        print_markdown(&c, stdout);
    }
    json_decref(c.claimed);
    return status;
}
