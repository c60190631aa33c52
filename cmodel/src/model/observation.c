// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/observation.h"

#include <math.h>

const char *const se_model_point_names[] = {"in_proj", "x", "z", "u", "dt_low", "dt",
                                            "B",       "C", "h", "y", NULL};

struct se_calibration se_mode_calibration(enum se_input_mode mode) {
    struct se_format format;
    bool offset = se_input_format(mode, &format);
    return (struct se_calibration){.code_bits = format.code_bits,
                                   .dual = format.dual,
                                   .free_bases = offset,
                                   .rule = format.dual ? SE_RULE_R3 : SE_RULE_NONE,
                                   .scale = SE_SCALE_LEAST_ERROR,
                                   .percentile = 99,
                                   .ratio_choice = format.dual ? SE_RATIO_FREE : SE_RATIO_FIXED,
                                   .ratio = 1};
}

enum se_status se_observation_quantizer(const struct se_observation *observation, size_t layer,
                                        enum se_input_mode mode,
                                        const struct se_calibration *options,
                                        struct se_quantizer *q, struct se_error *err) {
    const struct se_observed_layer *observed = &observation->observed[layer];
    if (mode == SE_INPUT_INT8 || mode == SE_INPUT_FP32_SIM_INT8 || mode == SE_INPUT_FP32) {
        return se_quantizer_init(q, se_format_signed(8, false),
                                 observation->scales[layer].points[SE_POINT_U], 1, INFINITY,
                                 INFINITY, err);
    }
    if (mode == SE_INPUT_INT8_PIECEWISE) {
        return se_quantizer_init(q, se_format_signed(8, false), 1.0f / 127, 1, INFINITY, INFINITY,
                                 err);
    }
    return se_calibrate(se_input_is_piecewise(mode) ? &observed->normalised : &observed->plain,
                        options, q, err);
}
