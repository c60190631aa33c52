// SPDX-License-Identifier: Apache-2.0
// The design notes' claims about a whole system, one by one, as the model has them: for four
// models, prefill and decode, pipelined and not; and the DRAM bandwidths at which the 5-bit code
// matters.
#pragma once

#include "scenario.h"
#include "w4a5se/report.h"

#include <stdio.h>

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

enum { CLAIMS_MODELS = 4, CLAIMS_CASES = 4 * CLAIMS_MODELS, CLAIMS_BANDWIDTHS = 12 };

struct claims {
    const struct se_energy_profile *energy;
    struct se_origin origin;
    struct json_t *claimed;                         // an array, jansson's
    struct se_scenario cases[CLAIMS_CASES];         // model, then phase, then pipelining
    double saving[CLAIMS_CASES][CLAIMS_BANDWIDTHS]; // of time, in percent
    double matters_below[CLAIMS_CASES]; // GB/s: the bandwidth at which it is 1 %; 0: at none
};

extern const double claims_bandwidths[CLAIMS_BANDWIDTHS]; // GB/s, rising

// Writes DIRECTORY/system_claims.json and .md, and prints the latter. `claims` is a file such as
// data/design_notes_claims.json.
enum se_status system_claims(const struct se_energy_profile *energy, const char *model_file,
                             const char *claims, const char *directory, struct se_error *err);

// CLAIMS when it is none.
enum claim claims_find(const char *id);

// What the model gives for a claim in a case, in the claim's unit.
double claims_value(const struct claims *claims, enum claim claim, const struct se_scenario *s);

// `claims` is a struct claims.
void claims_print(const void *claims, FILE *to);
struct json_t *claims_json(const struct claims *claims);
