// SPDX-License-Identifier: Apache-2.0
// Each function of one operand on a fixed 1/1024 of its inputs and five floats about every power of
// two. `make exhaustive` does all of them.
#include "../exhaustive/functions.h"
#include "../exhaustive_c/exact.h"
#include "../reference/softfloat.h"
#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

TestSuite(sample);

enum { SAMPLE = 1 << 22, BOUNDARIES = 512, SIDES = 5, INPUTS = SAMPLE + BOUNDARIES * SIDES };

static uint32_t input_at(uint32_t i) {
    if (i < SAMPLE) {
        return i * 1024u + i * 2654435761u % 1024u;
    }
    i -= SAMPLE;
    return (i / SIDES << 23) + i % SIDES - 2;
}

// Where rounding decides between the largest number and infinity, both are near enough.
static double ulps_off(float y, double exact) {
    int exponent;
    frexp(exact, &exponent);
    exponent = exponent - 24 > -149 ? exponent - 24 : -149;
    if (isinf(y) && fabs(exact) >= 0x1.ffffffp127) {
        return (y > 0) == (exact > 0) ? 0 : INFINITY;
    }
    return fabs((double)y - exact) / ldexp(1, exponent < 104 ? exponent : 104);
}

static void expect_real(const char *name, reference *exact) {
    const struct function *f = function_find(name);
    const struct region *promised = &f->region[f->promised];
    double worst = 0;
    uint32_t numbers = 0;
    for (uint32_t i = 0; i < INPUTS; i++) {
        uint32_t input = input_at(i), y = function_of_model(f, input);
        float x = se_f32_from_bits(input);
        if (!(x >= f->first && x <= f->last)) {
            cr_assert(y == SE_F32_CANONICAL_NAN, "%s of %08" PRIX32 " is %08" PRIX32, name, input,
                      y);
        } else if (x >= promised->first && x <= promised->last && !isinf(x)) {
            double off = ulps_off(se_f32_from_bits(y), exact(x));
            cr_assert(off <= f->most_ulps, "%s of %08" PRIX32 " is %08" PRIX32 ", %.6f ulp off",
                      name, input, y, off);
            worst = off > worst ? off : worst;
            numbers++;
        }
    }
    printf("%s: %" PRIu32 " inputs, at most %.6f ulp\n", name, numbers, worst);
    cr_assert_gt(numbers, UINT32_C(1) << 19);
}

Test(sample, exp) {
    expect_real("exp", exact_exp);
}

Test(sample, log1p) {
    expect_real("log1p", exact_log1p);
}

Test(sample, silu) {
    expect_real("silu", exact_silu);
}

Test(sample, softplus) {
    expect_real("softplus", exact_softplus);
}

Test(sample, to_int) {
    for (uint32_t i = 0; i < INPUTS; i++) {
        unsigned flags = 0, expected_flags = 0;
        int32_t y = se_f32_to_i32(se_f32_from_bits(input_at(i)), &flags);
        int32_t expected = ref_f32_to_i32(input_at(i), &expected_flags);
        cr_assert(y == expected && flags == expected_flags,
                  "to_int of %08" PRIX32 " is %" PRId32 " with flags %u", input_at(i), y, flags);
    }
}

Test(sample, to_f16) {
    for (uint32_t i = 0; i < INPUTS; i++) {
        unsigned flags = 0, expected_flags = 0;
        uint32_t y = se_f32_to_f16(se_f32_from_bits(input_at(i)), &flags);
        uint32_t expected = ref_f32_to_f16(input_at(i), &expected_flags);
        cr_assert(y == expected && flags == expected_flags,
                  "to_f16 of %08" PRIX32 " is %04" PRIX32 " with flags %u", input_at(i), y, flags);
    }
}

// What infinities, zeros, NaNs and the ends of ranges give.
Test(sample, special_values) {
    const struct function *f;
    size_t n = 0;
    for (size_t i = 0; (f = function_at(i)); i++) {
        for (size_t k = 0; k < f->specials; k++, n++) {
            uint32_t y = function_of_model(f, f->special[k].input);
            cr_expect(y == f->special[k].expected, "%s of %08" PRIX32 " is %08" PRIX32, f->name,
                      f->special[k].input, y);
        }
    }
    cr_expect_gt(n, 50);
}
