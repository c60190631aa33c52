// SPDX-License-Identifier: Apache-2.0
#include "claims.h"

#include <jansson.h>

// ---- Markdown -----------------------------------------------------------------------------------

static void print_claims(const struct claims *c, bool pipelining, FILE *to) {
    size_t i;
    json_t *claim;
    fprintf(to, "\n## %s\n\n| claim | unit | notes |",
            pipelining ? "The default chip: stages at once, on tiles that stay on chip"
                       : "The notes\' picture: stage after stage, all tensors of a prefill through "
                         "DRAM");
    for (int k = 0; k < CLAIMS_CASES; k++) {
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
        for (int k = 0; k < CLAIMS_CASES; k++) {
            if (c->cases[k].pipelining == pipelining) {
                fprintf(to, " %.4g |", claims_value(c, claims_find(id), &c->cases[k]));
            }
        }
        fputc('\n', to);
    }
}

static void print_energy_row(const struct se_scenario *s, enum se_way way, const char *name,
                             FILE *to) {
    const double *joules = s->ways[way].joules[SE_TYPICAL];
    const double all = se_all_parts(joules), tokens = s->ways[way].tokens;
    fprintf(to, "| %s %s, %s | %s | %.4g | %.4g | %.4g | %.4g |", s->model.name,
            s->decode ? "decode" : "prefill", s->pipelining ? "tiles" : "by stage", name,
            s->ways[way].time_ns / 1e6 / tokens, 1e3 * all / tokens,
            1e3 * se_all_parts(s->ways[way].joules[SE_LOW]) / tokens,
            1e3 * se_all_parts(s->ways[way].joules[SE_HIGH]) / tokens);
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
    for (int k = 0; k < CLAIMS_CASES; k++) {
        for (int way = 0; way < SE_WAYS; way++) {
            print_energy_row(&c->cases[k], (enum se_way)way, names[way], to);
        }
    }
}

static void print_bandwidths(const struct claims *c, FILE *to) {
    fprintf(to, "\n## Time that 5 bits save at other bandwidths\n\n"
                "Per cent of the time with INT8 codes, by DRAM bandwidth in GB/s.\n\n| case |");
    for (int b = 0; b < CLAIMS_BANDWIDTHS; b++) {
        fprintf(to, " %g |", claims_bandwidths[b]);
    }
    fprintf(to, " 1 %% below |\n|---|---:|");
    for (int b = 0; b < CLAIMS_BANDWIDTHS; b++) {
        fprintf(to, "---:|");
    }
    for (int k = 0; k < CLAIMS_CASES; k++) {
        fprintf(to, "\n| %s %s, %s |", c->cases[k].model.name,
                c->cases[k].decode ? "decode" : "prefill",
                c->cases[k].pipelining ? "tiles" : "by stage");
        for (int b = 0; b < CLAIMS_BANDWIDTHS; b++) {
            fprintf(to, " %.2f |", c->saving[k][b]);
        }
        fprintf(to, c->matters_below[k] > 0 ? " %.3g GB/s |" : " never |", c->matters_below[k]);
    }
    fputc('\n', to);
}

void claims_print(const void *data, FILE *to) {
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
        json_object_set_new(values, id, json_real(claims_value(c, claims_find(id), s)));
    }
    for (int b = 0; b < CLAIMS_BANDWIDTHS; b++) {
        json_array_append_new(savings,
                              json_pack("{s:f, s:f}", "dram_gb_per_s", claims_bandwidths[b],
                                        "time_saved_percent", c->saving[k][b]));
    }
    return json_pack("{s:s, s:s, s:b, s:o, s:f, s:o}", "model", s->model.name, "phase",
                     s->decode ? "decode" : "prefill", "pipelining", s->pipelining, "values",
                     values, "one_percent_below_gb_per_s", c->matters_below[k], "bandwidths",
                     savings);
}

json_t *claims_json(const struct claims *c) {
    json_t *cases = json_array();
    for (int k = 0; k < CLAIMS_CASES; k++) {
        json_array_append_new(cases, json_case(c, k));
    }
    return json_pack("{s:s, s:s, s:O, s:o}", "date", c->origin.date, "tech", c->energy->tech.name,
                     "claims", c->claimed, "cases", cases);
}
