// SPDX-License-Identifier: Apache-2.0
#include "scale_table.h"

#include "corners.h"

#include <math.h>

static uint32_t below(uint64_t *state, uint32_t n) {
    return (uint32_t)ref_random_int(state, 0, (int)n - 1);
}

// sizes[n] that add up to `total`: each zero, one, or some of what is left; the rest goes anywhere.
static void draw_sizes(uint64_t *state, size_t n, uint32_t total, uint32_t *sizes) {
    uint32_t left = total;
    for (size_t i = 0; i < n; i++) {
        uint32_t kind = below(state, 4);
        sizes[i] = kind == 0 ? 0 : kind == 1 ? 1 : below(state, left + 1);
        sizes[i] = sizes[i] > left ? left : sizes[i];
        left -= sizes[i];
    }
    sizes[below(state, (uint32_t)n)] += left;
}

void random_table(struct random_table *t, const struct se_scale_shape *shape,
                  enum se_scale_format format, uint64_t *state) {
    uint32_t heads[64], dims[64];
    size_t scale = 0, row = 0;
    t->table = (struct se_scale_table){*shape, t->head_range, t->dim_range, t->scales};
    for (size_t g = 0; g < shape->groups; g++) {
        uint32_t head = 0;
        draw_sizes(state, shape->head_groups, (uint32_t)shape->heads, heads);
        for (size_t hg = 0; hg < shape->head_groups; hg++, row++) {
            uint32_t dim = 0;
            draw_sizes(state, shape->dim_groups, (uint32_t)shape->headdim, dims);
            for (size_t dg = 0; dg < shape->dim_groups; dg++, scale++) {
                for (uint32_t h = head; h < head + heads[hg]; h++) {
                    for (uint32_t d = dim; d < dim + dims[dg]; d++) {
                        t->index[(g * shape->heads + h) * shape->headdim + d] = (uint32_t)scale;
                    }
                }
                dim += dims[dg];
                t->dim_range[scale] = dim;
                float s = ldexpf(1 + (float)scale / 128, (int)below(state, 28) - 14);
                if (format == SE_SCALE_FP32) {
                    s = nextafterf(s, 2 * s); // a fraction that needs all 24 bits
                }
                t->scales[scale] = s;
            }
            head += heads[hg];
            t->head_range[row] = head;
        }
    }
}
