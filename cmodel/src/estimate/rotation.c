// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/rotation.h"

#include "w4a5se/hadamard.h"

#include <stdio.h>

enum { BANKS = 2, STAGE_ADDERS = 2, FP32_LATENCY = 3, PATH_LENGTH = 300 };

// GE and path of the adder, in the library.
static enum se_status load_adder(const char *directory, const char *library,
                                 const struct se_rotation *r, struct se_logic_figures *adder,
                                 struct se_error *err) {
    char folder[PATH_LENGTH];
    struct se_logic_block block;
    struct se_named_number values[SE_LOGIC_PARAMETERS_MAX];
    const struct se_named_number given = r->fp32 ? (struct se_named_number){"LATENCY", FP32_LATENCY}
                                                 : (struct se_named_number){"WIDTH", r->word_bits};
    snprintf(folder, sizeof folder, "%.250s/logic", directory);
    enum se_status status =
        se_logic_load(folder, library, r->fp32 ? "fp32_add" : "adder", &block, err);
    if (!status) {
        status = se_logic_parameters(&block, 1, &given, values, err);
    }
    return status ? status : se_logic_estimate(folder, library, &block, values, adder, err);
}

// A memory of `words` that is read and written `times` times a transform.
static enum se_status add_memory(const struct se_tech *tech, const struct se_rotation *r,
                                 uint64_t words, double times, struct se_rotation_cost *cost,
                                 struct se_error *err) {
    const uint64_t word = (uint64_t)r->word_bits;
    const struct se_memory memory = {words * word, word, SE_PORTS_1RW1R};
    struct se_memory_estimate e;
    enum se_status status = se_memory_estimate(tech, SE_DEVICE_TYPICAL, &memory, &e, err);
    if (!status) {
        const struct se_band *q = e.by_kind[e.kind].q;
        cost->words += words;
        cost->memory_area = se_band_sum(cost->memory_area, q[SE_MEMORY_AREA]);
        cost->memory_energy = se_band_sum(
            cost->memory_energy,
            se_band_scaled(se_band_sum(q[SE_MEMORY_READ], q[SE_MEMORY_WRITE]), times * 1e-3));
    }
    return status;
}

static enum se_status add_memories(const struct se_tech *tech, const struct se_rotation *r,
                                   struct se_rotation_cost *cost, struct se_error *err) {
    const double channels = (double)r->channels;
    enum se_status status = SE_OK;
    for (uint64_t stage = 0; stage < cost->stages && !status; stage++) {
        status = add_memory(tech, r, UINT64_C(1) << stage, channels, cost, err);
    }
    for (uint64_t i = 0; cost->blocks > 1 && i < BANKS * cost->blocks && !status; i++) {
        status = add_memory(tech, r, r->channels / cost->blocks, channels / BANKS, cost, err);
    }
    return status;
}

static void add_logic(const struct se_tech *tech, const struct se_tech *library,
                      const struct se_logic_figures *adder, struct se_rotation_cost *cost) {
    const struct se_band *ratio = &tech->c[SE_TECH_GATE_RATIO].band,
                         *energy = &tech->c[SE_TECH_GATE_ENERGY].band;
    const struct se_band mm2 = se_tech_gate_mm2(tech);
    const double ge = adder->q[SE_LOGIC_GE], all = ge * (double)cost->adders,
                 toggled = ge * (double)cost->additions * 1e-6;
    cost->adder_ge = ge;
    cost->ns = adder->q[SE_LOGIC_NS] * tech->c[SE_TECH_GATE_DELAY].band.value /
               library->c[SE_TECH_GATE_DELAY].band.value;
    cost->logic_area = (struct se_band){all * ratio->value * mm2.value, all * ratio->low * mm2.low,
                                        all * ratio->high * mm2.high};
    cost->logic_energy =
        (struct se_band){toggled * ratio->value * energy->value, toggled * ratio->low * energy->low,
                         toggled * ratio->high * energy->high};
    cost->area = se_band_sum(cost->memory_area, cost->logic_area);
    cost->energy = se_band_sum(cost->memory_energy, cost->logic_energy);
}

enum se_status se_rotation_cost(const char *directory, const struct se_tech *tech,
                                const struct se_tech *library, const struct se_rotation *r,
                                struct se_rotation_cost *cost, struct se_error *err) {
    struct se_hadamard hadamard;
    struct se_logic_figures adder;
    if (r->streams < 1 || (uint64_t)r->streams > r->channels) {
        return se_fail(err, SE_INVALID, "%d streams are not from 1 to the %llu channels",
                       r->streams, (unsigned long long)r->channels);
    }
    enum se_status status = se_hadamard_init(&hadamard, r->channels, err);
    if (status) {
        return status;
    }
    *cost = (struct se_rotation_cost){.blocks = hadamard.blocks};
    se_hadamard_free(&hadamard);
    while ((cost->blocks << cost->stages) < r->channels) {
        cost->stages++;
    }
    const uint64_t paley = cost->blocks > 1 ? cost->blocks : 0, streams = (uint64_t)r->streams;
    cost->adders = streams * (STAGE_ADDERS * cost->stages + paley);
    cost->additions = r->channels * (cost->stages + paley);
    const uint64_t channels = (r->channels + streams - 1) / streams;
    cost->latency = ((UINT64_C(1) << cost->stages) - 1 + streams - 1) / streams +
                    cost->stages * (r->fp32 ? FP32_LATENCY : 1) + (paley ? channels : 0);
    cost->cycles = cost->latency + channels;
    status = add_memories(tech, r, cost, err);
    if (!status) {
        status = load_adder(directory, tech->logic, r, &adder, err);
    }
    if (!status) {
        add_logic(tech, library, &adder, cost);
    }
    return status;
}
