// SPDX-License-Identifier: Apache-2.0
#include "piecewise.h"

#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

struct se_format piecewise_format(int code_bits, struct stimulus *s) {
    int last = -(1 << (code_bits - 1));
    return (struct se_format){.code_bits = code_bits,
                              .dual = code_bits == 4,
                              .base1 = code_bits == 4 ? stimulus_between(s, last, 0) : last,
                              .base2 = code_bits == 4 ? stimulus_between(s, last, 3) : last};
}

static void derive(const struct se_quantizer *one, enum se_rule rule, size_t n, const float *s1,
                   struct se_quantizer *quantizers) {
    struct se_error err = {""};
    cr_assert_eq(se_input_piecewise(one, rule, n, s1, quantizers, &err), SE_OK, "%s", err.message);
}

void piecewise_draw(struct piecewise *p, const struct se_engine_lookup *lookup,
                    struct se_format format, struct stimulus *s) {
    static const enum se_rule rules[] = {SE_RULE_R1, SE_RULE_R2, SE_RULE_R3};
    enum se_rule rule = format.dual ? rules[stimulus_below(s, 3)] : SE_RULE_NONE;
    float expanded[PIECEWISE_CHANNELS];
    struct se_quantizer one;
    struct se_error err = {""};
    random_table(&p->table, &lookup->shape, SE_SCALE_FP32, &s->state);
    for (size_t i = 0; i < se_scale_count(&lookup->shape); i++) {
        p->table.scales[i] = stimulus_scale(s, format.dual ? -6 : -9, format.dual ? 0 : -4);
    }
    cr_assert_eq(se_quantizer_init(&one, format, 0.25f,
                                   format.dual ? 1 + stimulus_scale(s, -2, 2) : 1, INFINITY,
                                   INFINITY, &err),
                 SE_OK, "%s", err.message);
    if (format.dual) {
        se_thresholds_percentile(&one, stimulus_scale(s, -2, 1));
    }
    derive(&one, rule, se_scale_count(&lookup->shape), p->table.scales, p->by_scale);
    se_scale_expand(&p->table.table, expanded);
    derive(&one, rule, se_scale_channels(&lookup->shape), expanded, p->by_channel);
    cr_assert_eq(se_quantizer_init(&p->x_proj, se_format_signed(8, false),
                                   stimulus_scale(s, -7, -4), 1, INFINITY, INFINITY, &err),
                 SE_OK);
    p->input = (struct se_input){.mode = format.dual ? SE_INPUT_W4A5_SE_PIECEWISE
                                                     : SE_INPUT_INT8_PIECEWISE,
                                 .quantizers = p->by_channel,
                                 .x_proj = &p->x_proj};
    cr_assert_eq(se_input_check(&p->input, se_scale_channels(&lookup->shape), &err), SE_OK, "%s",
                 err.message);
}

size_t piecewise_words(const struct piecewise *p, const struct se_engine_lookup *lookup,
                       enum se_engine engine, uint32_t words[PIECEWISE_WORDS_MAX]) {
    struct se_error err = {""};
    size_t n = se_engine_table_words(&lookup->shape, lookup->form, engine);
    cr_assert_lt(n, PIECEWISE_WORDS_MAX);
    cr_assert_eq(
        se_engine_table_convert(&p->table.table, p->by_scale, lookup->form, engine, words, &err),
        SE_OK, "%s", err.message);
    return n;
}

bool piecewise_spoil(const struct se_engine_lookup *lookup, enum se_engine engine, int k,
                     uint32_t words[PIECEWISE_WORDS_MAX], size_t *n, struct stimulus *s) {
    static const uint32_t not_a_scale[] = {0x00000000, 0x80000000, 0xBF800000, 0x7F800000,
                                           0x7FC00000, 0xFF800000, 0x7F800001};
    enum { SCALES = sizeof not_a_scale / sizeof *not_a_scale };
    const size_t each = engine == SE_ENGINE_CONV ? 4 : 2;
    const size_t count = se_scale_count(&lookup->shape), bounds = *n - each * count;
    uint32_t *scale = words + bounds + each * stimulus_below(s, (uint32_t)count);
    if (k < 2 * SCALES) { // either scale
        scale[k % 2] = not_a_scale[k / 2];
        return true;
    }
    switch (k - 2 * SCALES) {
    case 0:
        --*n;
        return true;
    case 1:
        words[(*n)++] = 0x3F800000;
        return true;
    case 2: // a bit that no bound and no index has
        words[stimulus_below(s, (uint32_t)bounds)] |= UINT32_C(1) << (16 + stimulus_below(s, 16));
        return true;
    case 3: // the last dimension of a row, or an index beyond the last
        words[bounds - 1] += (uint32_t)lookup->shape.headdim;
        return true;
    case 4: // thresholds; those of a scan do not exist
    case 5:
        if (engine == SE_ENGINE_CONV) {
            scale[k - 2 * SCALES - 2] = 0x7FC00000 | stimulus_below(s, 1 << 22);
        } else {
            --*n;
        }
        return true;
    default:
        return false;
    }
}

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

uint64_t piecewise_channel_waits(const struct piecewise *p, size_t channel) {
    const struct se_scale_shape *s = &p->table.table.shape;
    size_t dim_group = p->table.index[channel] % s->dim_groups;
    size_t head_group = p->table.index[channel] / s->dim_groups % s->head_groups;
    return least(head_group + 1, s->head_groups - 1) + least(dim_group + 1, s->dim_groups - 1);
}

uint64_t piecewise_waits(const struct piecewise *p) {
    uint64_t waits = 0;
    for (size_t c = 0; c < se_scale_channels(&p->table.table.shape); c++) {
        waits += piecewise_channel_waits(p, c);
    }
    return waits;
}
