// SPDX-License-Identifier: Apache-2.0
// A scale table as the words of the hardware forms.
#include "w4a5se/engine_table.h"
#include "w4a5se/fp32.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

const char *const se_lookup_names[] = {"sequential", "parallel", "lut", "cursor", NULL};

static bool is_power_of_2(size_t n) {
    return n > 0 && (n & (n - 1)) == 0;
}

// ceil(log2(n)), and 1 for a memory of one word or an index of one value.
static size_t bits_of(size_t n) {
    size_t bits = 0;
    while ((size_t)1 << bits < n) {
        bits++;
    }
    return bits;
}

static size_t index_bits(size_t n) {
    return n > 1 ? bits_of(n) : 1;
}

enum se_status se_lookup_check_shape(const struct se_scale_shape *s, struct se_error *err) {
    if (!is_power_of_2(s->groups) || !is_power_of_2(s->head_groups) ||
        !is_power_of_2(s->dim_groups) || !is_power_of_2(s->headdim) ||
        (s->groups > 1 && !is_power_of_2(s->heads)) || s->heads < 2 || s->headdim < 2) {
        return se_fail(err, SE_INVALID,
                       "the RTL takes powers of 2 (heads of a single group: any number) and two "
                       "heads and dimensions at least, not %zu groups of %zu x %zu with %zu heads "
                       "of %zu",
                       s->groups, s->head_groups, s->dim_groups, s->heads, s->headdim);
    }
    return SE_OK;
}

static bool is_exact(enum se_scale_format format, uint32_t bits) {
    uint32_t exponent = bits >> 23;
    switch (format) {
    case SE_SCALE_BF16:
        return (bits & 0xFFFF) == 0;
    case SE_SCALE_FP16:
        return (bits & 0x1FFF) == 0 && exponent >= 113 && exponent <= 142;
    default:
        return true;
    }
}

static size_t bound_words(const struct se_scale_shape *s, enum se_lookup_form form) {
    return form == SE_LOOKUP_LUT ? se_scale_channels(s) : se_scale_rows(s) + se_scale_count(s);
}

// Puts the scales of a cursor, n words each, in the order in which their runs stand: in a row those
// of groups that are not empty come first, and the last of them fills the rest.
static void order_runs(const struct se_scale_table *t, enum se_lookup_form form, size_t n,
                       uint32_t *words) {
    size_t dim_groups = t->shape.dim_groups, row_words = dim_groups * n;
    if (form != SE_LOOKUP_CURSOR) {
        return;
    }
    for (size_t row = 0; row < se_scale_rows(&t->shape); row++, words += row_words) {
        const uint32_t *bounds = t->dim_range + row * dim_groups;
        size_t runs = 0;
        for (size_t g = 0; g < dim_groups; g++) {
            if (bounds[g] > (g ? bounds[g - 1] : 0)) {
                memmove(words + runs++ * n, words + g * n, n * sizeof *words);
            }
        }
        for (; runs < dim_groups; runs++) {
            memcpy(words + runs * n, words + (runs - 1) * n, n * sizeof *words);
        }
    }
}

size_t se_lookup_words(const struct se_scale_shape *s, enum se_lookup_form form) {
    return bound_words(s, form) + se_scale_count(s);
}

// words[bound_words] of a table that is legal and has a shape of the RTL.
static enum se_status convert_bounds(const struct se_scale_table *t, enum se_lookup_form form,
                                     uint32_t *words, struct se_error *err) {
    const struct se_scale_shape *s = &t->shape;
    enum se_status status = se_scale_table_check(t, err);
    if (!status) {
        status = se_lookup_check_shape(s, err);
    }
    if (status) {
        return status;
    }
    if (form == SE_LOOKUP_LUT) {
        for (size_t c = 0; c < se_scale_channels(s); c++) {
            *words++ = (uint32_t)(se_scale_index(t, c) % (s->head_groups * s->dim_groups));
        }
    } else {
        for (size_t i = 0; i < se_scale_rows(s); i++) {
            *words++ = t->head_range[i];
        }
        for (size_t i = 0; i < se_scale_count(s); i++) {
            *words++ = t->dim_range[i];
        }
    }
    return SE_OK;
}

enum se_status se_lookup_convert(const struct se_scale_table *t, enum se_lookup_form form,
                                 enum se_scale_format format, uint32_t *words,
                                 struct se_error *err) {
    enum se_status status = convert_bounds(t, form, words, err);
    if (status) {
        return status;
    }
    words += bound_words(&t->shape, form);
    for (size_t i = 0; i < se_scale_count(&t->shape); i++) {
        words[i] = se_f32_bits(t->scales[i]);
        if (!is_exact(format, words[i])) {
            return se_fail(err, SE_INVALID, "scales: entry %zu is %.9g, which is no normal %s", i,
                           (double)t->scales[i], format == SE_SCALE_FP16 ? "FP16" : "BF16");
        }
    }
    order_runs(t, form, 1, words);
    return SE_OK;
}

enum { CONV_WORDS = 4, SCAN_WORDS = 2 }; // of a scale

size_t se_engine_table_words(const struct se_scale_shape *s, enum se_lookup_form form,
                             enum se_engine engine) {
    return bound_words(s, form) +
           se_scale_count(s) * (engine == SE_ENGINE_CONV ? CONV_WORDS : SCAN_WORDS);
}

// What the engine reads of the quantiser of scale i.
static enum se_status convert_quantizer(const struct se_quantizer *q, size_t i, float scale,
                                        enum se_engine engine, uint32_t *words,
                                        struct se_error *err) {
    bool conv = engine == SE_ENGINE_CONV;
    float scales[] = {conv ? q->inv_s1 : q->s1, conv ? q->inv_s2 : q->s2};
    if (se_f32_bits(q->s1) != se_f32_bits(scale)) {
        return se_fail(err, SE_INVALID, "quantiser %zu has s1 %.9g, but the table's scale is %.9g",
                       i, (double)q->s1, (double)scale);
    }
    if (conv && (isnan(q->thr_pos) || isnan(q->thr_neg))) {
        return se_fail(err, SE_INVALID, "quantiser %zu has a threshold that is NaN", i);
    }
    for (size_t k = 0; k < 2; k++) {
        if (!isfinite(scales[k]) || scales[k] <= 0) {
            return se_fail(err, SE_INVALID,
                           "quantiser %zu has a scale of %g, which is not finite and positive", i,
                           (double)scales[k]);
        }
        words[k] = se_f32_bits(scales[k]);
    }
    if (conv) {
        words[2] = se_f32_bits(q->thr_pos);
        words[3] = se_f32_bits(q->thr_neg);
    }
    return SE_OK;
}

enum se_status se_engine_table_convert(const struct se_scale_table *t,
                                       const struct se_quantizer *quantizers,
                                       enum se_lookup_form form, enum se_engine engine,
                                       uint32_t *words, struct se_error *err) {
    enum se_status status = convert_bounds(t, form, words, err);
    size_t n = engine == SE_ENGINE_CONV ? CONV_WORDS : SCAN_WORDS;
    words += status ? 0 : bound_words(&t->shape, form);
    for (size_t i = 0; !status && i < se_scale_count(&t->shape); i++) {
        status = convert_quantizer(&quantizers[i], i, t->scales[i], engine, words + i * n, err);
    }
    if (!status) {
        order_runs(t, form, n, words);
    }
    return status;
}

size_t se_lookup_memory_bits(const struct se_scale_shape *s, enum se_lookup_form form,
                             int bound_bits, int scale_bits) {
    size_t head = bound_bits ? (size_t)bound_bits : bits_of(s->heads + 1);
    size_t dim = bound_bits ? (size_t)bound_bits : bits_of(s->headdim + 1);
    size_t rows = se_scale_rows(s), scales = se_scale_count(s), search = 0;
    switch (form) {
    case SE_LOOKUP_SEQUENTIAL:
        search = rows * head + scales * dim;
        break;
    case SE_LOOKUP_PARALLEL: // a row's last bound is not kept
        search = s->groups * (s->head_groups - 1) * head + rows * (s->dim_groups - 1) * dim;
        break;
    case SE_LOOKUP_LUT:
        search = se_scale_channels(s) *
                 (bound_bits ? (size_t)bound_bits : index_bits(s->head_groups * s->dim_groups));
        break;
    case SE_LOOKUP_CURSOR:
        search = rows * (bits_of(s->heads) + index_bits(s->head_groups)) +
                 scales * (bits_of(s->headdim) + index_bits(s->dim_groups));
        break;
    }
    return 2 * (search + scales * (size_t)scale_bits);
}
