// SPDX-License-Identifier: Apache-2.0
// A model's calibration: the static scales of every layer, and quantisers of its scan input for any
// number of modes. One YAML file (docs/formats.md, "Calibration of a model").
#pragma once

#include "w4a5se/observation.h"

// A mode and how its quantisers are found.
struct se_mode_choice {
    enum se_input_mode mode;
    struct se_calibration how;
};

struct se_calibrated_mode {
    enum se_input_mode mode;
    enum se_rule rule;
    enum se_ratio_choice ratio;
    struct se_quantizer *quantizers; // [layers]; piecewise: of values over their magnitude
};

struct se_model_calibration {
    size_t layers, d_inner, n;
    struct se_layer_scales *scales;   // [layers]
    struct se_calibrated_mode *modes; // [n]
};

// Every mode once as se_mode_calibration has it, and with rules R1 to R3, each with a free ratio
// and one of 2^k, where it has two scales. Returns how many; choices may be NULL.
enum { SE_MODE_CHOICES_MAX = 64 };
size_t se_mode_choices(struct se_mode_choice *choices);

// From an observation. SE_INVALID names the layer and mode; SE_NO_MEMORY.
enum se_status se_model_calibrate(const struct se_observation *observation, size_t n,
                                  const struct se_mode_choice *choices,
                                  struct se_model_calibration *calibration, struct se_error *err);
void se_model_calibration_free(struct se_model_calibration *calibration);

// The first of this mode, of this rule too where rule is not negative, and of this ratio where
// ratio is not; NULL.
const struct se_calibrated_mode *
se_model_calibration_find(const struct se_model_calibration *calibration, enum se_input_mode mode,
                          int rule, int ratio);

// inputs[layers] of a mode. *storage, which the caller frees, holds what piecewise modes need.
enum se_status se_model_inputs(const struct se_model_calibration *calibration,
                               const struct se_calibrated_mode *mode, bool x_proj_from_code,
                               struct se_input *inputs, struct se_quantizer **storage,
                               struct se_error *err);

// Loading gives back every float bit for bit. Statuses and sentences as se_config_load.
enum se_status se_model_calibration_save(const char *path,
                                         const struct se_model_calibration *calibration,
                                         struct se_error *err);
enum se_status se_model_calibration_load(const char *path, struct se_model_calibration *calibration,
                                         struct se_error *err);

// SE_INVALID when it is of another shape than the model.
enum se_status se_model_calibration_check(const struct se_model_calibration *calibration,
                                          const struct se_model *model, struct se_error *err);

// "fixed", "free", "pow2", NULL: indexed by enum se_ratio_choice.
extern const char *const se_ratio_names[];
