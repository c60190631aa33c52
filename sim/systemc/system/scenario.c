// SPDX-License-Identifier: Apache-2.0
#include "scenario.h"

enum { PREFILL_TOKENS = 2048, DECODE_STEPS = 4, SMALL_KB = 512 };

static struct se_system chip_of(const struct se_scenario *scenario, enum se_way way) {
    static const int outputs[SE_WAYS] = {[SE_WAY_INT8] = SE_INPUT_INT8,
                                         [SE_WAY_W4A5] = SE_INPUT_W4A5_SE,
                                         [SE_WAY_W4A5_COPY] = SE_INPUT_W4A5_SE,
                                         [SE_WAY_INT4] = SE_INPUT_INT4,
                                         [SE_WAY_FP16] = -1};
    struct se_system s = se_system_default(&scenario->model);
    s.decode = scenario->decode;
    s.tokens = scenario->decode ? DECODE_STEPS : PREFILL_TOKENS;
    s.pipelining = scenario->pipelining;
    s.activation_kb = scenario->pipelining ? s.activation_kb : SMALL_KB;
    s.conv_output = outputs[way];
    s.x_proj_copy = way == SE_WAY_W4A5_COPY;
    if (way == SE_WAY_FP16) {
        s.weights = SE_WEIGHTS_FP16;
        s.activation_bits = 16;
    }
    return s;
}

enum se_status scenario_run(const struct se_scenario *scenario, enum se_way way, double gb_per_s,
                            const struct se_energy_profile *energy, struct se_outcome *outcome,
                            struct se_error *err) {
    static struct se_system_result result;
    struct se_system s = chip_of(scenario, way);
    s.dram_gb_per_s = gb_per_s > 0 ? (float)gb_per_s : s.dram_gb_per_s;
    enum se_status status = se_system_run(&s, &result, err);
    if (status) {
        return status;
    }
    const struct se_layer_use total = se_system_total(&result);
    *outcome = (struct se_outcome){
        .time_ns = result.time_ns, .tokens = s.tokens, .dram_bits = (double)se_dram_bits(&total)};
    for (int t = SE_TENSOR_CODE; t <= SE_TENSOR_X_PROJ; t++) {
        outcome->code_bits += (double)(total.dram_read[t] + total.dram_write[t]);
    }
    for (int end = 0; end < SE_ENDS; end++) {
        se_system_energy(&s, &total, energy, (enum se_end)end, outcome->joules[end]);
    }
    return SE_OK;
}

enum se_status scenario_measure(struct se_scenario *scenario,
                                const struct se_energy_profile *energy, struct se_error *err) {
    enum se_status status = SE_OK;
    for (int way = 0; way < SE_WAYS && !status; way++) {
        status = scenario_run(scenario, (enum se_way)way, 0, energy, &scenario->ways[way], err);
    }
    return status;
}
