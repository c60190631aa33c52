// SPDX-License-Identifier: Apache-2.0
#include "claims.h"

#include "w4a5se/memory.h"

#include <math.h>
#include <string.h>

static double less_in_percent(double before, double after) {
    return before > 0 && before != after ? 100 * (1 - after / before) : 0;
}

static double more_in_percent(double before, double after) {
    return before > 0 ? 100 * (after / before - 1) : 0;
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
    const double macs = (double)(TAPS * se_chip_conv_channels(m));
    return 100 * lookup / (macs * c->energy->constants[SE_ENERGY_MAC_INT8].band.value);
}

// A memory a layer.
static double die_share(const struct claims *c, const struct se_chip_model *m) {
    return 100 * (double)m->layers * table_figure(c, m, SE_MEMORY_AREA) / DIE_MM2;
}

// ---- one claim, one case ------------------------------------------------------------------------

static double nanojoules_a_token(const struct se_outcome *o) {
    return 1e9 * se_all_parts(o->joules[SE_TYPICAL]) / o->tokens;
}

static const char *const ids[CLAIMS] = {"traffic_saving",    "traffic_total", "latency_saving",
                                        "energy_fp16",       "energy_w4a8",   "flag_overhead",
                                        "lookup_share_conv", "die_share"};

enum claim claims_find(const char *id) {
    int i = 0;
    while (i < CLAIMS && strcmp(id, ids[i]) != 0) {
        i++;
    }
    return (enum claim)i;
}

double claims_value(const struct claims *c, enum claim claim, const struct se_scenario *s) {
    const struct se_outcome *w = s->ways;
    switch (claim) {
    case TRAFFIC_SAVING:
        return less_in_percent(w[SE_WAY_INT8].code_bits, w[SE_WAY_W4A5].code_bits);
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
