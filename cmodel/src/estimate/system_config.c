// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/system_config.h"

#include "w4a5se/system_plan.h"

#include <math.h>

const char *const se_weights_names[] = {"fp16", "int8", "int4", NULL};

int se_system_code_bits(const struct se_system *s) {
    return s->conv_output < 0 ? s->activation_bits
                              : se_input_mode_bits((enum se_input_mode)s->conv_output);
}

const char *se_system_code_name(const struct se_system *s) {
    if (s->conv_output >= 0) {
        return se_input_mode_names[s->conv_output];
    }
    return s->activation_bits == 16 ? "fp16" : "int8";
}

struct se_system se_system_default(const struct se_chip_model *model) {
    return (struct se_system){
        .model = *model,
        .pipelining = true,
        .tokens = 2048,
        .tile_tokens = 128,
        .weights = SE_WEIGHTS_INT4,
        .activation_bits = 8,
        .conv_output = -1,
        .state_bits = 32,
        .clock_mhz = 1000,
        .dram_gb_per_s = 25.6f,
        .dram_latency_ns = 100,
        .weight_kb = 24576,
        .activation_kb = 24576,
        .state_kb = 8192,
        .activation_bytes_per_cycle = 512,
        .gemm_macs = {[SE_WEIGHTS_FP16] = 1024, [SE_WEIGHTS_INT8] = 4096, [SE_WEIGHTS_INT4] = 8192},
        .conv_engines = 4,
        .scan_engines = 4,
        .lanes = 16,
    };
}

uint64_t se_system_state_bits(const struct se_system *s) {
    return (uint64_t)s->model.d_inner * (uint64_t)s->model.d_state * (uint64_t)s->state_bits;
}

static enum se_status check_ranges(const struct se_system *s, struct se_error *err) {
    const struct {
        const char *key;
        double value, most;
    } n[] = {
        {"the model's number of layers", s->model.layers, SE_SYSTEM_LAYERS_MAX},
        {"tokens", s->tokens, 1 << 20},
        {"tile_tokens", s->tile_tokens, 1 << 16},
        {"clock_mhz", (double)s->clock_mhz, 1e5},
        {"dram_gb_per_s", (double)s->dram_gb_per_s, 1e6},
        {"dram_latency_ns", (double)s->dram_latency_ns, 1e6},
        {"weight_kb", s->weight_kb, 1 << 24},
        {"activation_kb", s->activation_kb, 1 << 24},
        {"state_kb", s->state_kb, 1 << 24},
        {"activation_bytes_per_cycle", s->activation_bytes_per_cycle, 1 << 20},
        {"gemm_fp16_macs", s->gemm_macs[SE_WEIGHTS_FP16], 1 << 24},
        {"gemm_int8_macs", s->gemm_macs[SE_WEIGHTS_INT8], 1 << 24},
        {"gemm_int4_macs", s->gemm_macs[SE_WEIGHTS_INT4], 1 << 24},
        {"conv_engines", s->conv_engines, 1024},
        {"scan_engines", s->scan_engines, 1024},
    };
    for (size_t i = 0; i < sizeof n / sizeof *n; i++) {
        if (!(n[i].value > 0 && n[i].value <= n[i].most)) {
            return se_fail(err, SE_INVALID, "%s is %g, which is not above 0 and at most %g",
                           n[i].key, n[i].value, n[i].most);
        }
    }
    return se_chip_check_lanes(s->lanes, err);
}

static enum se_status check_engines(const struct se_system *s, struct se_error *err) {
    const int share = s->model.d_inner / s->scan_engines;
    if (share < 1) {
        return se_fail(err, SE_INVALID, "scan_engines is %d, which leaves an engine no channel",
                       s->scan_engines);
    }
    if (se_chip_conv_channels(&s->model) / (uint64_t)s->conv_engines < 2) {
        return se_fail(err, SE_INVALID, "conv_engines is %d, which leaves an engine no 2 channels",
                       s->conv_engines);
    }
    return SE_OK;
}

static enum se_status check_memories(const struct se_system *s, struct se_error *err) {
    const uint64_t state = se_system_state_bits(s), room = (uint64_t)s->state_kb * 8192;
    const uint64_t tiles = se_system_plan_of(s).tile_bits;
    if (state > room) {
        return se_fail(err, SE_INVALID, "a layer's state of %s takes %.0f kB, and state_kb is %d",
                       s->model.name, ceil((double)state / 8192), s->state_kb);
    }
    if (tiles > (uint64_t)s->activation_kb * 8192) {
        return se_fail(err, SE_INVALID,
                       "two tiles of %d tokens take %.0f kB, and activation_kb is %d",
                       s->tile_tokens, ceil((double)tiles / 8192), s->activation_kb);
    }
    return SE_OK;
}

enum se_status se_system_check(const struct se_system *s, struct se_error *err) {
    enum se_status status = check_ranges(s, err);
    if (!status) {
        status = check_engines(s, err);
    }
    return status ? status : check_memories(s, err);
}
