// SPDX-License-Identifier: Apache-2.0
// The engines' configuration file, one YAML mapping in which every key may be left out:
//
//   quantizer:        # of the convolution's output, and so of the scan's codes: keys of config.h
//     code_bits: 4
//     s1: 0.012345678
//     ratio: 3.5
//   gate: true        # default: the scan's output is gated by z
//   state: fp32       # default; int8-final, int8-step
//   lanes: 8          # 1, 2, 4, 8 or 16: the scan engine's RTL has so many; default: any
#pragma once

#include "w4a5se/quantizer.h"
#include "w4a5se/scan.h"

struct se_engine_config {
    bool has_quantizer;
    struct se_quantizer quantizer;
    bool gate;
    enum se_state_mode state_mode;
    int lanes; // 0: any
};

// What an absent file means: the defaults, and no quantiser.
struct se_engine_config se_engine_config_default(void);

// Statuses and sentences as se_config_load. *config is untouched on failure.
enum se_status se_engine_config_load(const char *path, struct se_engine_config *config,
                                     struct se_error *err);
