// SPDX-License-Identifier: Apache-2.0
// The design notes' claims, answered.
#pragma once

#include "estimate_schemes.h"

struct claims_options {
    const char *path, *directory, *models; // of the claims, technologies, models
    const char *reports;                   // that figures are taken from
};
struct claims_options claims_defaults(void);

// What the answers are worked out from.
struct claims_basis {
    struct se_tech notes;
    struct se_chip_prices prices; // 7nm
    struct se_chip chip;          // mamba2-8b, sequential lookup, INT8 states
    struct se_chip_model widest;  // mamba2-2.7b
    struct se_chip_cost cost;
    struct schemes schemes;
    struct se_band hybrid;
    struct se_chip_block_cost mac, taps, pack, unpack;
    double gemm_macs;
};

// The claims with what was worked out for each: notes, ours, ours_low, ours_high (numbers or null),
// source, verdict. The caller releases them.
enum se_status claims_answer(const struct claims_options *options, json_t **claims,
                             struct se_error *err);

// As Markdown; data is the answered claims.
void claims_print(const void *data, FILE *to);
