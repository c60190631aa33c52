// SPDX-License-Identifier: Apache-2.0
#include "system.h"

const char *const se_part_names[SE_PARTS] = {"dram", "memories", "gemm", "conv", "scan"};

enum se_part se_part_of_stage(enum se_stage stage) {
    return stage == SE_STAGE_CONV   ? SE_PART_CONV
           : stage == SE_STAGE_SCAN ? SE_PART_SCAN
                                    : SE_PART_GEMM;
}

static void add(struct se_layer_use *sum, const struct se_layer_use *use) {
    sum->time_ns += use->time_ns;
    for (int i = 0; i < SE_PARTS; i++) {
        sum->busy_ns[i] += use->busy_ns[i];
    }
    for (int i = 0; i < SE_STAGES; i++) {
        sum->stage_ns[i] += use->stage_ns[i];
        sum->stage_dram[i] += use->stage_dram[i];
    }
    for (int i = 0; i < SE_TENSORS; i++) {
        sum->dram_read[i] += use->dram_read[i];
        sum->dram_write[i] += use->dram_write[i];
    }
    sum->memory_bits += use->memory_bits;
    sum->macs += use->macs;
    sum->channels += use->channels;
    sum->updates += use->updates;
}

struct se_layer_use se_system_total(const struct se_system_result *result) {
    struct se_layer_use total = {0};
    for (int i = 0; i <= result->layers; i++) {
        add(&total, &result->use[i]);
    }
    return total;
}

uint64_t se_dram_bits(const struct se_layer_use *use) {
    uint64_t bits = 0;
    for (int i = 0; i < SE_TENSORS; i++) {
        bits += use->dram_read[i] + use->dram_write[i];
    }
    return bits;
}

void se_system_energy(const struct se_system *system, const struct se_layer_use *use,
                      const struct se_energy_profile *profile, enum se_end end,
                      double joules[SE_PARTS]) {
    const struct {
        uint64_t count;
        int constant;
    } uses[SE_PARTS] = {
        [SE_PART_DRAM] = {se_dram_bits(use), SE_ENERGY_DRAM},
        [SE_PART_BUFFER] = {use->memory_bits, SE_ENERGY_MEMORY},
        [SE_PART_GEMM] = {use->macs, SE_ENERGY_MAC_FP16 + (int)system->weights},
        [SE_PART_CONV] = {use->channels, SE_ENERGY_CONV_CHANNEL},
        [SE_PART_SCAN] = {use->updates, SE_ENERGY_SCAN_UPDATE},
    };
    for (int i = 0; i < SE_PARTS; i++) {
        const struct se_band *band = &profile->constants[uses[i].constant].band;
        const double pj = end == SE_LOW ? band->low : end == SE_HIGH ? band->high : band->value;
        joules[i] = (double)uses[i].count * pj * 1e-12;
    }
}

double se_all_parts(const double joules[SE_PARTS]) {
    double all = 0;
    for (int i = 0; i < SE_PARTS; i++) {
        all += joules[i];
    }
    return all;
}
