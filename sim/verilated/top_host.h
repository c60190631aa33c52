// SPDX-License-Identifier: Apache-2.0
// What a host of w4a5se_top does through its registers, however it reaches them.
#pragma once

#include "registers.h"
#include "w4a5se/layer.h"

#ifdef __cplusplus
extern "C" {
#endif

// One AXI4-Lite access: false when it was refused (SLVERR). strobe 15 writes a whole word.
struct se_top_bus {
    void *target;
    bool (*write)(void *target, uint32_t address, uint32_t word, unsigned strobe);
    bool (*read)(void *target, uint32_t address, uint32_t *word);
};

// Writes a layer's configuration and tables. Its mode is one of 4 bits, with or without the flag,
// and one quantiser. SE_INVALID names the first address that was refused.
enum se_status se_host_load(const struct se_top_bus *bus, const struct se_layer *layer,
                            struct se_error *err);

// The sticky flags as in FLAGS; the scan's counters.
struct se_host_counters {
    uint32_t flags;
    uint64_t cycles, updates, stalls;
};

// SE_INVALID names the first address that was refused.
enum se_status se_host_counters(const struct se_top_bus *bus, struct se_host_counters *counters,
                                struct se_error *err);

// The scan's state, h[n] of FP32.
enum se_status se_host_state(const struct se_top_bus *bus, size_t n, float *h,
                             struct se_error *err);

#ifdef __cplusplus
}
#endif
