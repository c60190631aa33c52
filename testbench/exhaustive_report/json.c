// SPDX-License-Identifier: Apache-2.0
#include "findings.h"

#include "w4a5se/fp32.h"
#include "w4a5se/report.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>

static const char *const count_names[COUNTS] = {"inputs",
                                                "special_inputs",
                                                "special_wrong",
                                                "correctly_rounded",
                                                "decided_by_mpfr",
                                                "subnormal_results",
                                                "subnormal_not_correctly_rounded",
                                                "out_of_order",
                                                "batch_differs",
                                                "differences"};

static json_t *hex(uint32_t bits) {
    return json_sprintf("%08" PRIX32, bits);
}

// JSON has no infinity.
static json_t *number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

static void set_tally(json_t *to, const struct tally *t) {
    char first[32], last[32];
    json_t *runs = json_array();
    for (unsigned k = 0; k < t->runs; k++) {
        json_array_append_new(runs, json_string(t->run[k]));
    }
    json_object_set_new(to, "shards", json_integer(t->shards));
    json_object_set_new(to, "shards_in_all", json_integer(SHARDS));
    json_object_set_new(to, "run_with", runs);
    if (t->shards) {
        strftime(first, sizeof first, "%Y-%m-%dT%H:%M:%SZ", gmtime(&t->first));
        strftime(last, sizeof last, "%Y-%m-%dT%H:%M:%SZ", gmtime(&t->last));
        json_object_set_new(to, "first_shard_finished", json_string(first));
        json_object_set_new(to, "last_shard_finished", json_string(last));
    }
    if (t->sum.count[DIFFERENCES]) {
        json_object_set_new(to, "first_difference", hex(t->sum.first_difference));
    }
}

// Null where no error was met.
static json_t *worst_json(const struct worst *w) {
    if (w->value == 0) {
        return json_null();
    }
    return json_pack("{s:o, s:o, s:o}", "value", number(w->value), "input", hex(w->input),
                     "input_value", number(se_f32_from_bits(w->input)));
}

static json_t *c_json(const struct finding *finding) {
    const struct tally *t = &finding->c;
    json_t *root = json_object(), *regions = json_array();
    set_tally(root, t);
    for (int k = 0; k < COUNTS; k++) {
        json_object_set_new(root, count_names[k], json_integer((json_int_t)t->sum.count[k]));
    }
    for (size_t k = 0; k < finding->f->regions; k++) {
        const struct region *region = &finding->f->region[k];
        json_array_append_new(regions,
                              json_pack("{s:s, s:b, s:o, s:o}", "inputs", region->name,
                                        "relative_error_of_subnormal_results",
                                        (int)region->subnormal, "ulps", worst_json(&t->sum.ulps[k]),
                                        "relative_error", worst_json(&t->sum.relative[k])));
    }
    json_object_set_new(root, "regions", regions);
    return root;
}

static json_t *rtl_json(const struct finding *finding) {
    const struct tally *t = &finding->rtl;
    json_t *root = json_pack("{s:s, s:I, s:I}", "block", finding->f->block, "inputs",
                             (json_int_t)t->sum.count[INPUTS], "differences",
                             (json_int_t)t->sum.count[DIFFERENCES]);
    set_tally(root, t);
    return root;
}

static json_t *specials_json(const struct finding *finding) {
    json_t *list = json_array();
    for (size_t i = 0; i < finding->f->specials; i++) {
        const struct special *s = &finding->f->special[i];
        json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "input", hex(s->input), "expected",
                                              hex(s->expected), "got", hex(finding->special[i])));
    }
    return list;
}

json_t *findings_json(const struct findings *findings) {
    json_t *functions = json_array();
    for (size_t i = 0; i < findings->n; i++) {
        const struct finding *finding = &findings->of[i];
        json_t *function =
            json_pack("{s:s, s:o, s:o, s:o}", "function", finding->f->name, "c", c_json(finding),
                      "rtl", rtl_json(finding), "special_values", specials_json(finding));
        if (!finding->f->conversion) {
            json_object_set_new(function, "promised_ulps", json_real(finding->f->most_ulps));
            json_object_set_new(function, "promised_for",
                                json_string(finding->f->region[finding->f->promised].name));
        }
        json_array_append_new(functions, function);
    }
    return json_pack("{s:s, s:s, s:o}", "command", "make exhaustive", "date", se_origin_now().date,
                     "functions", functions);
}
