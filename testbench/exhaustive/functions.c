// SPDX-License-Identifier: Apache-2.0
#include "functions.h"

#include "w4a5se/fp32.h"

#include <math.h>
#include <string.h>

enum { F32_NAN = 0x7FC00000, F32_INFINITY = 0x7F800000 };

#define FP "cmodel/src/fp/"
#define EXP_SOURCES FP "exp.c " FP "exp_tables.inc " FP "look_up.h"
#define LOG1P_SOURCES FP "log1p.c " FP "log1p_tables.inc " FP "look_up.h"

static const struct function functions[] = {
    {.name = "exp",
     .block = "fp32_exp",
     .sources = EXP_SOURCES,
     .first = -INFINITY,
     .last = INFINITY,
     .at_minus_infinity = 0,
     .at_infinity = F32_INFINITY,
     .rises_from = -INFINITY,
     .most_ulps = 0.502,
     .regions = 1,
     .region = {{"every number", -INFINITY, INFINITY, false}},
     .specials = 11,
     .special = {{0x00000000, 0x3F800000},
                 {0x80000000, 0x3F800000},
                 {0x7F800000, F32_INFINITY},
                 {0xFF800000, 0},
                 {0x7FC00000, F32_NAN},
                 {0xFFC12345, F32_NAN},
                 {0x7F800001, F32_NAN},
                 {0x42B17218, F32_INFINITY}, // the least that overflows
                 {0xC2CFF1B4, 0x00000001},   // the last that does not vanish
                 {0xC2CFF1B5, 0},
                 {0x00000001, 0x3F800000}}},
    {.name = "log1p",
     .block = "fp32_log1p",
     .sources = LOG1P_SOURCES,
     .first = 0,
     .last = 1,
     .rises_from = 0,
     .most_ulps = 0.51,
     .regions = 1,
     .region = {{"[0, 1]", 0, 1, false}},
     .specials = 10,
     .special = {{0x00000000, 0},
                 {0x80000000, 0x80000000},
                 {0x3F800000, 0x3F317218}, // ln 2
                 {0x00000001, 0x00000001},
                 {0x3F800001, F32_NAN},
                 {0x80000001, F32_NAN},
                 {0xBF800000, F32_NAN},
                 {0x7F800000, F32_NAN},
                 {0xFF800000, F32_NAN},
                 {0x7FC00000, F32_NAN}}},
    {.name = "to_int",
     .block = "fp32_to_int",
     .sources = FP "convert.c " FP "batch.c",
     .conversion = true,
     .rises_from = -INFINITY,
     .specials = 11,
     .special = {{0x80000000, 0},
                 {0x3F000000, 1}, // 0.5
                 {0xBF000000, UINT32_MAX},
                 {0x3EFFFFFF, 0},
                 {0x40200000, 3}, // 2.5
                 {0x4F000000, INT32_MAX},
                 {0xCF000000, 0x80000000},
                 {0xCF000001, 0x80000000},
                 {0x7F800000, INT32_MAX},
                 {0xFF800000, 0x80000000},
                 {0x7FC00000, 0}}},
    {.name = "to_f16",
     .block = "fp32_to_fp16",
     .sources = FP "to_f16.c " FP "flags.h " FP "batch.c",
     .conversion = true,
     .rises_from = -INFINITY,
     .specials = 11,
     .special = {{0x80000000, 0x8000},
                 {0x477FE000, 0x7BFF}, // 65504
                 {0x477FEFFF, 0x7BFF},
                 {0x477FF000, 0x7C00}, // 65520, a tie, overflows
                 {0x33000000, 0},      // 2^-25, a tie
                 {0x33000001, 0x0001},
                 {0x387FC000, 0x03FF}, // the largest subnormal number
                 {0x38800000, 0x0400},
                 {0x7F800000, 0x7C00},
                 {0xFF800000, 0xFC00},
                 {0x7FC00000, 0x7E00}}},
    {.name = "silu",
     .block = "fp32_silu",
     .sources = FP "compose.c " EXP_SOURCES,
     .first = -INFINITY,
     .last = INFINITY,
     .at_minus_infinity = F32_NAN, // -infinity / infinity
     .at_infinity = F32_INFINITY,
     .rises_from = -0x1.47494p+0f, // just right of the minimum, -1.2784645
     .may_fall = true,
     .most_ulps = 2.5,
     .promised = 1,
     .regions = 2,
     .region = {{"every number", -INFINITY, INFINITY, false},
                {"from -88.72 up, where exp(-v) is finite", -0x1.62e42ep6f, INFINITY, false}},
     .specials = 7,
     .special = {{0x00000000, 0},
                 {0x80000000, 0x80000000},
                 {0x7F800000, F32_INFINITY},
                 {0xFF800000, F32_NAN},
                 {0x7FC00000, F32_NAN},
                 {0xC2C80000, 0x80000000}, // -100: exp overflows
                 {0x42C80000, 0x42C80000}}},
    {.name = "softplus",
     .block = "fp32_softplus",
     .sources = FP "compose.c " EXP_SOURCES " " LOG1P_SOURCES,
     .first = -INFINITY,
     .last = INFINITY,
     .at_minus_infinity = 0,
     .at_infinity = F32_INFINITY,
     .rises_from = -INFINITY,
     .may_fall = true,
     .most_ulps = 1.5,
     .regions = 3,
     .region = {{"every number", -INFINITY, INFINITY, false},
                {"[-87.33, -15]", -0x1.5d5p6f, -15, false},
                {"[-104, -15], subnormal results too", -104, -15, true}},
     .specials = 6,
     .special = {{0x00000000, 0x3F317218},
                 {0x80000000, 0x3F317218},
                 {0x7F800000, F32_INFINITY},
                 {0xFF800000, 0},
                 {0x7FC00000, F32_NAN},
                 {0x42C80000, 0x42C80000}}},
};

const struct function *function_at(size_t i) {
    return i < sizeof functions / sizeof *functions ? &functions[i] : NULL;
}

const struct function *function_find(const char *name) {
    const struct function *f;
    for (size_t i = 0; (f = function_at(i)) && strcmp(f->name, name); i++) {
    }
    return f;
}

uint32_t function_of_model(const struct function *f, uint32_t input) {
    float x = se_f32_from_bits(input);
    if (!strcmp(f->name, "to_int")) {
        return (uint32_t)se_f32_to_i32(x, NULL);
    }
    if (!strcmp(f->name, "to_f16")) {
        return se_f32_to_f16(x, NULL);
    }
    static const struct {
        const char *name;
        float (*of)(float);
    } real[] = {{"exp", se_f32_exp},
                {"log1p", se_f32_log1p},
                {"silu", se_f32_silu},
                {"softplus", se_f32_softplus}};
    size_t i = 0;
    while (strcmp(f->name, real[i].name)) {
        i++;
    }
    return se_f32_bits(real[i].of(x));
}
