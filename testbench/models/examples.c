// SPDX-License-Identifier: Apache-2.0
#include "examples.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>

static struct synthetic *filled(struct synthetic model, uint64_t seed) {
    struct synthetic *m = malloc(sizeof *m);
    cr_assert(m);
    *m = model;
    synthetic_fill(m, seed);
    return m;
}

struct synthetic *example_mamba1(void) {
    return filled((struct synthetic){.sizes = {.kind = SE_MODEL_MAMBA1,
                                               .vocab = 37,
                                               .d_model = 20,
                                               .layers = 3,
                                               .d_inner = 43,
                                               .d_state = 5,
                                               .dt_rank = 3,
                                               .norm_eps = 1e-5f},
                                     .bias = true},
                  11);
}

struct synthetic *example_mamba2(void) {
    return filled((struct synthetic){.sizes = {.kind = SE_MODEL_MAMBA2,
                                               .vocab = 33,
                                               .d_model = 18,
                                               .layers = 2,
                                               .d_inner = 42,
                                               .d_state = 9,
                                               .heads = 6,
                                               .headdim = 7,
                                               .groups = 2,
                                               .norm_eps = 1e-5f,
                                               .dt_min = 0.25f,
                                               .dt_max = 0.5f},
                                     .tied = true,
                                     .no_conv_bias = true},
                  12);
}
