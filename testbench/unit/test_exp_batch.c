// SPDX-License-Identifier: Apache-2.0
// The batches of exp, log1p, SiLU and softplus give the scalar functions' bits.
#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

TestSuite(exp_batch);

// The same sources compiled for AVX2 (Makefile).
void avx2_f32_exp_n(size_t n, const float *x, float *y);
void avx2_f32_log1p_n(size_t n, const float *x, float *y);
void avx2_f32_silu_n(size_t n, const float *v, float *y);
void avx2_f32_softplus_n(size_t n, const float *x, float *y);

static const struct function {
    const char *name;
    float (*scalar)(float);
    void (*batch)(size_t, const float *, float *);
} functions[] = {{"exp", se_f32_exp, se_f32_exp_n},
                 {"log1p", se_f32_log1p, se_f32_log1p_n},
                 {"silu", se_f32_silu, se_f32_silu_n},
                 {"softplus", se_f32_softplus, se_f32_softplus_n},
                 {"exp for AVX2", se_f32_exp, avx2_f32_exp_n},
                 {"log1p for AVX2", se_f32_log1p, avx2_f32_log1p_n},
                 {"silu for AVX2", se_f32_silu, avx2_f32_silu_n},
                 {"softplus for AVX2", se_f32_softplus, avx2_f32_softplus_n}};
enum { FUNCTIONS = sizeof functions / sizeof *functions, MOST = 1031, BEYOND = 0x12345678 };

// n results, none written beyond them, and the same in place.
static void compare(const struct function *f, size_t n, float *x) {
    float y[MOST + 1];
    y[n] = se_f32_from_bits(BEYOND);
    f->batch(n, x, y);
    cr_assert_eq(se_f32_bits(y[n]), BEYOND, "%s of %zu wrote beyond them", f->name, n);
    for (size_t i = 0; i < n; i++) {
        uint32_t alone = se_f32_bits(f->scalar(x[i]));
        cr_assert(se_f32_bits(y[i]) == alone,
                  "%s of %08" PRIX32 ": %08" PRIX32 ", number %zu of %zu in a batch %08" PRIX32,
                  f->name, se_f32_bits(x[i]), alone, i, n, se_f32_bits(y[i]));
    }
    f->batch(n, x, x);
    cr_assert(!memcmp(x, y, n * sizeof *x), "%s of %zu in place", f->name, n);
}

// All of bits first, first + step, ... below 2^32.
static void compare_strided(const struct function *f, uint32_t first, uint32_t step) {
    float x[MOST];
    size_t n = 0;
    for (uint64_t bits = first; bits < UINT64_C(1) << 32; bits += step) {
        x[n++] = se_f32_from_bits((uint32_t)bits);
        if (n == MOST || (bits + step) >> 32) {
            compare(f, n, x);
            n = 0;
        }
    }
}

Test(exp_batch, strided_over_all_numbers) {
    for (size_t i = 0; i < FUNCTIONS; i++) {
        compare_strided(&functions[i], 1234, 4099);
    }
}

// From -100 to 100, where no result but a few is trivial and whole chunks are ordinary.
Test(exp_batch, dense_where_results_vary) {
    for (size_t i = 0; i < FUNCTIONS; i++) {
        float x[MOST];
        for (int at = -100 * 65536; at < 100 * 65536; at += 17 * MOST) {
            for (int l = 0; l < MOST; l++) {
                x[l] = (float)(at + 17 * l) * 0x1p-16f;
            }
            compare(&functions[i], MOST, x);
        }
        for (int at = 0; at < 1 << 24; at += 13 * MOST) {
            for (int l = 0; l < MOST; l++) {
                x[l] = (float)(at + 13 * l) * 0x1p-24f;
            }
            compare(&functions[i], MOST, x);
        }
    }
}

Test(exp_batch, both_sides_of_every_power_of_two) {
    for (size_t i = 0; i < FUNCTIONS; i++) {
        for (uint32_t boundary = 0; boundary < 512; boundary++) {
            float x[41];
            for (uint32_t side = 0; side < 41; side++) {
                x[side] = se_f32_from_bits((boundary << 23) + side - 20);
            }
            compare(&functions[i], 41, x);
        }
    }
}

// Where exp chooses another multiple of ln(2), another interval, or the scalar function: 1/64
// apart.
Test(exp_batch, both_sides_of_every_64th) {
    for (size_t i = 0; i < FUNCTIONS; i++) {
        for (int step = -8192; step <= 8192; step++) {
            float middle = (float)step / 64;
            float x[3] = {nextafterf(middle, -INFINITY), middle, nextafterf(middle, INFINITY)};
            compare(&functions[i], 3, x);
        }
    }
}

// One number that is not ordinary at each place of a batch.
Test(exp_batch, special_values_among_others) {
    static const uint32_t specials[] = {0x7F800000, 0xFF800000, 0x7FC12345, 0xFF800001,
                                        0x00000001, 0x80000001, 0x80000000, 0x42AE0000,
                                        0xC2AE0000, 0x42B17218, 0xC2CFF1B4, 0x7F7FFFFF};
    for (size_t i = 0; i < FUNCTIONS; i++) {
        for (size_t s = 0; s < sizeof specials / sizeof *specials; s++) {
            for (size_t place = 0; place < 300; place++) {
                float x[300];
                for (size_t l = 0; l < 300; l++) {
                    x[l] = (float)l / 300;
                }
                x[place] = se_f32_from_bits(specials[s]);
                compare(&functions[i], 300, x);
            }
        }
    }
}

Test(exp_batch, every_short_length) {
    for (size_t i = 0; i < FUNCTIONS; i++) {
        for (size_t n = 0; n <= 600; n += n < 140 ? 1 : 23) {
            float x[MOST];
            for (size_t l = 0; l < n; l++) {
                x[l] = (float)l * 0.7f - 60;
            }
            compare(&functions[i], n, x);
        }
    }
}
