// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/grouping.h"

#include "../reference/corners.h"

#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

enum { CHANNELS = 64, SCALES = 64 };

static struct {
    uint32_t head_range[SCALES], dim_range[SCALES];
    float scales[SCALES];
    uint16_t permutation[CHANNELS];
} made;

static const struct se_grouping TO = {made.head_range, made.dim_range, made.scales,
                                      made.permutation};

static void group(const struct se_scale_shape *s, const float *magnitudes, float last) {
    struct se_error err = {""};
    cr_assert_eq(se_group_channels(s, magnitudes, last, &TO, &err), SE_OK, "%s", err.message);
    const struct se_scale_table table = {*s, made.head_range, made.dim_range, made.scales};
    cr_assert_eq(se_scale_table_check(&table, &err), SE_OK, "%s", err.message);
}

// Two kinds of head, two kinds of channel in each: the table can cover every magnitude exactly.
Test(grouping, by_hand) {
    static const struct se_scale_shape S = {1, 2, 2, 4, 4};
    static const float MAGNITUDES[] = {
        8,  1,  1,  1,  // head 0
        32, 4,  4,  32, // head 1
        1,  8,  1,  1,  // head 2
        4,  32, 32, 4,  // head 3
    };
    static const uint32_t HEADS[] = {2, 4}, DIMS[] = {3, 4, 2, 4};
    static const float SCALES_DUE[] = {0.5f, 4, 2, 16};
    static const uint16_t PLACES[] = {1, 2, 3, 0, 8, 10, 11, 9, 5, 6, 4, 7, 12, 15, 13, 14};
    group(&S, MAGNITUDES, 2);
    cr_expect(memcmp(made.head_range, HEADS, sizeof HEADS) == 0);
    cr_expect(memcmp(made.dim_range, DIMS, sizeof DIMS) == 0);
    cr_expect(memcmp(made.scales, SCALES_DUE, sizeof SCALES_DUE) == 0);
    cr_expect(memcmp(made.permutation, PLACES, sizeof PLACES) == 0);
}

Test(grouping, groups_are_apart) {
    static const struct se_scale_shape S = {2, 1, 2, 2, 2};
    static const float MAGNITUDES[] = {1, 3, 3, 1, 20, 10, 10, 20};
    static const float SCALES_DUE[] = {1, 3, 10, 20};
    static const uint16_t PLACES[] = {0, 1, 3, 2, 5, 4, 6, 7};
    group(&S, MAGNITUDES, 1);
    cr_expect(memcmp(made.scales, SCALES_DUE, sizeof SCALES_DUE) == 0);
    cr_expect(memcmp(made.permutation, PLACES, sizeof PLACES) == 0);
}

// More groups than heads or dimensions: what is empty has no members and a legal scale.
Test(grouping, empty_groups_and_channels_of_zeros) {
    static const struct se_scale_shape S = {1, 4, 4, 2, 2};
    static const float MAGNITUDES[] = {0, 0, 0, 5};
    group(&S, MAGNITUDES, 1);
    cr_expect_eq(made.head_range[1], 2u);
    const struct se_scale_table table = {S, made.head_range, made.dim_range, made.scales};
    for (size_t place = 0; place < 4; place++) {
        cr_expect(se_scale_of(&table, place) >= MAGNITUDES[made.permutation[place]]);
    }
}

// The sum of squared scales over channels when the ranks of `envelope` are cut at `cuts`.
static double cost_of(const float *envelope, size_t runs, const size_t *cuts) {
    double cost = 0;
    for (size_t k = 0, first = 0; k < runs; first = cuts[k++]) {
        size_t end = cuts[k];
        cost += end > first ? (double)(end - first) * envelope[end - 1] * envelope[end - 1] : 0;
    }
    return cost;
}

// One head: no cut of its sorted channels is better than the one that was made.
Test(grouping, cuts_are_the_best) {
    static const struct se_scale_shape S = {1, 1, 3, 1, 12};
    uint64_t state = 1;
    for (int round = 0; round < 200; round++) {
        float magnitudes[12], sorted[12];
        for (int i = 0; i < 12; i++) {
            magnitudes[i] = ldexpf((float)(1 + (ref_random(&state) >> 40) % 255), -4);
        }
        group(&S, magnitudes, 1);
        for (int i = 0; i < 12; i++) {
            sorted[i] = magnitudes[made.permutation[i]];
            cr_assert(i == 0 || sorted[i] >= sorted[i - 1]);
        }
        const size_t cuts[] = {made.dim_range[0], made.dim_range[1], made.dim_range[2]};
        double best = cost_of(sorted, 3, cuts);
        for (size_t a = 0; a <= 12; a++) {
            for (size_t b = a; b <= 12; b++) {
                cr_assert(best <= cost_of(sorted, 3, (const size_t[]){a, b, 12}));
            }
        }
    }
}

// Whatever the magnitudes, each channel stands once, in its group, and is covered.
Test(grouping, covers_every_channel_once) {
    static const struct se_scale_shape S = {2, 3, 2, 4, 8};
    uint64_t state = 2;
    for (int round = 0; round < 100; round++) {
        float magnitudes[CHANNELS];
        bool seen[CHANNELS] = {false};
        for (int i = 0; i < CHANNELS; i++) {
            magnitudes[i] = (float)(ref_random(&state) >> 40) * 0x1p-20f;
        }
        group(&S, magnitudes, 1);
        const struct se_scale_table table = {S, made.head_range, made.dim_range, made.scales};
        for (size_t i = 0; i < CHANNELS; i++) {
            size_t channel = made.permutation[i];
            cr_assert(channel < CHANNELS && !seen[channel] && channel / 32 == i / 32);
            seen[channel] = true;
            cr_assert(se_scale_of(&table, i) >= magnitudes[channel]);
        }
    }
}

Test(grouping, magnitudes_of_channels) {
    static const float VALUES[] = {1, -9, -2, 3, 4, 0, -3, 1}; // four tokens, two channels
    float magnitudes[2];
    struct se_error err;
    cr_assert_eq(se_channel_magnitudes(4, 2, VALUES, 100, magnitudes, &err), SE_OK);
    cr_expect(magnitudes[0] == 4 && magnitudes[1] == 9);
    cr_assert_eq(se_channel_magnitudes(4, 2, VALUES, 75, magnitudes, &err), SE_OK);
    cr_expect(magnitudes[0] == 3 && magnitudes[1] == 3);
}

Test(grouping, refuses) {
    static const struct se_scale_shape S = {1, 1, 1, 1, 2};
    struct se_error err = {""};
    float magnitudes[2] = {0, 0};
    cr_expect_eq(se_group_channels(&S, magnitudes, 1, &TO, &err), SE_INVALID);
    magnitudes[1] = NAN;
    cr_expect_eq(se_group_channels(&S, magnitudes, 1, &TO, &err), SE_INVALID);
    cr_expect(strstr(err.message, "channel 1"), "%s", err.message);
    magnitudes[1] = -1;
    cr_expect_eq(se_group_channels(&S, magnitudes, 1, &TO, &err), SE_INVALID);
    const float values[2] = {1, INFINITY};
    cr_expect_eq(se_channel_magnitudes(1, 2, values, 100, magnitudes, &err), SE_INVALID);
    cr_expect_eq(se_channel_magnitudes(1, 2, values, 0, magnitudes, &err), SE_INVALID);
}
