// SPDX-License-Identifier: Apache-2.0
// conv and scan: results worked out by hand, a recorded layer computed once more in double
// precision, and what is refused.
#include "command.h"
#include "files.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(engines, .init = scratch_begin, .fini = scratch_end);

// ---- conv ----

enum { CONV_TOKENS = 6, CONV_CHANNELS = 2, CONV_VALUES = CONV_TOKENS * CONV_CHANNELS };

// Channel 0 gets an impulse, so that its weights come out, the newest first, on the bias of 4;
// channel 1 a step, so that they add up from the newest on. Whatever is above 20 passes SiLU
// unchanged in binary32.
static const int8_t conv_x[CONV_VALUES] = {1, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2};
static const int8_t conv_w[CONV_CHANNELS * 4] = {24, 40, 56, 72, 1, -2, 4, 16};
static const int8_t conv_bias[CONV_CHANNELS] = {8, -127};
static const float conv_s_bias = 0.5f;
static const float conv_values[CONV_VALUES] = {76, -31.5f, 60, -23.5f, 44, -27.5f,
                                               28, -25.5f, 4,  -25.5f, 4,  -25.5f};

static float silu(float v) {
    return (float)((double)v / (1 + exp(-(double)v)));
}

static void put_conv(const char *name, const char *s_w, const char *s_x) {
    const float half = 0.5f, two = 2;
    const struct file_tensor tensors[] = {
        {s_x, "F32", "[]", 4, &two},
        {"x", "I8", "[6,2]", sizeof conv_x, conv_x},
        {s_w, "F32", "[1]", 4, &half},
        {"w", "I8", "[2,4]", sizeof conv_w, conv_w},
        {"bias", "I8", "[2]", sizeof conv_bias, conv_bias},
        {"s_bias", "F32", "[]", 4, &conv_s_bias},
        {"s_x_proj", "F32", "[]", 4, &two},
    };
    put_safetensors(name, sizeof tensors / sizeof *tensors, tensors);
}

static void expect_near(const char *name, size_t n, const float *got, const float *v) {
    for (size_t i = 0; i < n; i++) {
        float value;
        memcpy(&value, (const char *)got + i * sizeof value, sizeof value);
        float expected = silu(v[i]);
        cr_expect(fabsf(value - expected) <= 3e-7f * fabsf(expected), "%s[%zu] is %.9g, not %.9g",
                  name, i, (double)value, (double)expected);
    }
}

Test(engines, conv_by_hand_in_model_and_rtl) {
    static const char *const engines[] = {"model", "rtl", "rtl --idle 30 --stall 40 --seed 5"};
    // s1 = 1: 76, 60, 44, 28; silu(4) = 3.93 -> 4; channel 1 is 0 but for silu(-23.5) = -1.5e-9.
    const uint8_t codes[CONV_VALUES] = {76, 0, 60, 0, 44, 0, 28, 0, 4, 0, 4, 0};
    const int8_t x_proj[CONV_VALUES] = {38, 0, 30, 0, 22, 0, 14, 0, 2, 0, 2, 0};
    put_conv("in.safetensors", "s_w", "s_x");
    put_text("c.yaml", "quantizer:\n  code_bits: 8\n  s1: 1\n");
    for (size_t e = 0; e < sizeof engines / sizeof *engines; e++) {
        struct command c =
            expect_success("$W conv -i $T/in.safetensors -c $T/c.yaml -o $T/u.npy --values "
                           "$T/v.npy --x-proj $T/x.npy -e %s",
                           engines[e]);
        cr_expect(!*c.out, "conv prints %s", c.out);
        cr_expect(e == 0 ? !*c.err
                         : !!strstr(c.err, "37 results of RTL and model compared, all equal"),
                  "%s", c.err);
        cr_expect_arr_eq(get_npy("u.npy", "|u1", "(6, 2)", sizeof codes), codes, sizeof codes);
        cr_expect_arr_eq(get_npy("x.npy", "|i1", "(6, 2)", sizeof x_proj), x_proj, sizeof x_proj);
        expect_near("v.npy", CONV_VALUES, get_npy("v.npy", "<f4", "(6, 2)", sizeof conv_values),
                    conv_values);
    }
}

Test(engines, conv_writes_nine_bit_codes_and_safetensors) {
    // Above 50 the second scale, 2: 38, 30; the flag is bit 8.
    const uint16_t codes[CONV_VALUES] = {256 + 38, 0, 256 + 30, 0, 44, 0, 28, 0, 4, 0, 4, 0};
    put_conv("in.safetensors", "s_w", "s_x");
    put_text("c.yaml", "quantizer:\n  code_bits: 8\n  s1: 1\n  ratio: 2\n  thr_pos: 50\n");
    for (int rtl = 0; rtl < 2; rtl++) {
        char path[256];
        expect_success("$W conv -i $T/in.safetensors -c $T/c.yaml -o $T/u.npy -e %s",
                       rtl ? "rtl" : "model");
        cr_expect_arr_eq(get_npy("u.npy", "<u2", "(6, 2)", sizeof codes), codes, sizeof codes);
        expect_success("$W conv -i $T/in.safetensors -c $T/c.yaml -o $T/u.safetensors");
        snprintf(path, sizeof path, "%s/u.safetensors", getenv("T"));
        cr_expect_arr_eq(get_tensor(path, "u", "U16", "[6,2]"), codes, sizeof codes);
    }
}

Test(engines, conv_tensors_from_npy_files_take_the_place_of_others) {
    // s_wx = 2 in place of the product 1: twice the values, on a float bias of 0.
    const float s_wx = 2, bias[2] = {0, 0};
    const float v[CONV_VALUES] = {144, 64, 112, 80, 80, 72, 48, 76, 0, 76, 0, 76};
    put_conv("in.safetensors", "s_w", "s_x");
    put_npy("s.npy", "<f4", "False", "()", sizeof s_wx, &s_wx);
    put_npy("b.npy", "<f4", "False", "(2,)", sizeof bias, bias);
    expect_success("$W conv -i $T/in.safetensors -i s_wx=$T/s.npy --in bias=$T/b.npy --values "
                   "$T/v.npy");
    cr_expect_arr_eq(get_npy("v.npy", "<f4", "(6, 2)", sizeof v), v, sizeof v);
}

// ---- scan ----

// Two channels, two states, three tokens. dt_bias 32 and q_dt 0 make dt = softplus(32) = 32, which
// is exact in binary32, so that u = k/32 adds k * B to the state. State 0 never decays (A = 0),
// state 1 forgets everything (exp(-128) is 0).
enum { SCAN_TOKENS = 3, SCAN_CHANNELS = 2, SCAN_VALUES = SCAN_TOKENS * SCAN_CHANNELS };

static const float scan_u[SCAN_VALUES] = {1 / 32.f, 2 / 32.f, 3 / 32.f, 0, -1 / 32.f, 1 / 32.f};
static const int8_t scan_dt[SCAN_VALUES] = {0};
static const int8_t scan_b[SCAN_TOKENS * 2] = {2, 4, 4, 2, 2, 2}; // times 1/2: 1 2, 2 1, 1 1
static const int8_t scan_c[SCAN_TOKENS * 2] = {1, 1, 1, 2, 3, 1};
static const int8_t scan_z[SCAN_VALUES] = {32, 32, 32, 32, 32, 0}; // times 2: 64, 64, 64, 64, 64, 0
static const float scan_a[4] = {0, -4, 0, -4};
static const float scan_d[2] = {32, 0};
static const float scan_dt_bias[2] = {32, 32};

// Channel 0: h = 1 2, 7 3, 6 -1, and y = D u + C h = 1 + 3, 3 + 13, -1 + 17.
// Channel 1: h = 2 4, 2 0, 3 1, and y = 6, 2, 10.
static const float scan_y[SCAN_VALUES] = {4, 6, 16, 2, 16, 10};
static const float scan_h[4] = {6, -1, 3, 1};

static void put_scan(const char *name, const char *u) {
    const float one = 1, half = 0.5f, two = 2;
    const struct file_tensor tensors[] = {
        {u, "F32", "[3,2]", sizeof scan_u, scan_u},
        {"dt", "I8", "[3,2]", sizeof scan_dt, scan_dt},
        {"z", "I8", "[3,2]", sizeof scan_z, scan_z},
        {"B", "I8", "[3,2]", sizeof scan_b, scan_b},
        {"C", "I8", "[3,2]", sizeof scan_c, scan_c},
        {"A", "F32", "[2,2]", sizeof scan_a, scan_a},
        {"D", "F32", "[2]", sizeof scan_d, scan_d},
        {"dt_bias", "F32", "[2]", sizeof scan_dt_bias, scan_dt_bias},
        {"s_dt", "F32", "[]", 4, &one},
        {"s_B", "F32", "[]", 4, &half},
        {"s_C", "F32", "[]", 4, &one},
        {"s_z", "F32", "[]", 4, &two},
    };
    put_safetensors(name, sizeof tensors / sizeof *tensors, tensors);
}

// binary16 of an integer below 2048.
static uint16_t half_bits(float value) {
    int exponent;
    if (value == 0) {
        return 0;
    }
    float fraction = frexpf(fabsf(value), &exponent); // 1/2..1
    return (uint16_t)((value < 0 ? 0x8000 : 0) | (exponent + 14) << 10 |
                      ((int)(fraction * 2048) - 1024));
}

static void expect_y(const float *y) {
    const char *data = get_npy("y.npy", "<f2", "(3, 2)", SCAN_VALUES * 2);
    for (size_t i = 0; i < SCAN_VALUES; i++) {
        uint16_t bits;
        memcpy(&bits, data + 2 * i, sizeof bits);
        cr_expect(bits == half_bits(y[i]), "y[%zu] is %04X, expected %04X (%g)", i, bits,
                  half_bits(y[i]), (double)y[i]);
    }
}

static void expect_h(const float *h) {
    cr_expect_arr_eq(get_npy("h.npy", "<f4", "(2, 2)", 16), h, 16);
}

#define SCAN "$W scan -o $T/y.npy --state-out $T/h.npy -i $T/in.safetensors "

Test(engines, scan_by_hand) {
    put_scan("in.safetensors", "u");
    put_text("plain.yaml", "gate: false\n");
    struct command c = expect_success(SCAN "-c $T/plain.yaml");
    cr_expect(!*c.out && !*c.err, "scan prints %s%s", c.out, c.err);
    expect_y(scan_y);
    expect_h(scan_h);
    // The gate of z = 64 multiplies by 64, that of z = 0 by 0.
    expect_success(SCAN);
    const float gated[SCAN_VALUES] = {256, 384, 1024, 128, 1024, 0};
    expect_y(gated);
    expect_h(scan_h);
    expect_success("$W scan -i $T/in.safetensors -o $T/y.safetensors");
    char path[256];
    snprintf(path, sizeof path, "%s/y.safetensors", getenv("T"));
    const uint16_t *y = get_tensor(path, "y", "F16", "[3,2]");
    cr_expect(y[1] == half_bits(384));
}

Test(engines, outputs_have_names_of_their_own) {
    put_scan("in.safetensors", "u");
    struct command c =
        command("$W scan -i $T/in.safetensors -o $T/out/y.npy --state-out $T/out/y.npy");
    cr_expect(c.status == 2 && strstr(c.err, "two outputs cannot both be"), "%d %s", c.status,
              c.err);
    put_conv("in.safetensors", "s_w", "s_x");
    c = command("$W conv -i $T/in.safetensors --values $T/out/y.npy --x-proj $T/out/y.npy");
    cr_expect(c.status == 2 && strstr(c.err, "two outputs cannot both be"), "%d %s", c.status,
              c.err);
}

Test(engines, scan_goes_on_from_a_state) {
    // From h = 10 7, 0 -5 the first state has 10, 0 more at each token, the second forgets.
    const float h[4] = {10, 7, 0, -5}, y[SCAN_VALUES] = {14, 6, 26, 2, 46, 10},
                last[4] = {16, -1, 3, 1};
    put_scan("in.safetensors", "u");
    put_text("c.yaml", "gate: false\nlanes: 16\n");
    put_npy("h0.npy", "<f4", "False", "(2, 2)", sizeof h, h);
    expect_success(SCAN "-c $T/c.yaml -i h=$T/h0.npy");
    expect_y(y);
    expect_h(last);
}

Test(engines, scan_takes_codes) {
    // s1 = 1/32, s2 = 3/32: 1, 2, 3 as 1 of s2, 0, -1, 1.
    const uint8_t codes[SCAN_VALUES] = {0x01, 0x02, 0x11, 0x00, 0x0F, 0x01};
    const uint16_t wide[SCAN_VALUES] = {0x01, 0x02, 0x11, 0x00, 0x0F, 0x01};
    put_scan("in.safetensors", "unused");
    put_npy("u.npy", "|u1", "False", "(3, 2)", sizeof codes, codes);
    put_npy("wide.npy", "<u2", "False", "(3, 2)", sizeof wide, wide);
    put_text("c.yaml",
             "quantizer: {code_bits: 4, s1: 0.03125, ratio: 3, thr_pos: 0.0625}\ngate: false\n");
    expect_success(SCAN "-c $T/c.yaml -i u=$T/u.npy");
    expect_y(scan_y);
    expect_success(SCAN "-c $T/c.yaml -i u=$T/wide.npy");
    expect_y(scan_y);
}

Test(engines, scan_makes_a_of_its_logarithm) {
    // A_log = 64 * s: -exp(64) and -exp(-64), with dt = 32 either forgets everything or, as
    // 1 - 32 exp(-64) rounds to 1, nothing: state 0 never decays, state 1 forgets.
    const int8_t a_log[4] = {-64, 64, -64, 64};
    const float one = 1;
    put_npy("a.npy", "|i1", "False", "(2, 2)", sizeof a_log, a_log);
    put_npy("s.npy", "<f4", "False", "()", sizeof one, &one);
    put_scan("in.safetensors", "u");
    put_text("c.yaml", "gate: false\n");
    expect_refused("$W scan -o $T/out/y.npy -i $T/in.safetensors -i A_log=$T/a.npy", "a.npy",
                   "tensor 'A_log' and tensor 'A'");
    expect_success("sed 's/\"A\"/\"a\"/' $T/in.safetensors >$T/log && mv $T/log $T/in.safetensors");
    expect_success(SCAN "-c $T/c.yaml -i A_log=$T/a.npy -i s_A_log=$T/s.npy");
    expect_y(scan_y);
    expect_h(scan_h);
}

Test(engines, scan_rounds_its_state_at_the_end_or_at_each_token) {
    const float s_h = 2;
    put_scan("in.safetensors", "u");
    put_npy("s.npy", "<f4", "False", "()", sizeof s_h, &s_h);
    // int8-final: 6 -1, 3 1 are 3, -1/2, 3/2 and 1/2 steps: halves go away from zero.
    put_text("final.yaml", "gate: false\nstate: int8-final\n");
    expect_success(SCAN "-c $T/final.yaml -i s_h=$T/s.npy");
    expect_y(scan_y);
    const float final[4] = {6, -2, 4, 2};
    expect_h(final);
    // int8-step, halves to even, y before the rounding. Channel 0: 1 2 -> 0 2, 6 3 -> 6 4,
    // 5 -1 -> 4 0 (5/2 -> 2). Channel 1: 2 4, 2 0, 3 1 -> 4 0 (3/2 -> 2, 1/2 -> 0).
    put_text("step.yaml", "gate: false\nstate: int8-step\n");
    expect_success(SCAN "-c $T/step.yaml -i s_h=$T/s.npy");
    const float step_y[SCAN_VALUES] = {4, 6, 15, 2, 13, 10}, step[4] = {4, -0.0f, 4, 0};
    expect_y(step_y);
    const float *h = get_npy("h.npy", "<f4", "(2, 2)", 16);
    for (size_t i = 0; i < 4; i++) {
        float value;
        memcpy(&value, (const char *)h + 4 * i, sizeof value);
        cr_expect(value == step[i], "h[%zu] is %g, expected %g", i, (double)value, (double)step[i]);
    }
}

// ---- a recorded layer ----

enum { TOKENS = 256, CHANNELS = 256, STATES = 16, VALUES = TOKENS * CHANNELS };

// fl(scale * integer) of a tensor in INT8, in double.
static double *scaled(const char *path, const char *name, const char *shape, size_t n) {
    char scale_name[32];
    float scale;
    snprintf(scale_name, sizeof scale_name, "s_%s", name);
    memcpy(&scale, get_tensor(path, scale_name, "F32", "[]"), sizeof scale);
    const int8_t *q = get_tensor(path, name, "I8", shape);
    double *values = malloc(n * sizeof *values);
    for (size_t i = 0; i < n; i++) {
        values[i] = (double)scale * q[i];
    }
    return values;
}

static void reference_conv(const char *path, double *u) {
    const double *x = scaled(path, "x", "[256,256]", VALUES),
                 *w = scaled(path, "w", "[256,4]", CHANNELS * 4),
                 *bias = scaled(path, "bias", "[256]", CHANNELS);
    for (size_t i = 0; i < VALUES; i++) {
        size_t t = i / CHANNELS, c = i % CHANNELS;
        double v = bias[c];
        for (size_t k = 0; k < 4 && k <= t; k++) {
            v += w[4 * c + 3 - k] * x[(t - k) * CHANNELS + c];
        }
        u[i] = v / (1 + exp(-v));
    }
}

static void reference_scan(const char *path, const double *u, double *y) {
    const double *dt = scaled(path, "dt", "[256,256]", VALUES),
                 *b = scaled(path, "B", "[256,16]", TOKENS * STATES),
                 *c = scaled(path, "C", "[256,16]", TOKENS * STATES),
                 *z = scaled(path, "z", "[256,256]", VALUES),
                 *a_log = scaled(path, "A_log", "[256,16]", CHANNELS * STATES);
    const float *d = get_tensor(path, "D", "F32", "[256]"),
                *dt_bias = get_tensor(path, "dt_bias", "F32", "[256]");
    for (size_t ch = 0; ch < CHANNELS; ch++) {
        double h[STATES] = {0};
        for (size_t t = 0; t < TOKENS; t++) {
            size_t i = t * CHANNELS + ch;
            double step = log1p(exp(dt[i] + (double)dt_bias[ch])), sum = (double)d[ch] * u[i];
            for (size_t n = 0; n < STATES; n++) {
                h[n] = exp(-step * exp(a_log[ch * STATES + n])) * h[n] +
                       step * u[i] * b[t * STATES + n];
                sum += h[n] * c[t * STATES + n];
            }
            y[i] = sum * z[i] / (1 + exp(-z[i]));
        }
    }
}

static double half_value(uint16_t bits) {
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double magnitude = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
    return bits >> 15 ? -magnitude : magnitude;
}

Test(engines, a_layer_of_the_small_model_is_what_double_precision_makes_of_it) {
    static double u[VALUES], y[VALUES];
    const char *path = "data/small-mamba/layers/layer2.safetensors";
    reference_conv(path, u);
    reference_scan(path, u, y);
    expect_success("$W conv -i %s --values $T/u.npy", path);
    expect_success("$W scan -i %s -i u=$T/u.npy -o $T/y.npy", path);
    const char *values = get_npy("u.npy", "<f4", "(256, 256)", VALUES * 4),
               *halves = get_npy("y.npy", "<f2", "(256, 256)", VALUES * 2);
    double signal = 0, noise = 0, worst = 0;
    for (size_t i = 0; i < VALUES; i++) {
        float value;
        uint16_t half;
        memcpy(&value, values + 4 * i, sizeof value);
        memcpy(&half, halves + 2 * i, sizeof half);
        worst = fmax(worst, fabs((double)value - u[i]) / fmax(1, fabs(u[i])));
        signal += y[i] * y[i];
        noise += (half_value(half) - y[i]) * (half_value(half) - y[i]);
    }
    // binary32 before, binary16 (11 bits: some 73 dB) after.
    cr_expect(worst < 1e-6, "u is %g off", worst);
    cr_expect(10 * log10(signal / noise) > 70, "y has %g dB", 10 * log10(signal / noise));
}

Test(engines, a_layer_of_the_small_model_in_rtl) {
    put_text("c.yaml", "quantizer:\n  code_bits: 4\n  base1: -4\n  base2: 4\n  s1: 0.0663\n"
                       "  ratio: 3\n  thr_pos: 0.8\n");
    for (int layer = 0; layer < 4; layer++) {
        struct command c = expect_success(
            "$W conv -i data/small-mamba/layers/layer%d.safetensors -c $T/c.yaml -e rtl -o "
            "$T/u.npy --x-proj $T/x.npy",
            layer);
        cr_expect(strstr(c.err, "196609 results of RTL and model compared, all equal"), "%s",
                  c.err);
    }
}

Test(engines, conv_keeps_a_waveform) {
    put_conv("in.safetensors", "s_w", "s_x");
    put_text("c.yaml", "quantizer: {code_bits: 8, s1: 1}\n");
    expect_success("$W conv -i $T/in.safetensors -c $T/c.yaml -o $T/u.npy -e rtl --trace $T/t.fst "
                   "&& fst2vcd $T/t.fst 2>&1 | grep -q clk_i");
}

// ---- the scan in RTL, whose instances have 16 or 128 states ----

// As put_scan, with 16 states, of which the first two are those; the others have B = C = 0.
static void put_scan_16(const char *name) {
    const float one = 1, half = 0.5f, two = 2;
    int8_t b[SCAN_TOKENS * 16] = {0}, c[SCAN_TOKENS * 16] = {0};
    float a[SCAN_CHANNELS * 16] = {0};
    for (size_t i = 0; i < SCAN_TOKENS * 2; i++) {
        b[i / 2 * 16 + i % 2] = scan_b[i];
        c[i / 2 * 16 + i % 2] = scan_c[i];
    }
    for (size_t i = 0; i < SCAN_CHANNELS * 2; i++) {
        a[i / 2 * 16 + i % 2] = scan_a[i];
    }
    const struct file_tensor tensors[] = {
        {"u", "F32", "[3,2]", sizeof scan_u, scan_u},
        {"dt", "I8", "[3,2]", sizeof scan_dt, scan_dt},
        {"B", "I8", "[3,16]", sizeof b, b},
        {"C", "I8", "[3,16]", sizeof c, c},
        {"A", "F32", "[2,16]", sizeof a, a},
        {"D", "F32", "[2]", sizeof scan_d, scan_d},
        {"dt_bias", "F32", "[2]", sizeof scan_dt_bias, scan_dt_bias},
        {"s_dt", "F32", "[]", 4, &one},
        {"s_B", "F32", "[]", 4, &half},
        {"s_C", "F32", "[]", 4, &one},
        {"s_h", "F32", "[]", 4, &two},
    };
    put_safetensors(name, sizeof tensors / sizeof *tensors, tensors);
}

// The values of h beyond the first two states are 0.
static void expect_h_16(const float *h) {
    const char *data = get_npy("h.npy", "<f4", "(2, 16)", 2 * 16 * 4);
    for (size_t i = 0; i < 2 * 16; i++) {
        float value, expected = i % 16 < 2 ? h[i / 16 * 2 + i % 16] : 0;
        memcpy(&value, data + 4 * i, sizeof value);
        cr_expect(value == expected, "h[%zu] is %g, expected %g", i, (double)value,
                  (double)expected);
    }
}

Test(engines, scan_by_hand_in_rtl) {
    const float final[4] = {6, -2, 4, 2}, step_y[SCAN_VALUES] = {4, 6, 15, 2, 13, 10},
                step[4] = {4, 0, 4, 0}, further[SCAN_VALUES] = {8, 10, 19, 6, 25, 22};
    const uint8_t codes[SCAN_VALUES] = {0x01, 0x02, 0x11, 0x00, 0x0F, 0x01};
    put_scan_16("in.safetensors");
    put_npy("codes.npy", "|u1", "False", "(3, 2)", sizeof codes, codes);
    put_text("plain.yaml", "gate: false\nlanes: 8\n");
    put_text("codes.yaml",
             "quantizer: {code_bits: 4, s1: 0.03125, ratio: 3, thr_pos: 0.0625}\ngate: false\n");
    put_text("final.yaml", "gate: false\nstate: int8-final\n");
    put_text("step.yaml", "gate: false\nstate: int8-step\n");
    struct command c = expect_success(SCAN "-c $T/plain.yaml -e rtl");
    cr_expect(strstr(c.err, "39 results of RTL and model compared, all equal; scan_engine_8: ") &&
                  strstr(c.err, " 96 state updates"),
              "%s", c.err);
    expect_y(scan_y);
    expect_h_16(scan_h);
    expect_success(SCAN "-c $T/codes.yaml -i u=$T/codes.npy -e rtl --idle 40 --stall 60 --seed 9");
    expect_y(scan_y);
    expect_success(SCAN "-c $T/final.yaml -e rtl");
    expect_y(scan_y);
    expect_h_16(final);
    expect_success(SCAN "-c $T/step.yaml -e rtl");
    expect_y(step_y);
    expect_h_16(step);
    // On from 4 0, 4 0. Channel 0: 5 2, kept as 4 2; 10 3, kept as 10 4; 9 -1.
    // Channel 1: 6 4; 6 0; 7 1.
    expect_success("cp $T/h.npy $T/h0.npy");
    expect_success(SCAN "-c $T/step.yaml -i h=$T/h0.npy -e rtl");
    expect_y(further);
}

Test(engines, a_layer_of_the_small_model_through_both_engines_in_rtl) {
    put_text("c.yaml", "quantizer:\n  code_bits: 4\n  base1: -4\n  base2: 4\n  s1: 0.0663\n"
                       "  ratio: 3\n  thr_pos: 0.8\n");
    const char *layer = "data/small-mamba/layers/layer1.safetensors";
    expect_success("$W conv -i %s -c $T/c.yaml -e rtl -o $T/u.npy", layer);
    struct command c = expect_success(
        "$W scan -i %s -i u=$T/u.npy -c $T/c.yaml -e rtl -o $T/y.npy --trace $T/t.fst", layer);
    cr_expect(strstr(c.err, "69633 results of RTL and model compared, all equal") &&
                  strstr(c.err, " 1048576 state updates"),
              "%s", c.err);
    expect_success("fst2vcd $T/t.fst 2>&1 | grep -q clk_i");
}

// ---- refusals ----

#define REFUSE_CONV(ARGUMENTS, WORD, OTHER)                                                        \
    expect_refused("$W conv -o $T/out/u.npy -c $T/c.yaml -i $T/conv.safetensors " ARGUMENTS, WORD, \
                   OTHER)
#define REFUSE_SCAN(ARGUMENTS, WORD, OTHER)                                                        \
    expect_refused(                                                                                \
        "$W scan -o $T/out/y.npy --state-out $T/out/h.npy -i $T/scan.safetensors " ARGUMENTS,      \
        WORD, OTHER)

static void put_good_inputs(void) {
    put_conv("conv.safetensors", "s_w", "s_x");
    put_scan("scan.safetensors", "u");
    put_text("c.yaml", "quantizer:\n  code_bits: 4\n  s1: 0.5\n  ratio: 4\n");
}

Test(engines, conv_refuses_tensors_that_do_not_fit) {
    const float values[12] = {0}, zero = 0, tiny = 1e-40f, nan_value = NAN, scales[2] = {1, 1};
    const float huge = 3e38f;
    const int8_t bytes[12] = {0};
    put_good_inputs();
    put_npy("huge.npy", "<f4", "False", "()", 4, &huge);
    put_npy("f.npy", "<f4", "False", "(6, 2)", sizeof values, values);
    put_npy("w3.npy", "|i1", "False", "(2, 3)", 6, bytes);
    put_npy("w4.npy", "|i1", "False", "(3, 4)", 12, bytes);
    put_npy("flat.npy", "|i1", "False", "(12,)", 12, bytes);
    put_npy("none.npy", "|i1", "False", "(0, 2)", 0, bytes);
    put_npy("zero.npy", "<f4", "False", "()", 4, &zero);
    put_npy("tiny.npy", "<f4", "False", "()", 4, &tiny);
    put_npy("nan.npy", "<f4", "False", "()", 4, &nan_value);
    put_npy("two.npy", "<f4", "False", "(2,)", 8, scales);
    REFUSE_CONV("-i x=$T/f.npy", "f.npy: tensor 'x' is float32 [6, 2]", "int8 [tokens, d_inner]");
    REFUSE_CONV("-i x=$T/flat.npy", "flat.npy: tensor 'x' is int8 [12]", "[tokens, d_inner]");
    REFUSE_CONV("-i x=$T/none.npy", "none.npy: tensor 'x'", "empty");
    REFUSE_CONV("-i w=$T/w3.npy", "w3.npy: tensor 'w' is int8 [2, 3]", "int8 [2, 4]");
    REFUSE_CONV("-i w=$T/w4.npy", "w4.npy: tensor 'w' is int8 [3, 4]", "int8 [2, 4]");
    REFUSE_CONV("-i bias=$T/f.npy", "f.npy: tensor 'bias' is float32 [6, 2]", "float32 [2]");
    REFUSE_CONV("-i s_x=$T/zero.npy", "zero.npy: tensor 's_x' is 0", "above zero");
    REFUSE_CONV("-i s_w=$T/huge.npy", "huge.npy: tensor 's_w'", "times s_x");
    REFUSE_CONV("-i s_bias=$T/nan.npy", "nan.npy: tensor 's_bias' is", "finite");
    REFUSE_CONV("-i s_w=$T/two.npy", "two.npy: tensor 's_w' is float32 [2]", "one float32");
    REFUSE_CONV("-i s_w=$T/flat.npy", "flat.npy: tensor 's_w' is int8 [12]", "one float32");
    REFUSE_CONV("-i s_x_proj=$T/tiny.npy --x-proj $T/out/x.npy", "tiny.npy: tensor 's_x_proj'",
                NULL);
    REFUSE_CONV("-i $T/f.npy", "f.npy", "--in x=");
    REFUSE_CONV("-i =$T/f.npy", "f.npy", "name");
    REFUSE_CONV("-i $T/missing.safetensors", "missing.safetensors", "No such file");
    REFUSE_CONV("-i $T/c.yaml", "c.yaml", "truncated");
    expect_refused("$W conv -o $T/out/u.npy -c $T/c.yaml -i $T/scan.safetensors",
                   "scan.safetensors: tensor 'x' is missing", "int8 [tokens, d_inner]");
    put_conv("odd.safetensors", "weights", "s_x");
    expect_refused("$W conv --values $T/out/u.npy -i $T/odd.safetensors",
                   "odd.safetensors: tensor 's_w' is missing", NULL);
    expect_success("head -c -1 $T/conv.safetensors >$T/cut.safetensors");
    expect_refused("$W conv --values $T/out/u.npy -i $T/cut.safetensors",
                   "cut.safetensors: tensor 's_x_proj' ends at byte", NULL);
}

Test(engines, scan_refuses_tensors_that_do_not_fit) {
    const float values[8] = {0}, zero = 0;
    const int8_t bytes[8] = {0};
    const uint8_t codes[6] = {0, 1, 2, 3, 32, 4};
    put_good_inputs();
    put_npy("f.npy", "<f4", "False", "(3, 2)", 24, values);
    put_npy("long.npy", "|i1", "False", "(4, 2)", 8, bytes);
    put_npy("h.npy", "<f4", "False", "(2, 4)", 32, values);
    put_npy("zero.npy", "<f4", "False", "()", 4, &zero);
    put_npy("codes.npy", "|u1", "False", "(3, 2)", 6, codes);
    put_text("step.yaml", "state: int8-step\n");
    REFUSE_SCAN("-i u=$T/long.npy", "long.npy: tensor 'u' is int8 [4, 2]", "uint8 or uint16");
    REFUSE_SCAN("-i u=$T/codes.npy", "codes.npy: tensor 'u'", "quantizer");
    REFUSE_SCAN("-i u=$T/codes.npy -c $T/c.yaml",
                "codes.npy: tensor 'u' has 32 for token 2, "
                "channel 0",
                "5 bits");
    REFUSE_SCAN("-i dt=$T/long.npy", "long.npy: tensor 'dt' is int8 [4, 2]", "int8 [3, 2]");
    REFUSE_SCAN("-i z=$T/f.npy", "f.npy: tensor 'z' is float32 [3, 2]", "int8 [3, 2]");
    REFUSE_SCAN("-i C=$T/long.npy", "long.npy: tensor 'C'", "int8 [3, 2]");
    REFUSE_SCAN("-i A=$T/h.npy", "h.npy: tensor 'A' is float32 [2, 4]", "float32 [2, 2]");
    REFUSE_SCAN("-i D=$T/f.npy", "f.npy: tensor 'D'", "float32 [2]");
    REFUSE_SCAN("-i h=$T/h.npy", "h.npy: tensor 'h' is float32 [2, 4]", "float32 [2, 2]");
    REFUSE_SCAN("-i s_C=$T/zero.npy", "zero.npy: tensor 's_C' is 0", NULL);
    REFUSE_SCAN("-c $T/step.yaml", "tensor 's_h' is missing", NULL);
    expect_refused("$W scan -o $T/out/y.npy -i $T/conv.safetensors",
                   "conv.safetensors: tensor 'u' is missing", NULL);
    REFUSE_SCAN("-e rtl", "scan_engine of d_state 2", "--engine model");
    const float odd[32] = {0, 4, 5};
    put_scan_16("scan.safetensors");
    put_npy("odd.npy", "<f4", "False", "(2, 16)", sizeof odd, odd);
    put_text("step.yaml", "gate: false\nstate: int8-step\n");
    put_text("lanes.yaml", "gate: false\nstate: int8-step\nlanes: 16\n");
    REFUSE_SCAN("-e rtl -c $T/step.yaml -i h=$T/odd.npy",
                "odd.npy: tensor 'h' has 5 for channel 0, n 2", "s_h");
    REFUSE_SCAN("-e rtl -c $T/lanes.yaml", "state int8-step, lanes 16", "--engine model");
}

Test(engines, refusals_of_the_configuration) {
    static const struct {
        const char *text, *word, *other_word;
    } cases[] = {
        {"", "empty", NULL},
        {"code_bits: 4\ns1: 1\n", "unexpected key 'code_bits'", "line 1"},
        {"gate: true\n", "quantizer is missing", NULL},
        {"quantizer: 4\n", "quantizer", NULL},
        {"quantizer:\n  s1: 1\n", "code_bits is missing", NULL},
        {"quantizer:\n  code_bits: 9\n  s1: 1\n", "code_bits is '9'", "line 2"},
        {"quantizer:\n  code_bits: 4\n  s1: 1\n  colour: red\n", "unexpected key 'colour'",
         "line 4"},
        {"quantizer:\n  code_bits: 4\n  s1: 0\n", "s1", NULL},
        {"quantizer: {code_bits: 4, s1: 1}\ngate: maybe\n", "gate is 'maybe'", "line 2"},
        {"quantizer: {code_bits: 4, s1: 1}\nlanes: 3\n", "lanes is '3'", "1, 2, 4, 8 or 16"},
        {"quantizer: {code_bits: 4, s1: 1}\nstate: int4\n", "state is 'int4'", "int8-final"},
    };
    put_good_inputs();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_text("bad.yaml", cases[i].text);
        expect_refused("$W conv -o $T/out/u.npy -c $T/bad.yaml -i $T/conv.safetensors",
                       cases[i].word, cases[i].other_word);
        struct command c = command("$W conv -o $T/out/u.npy -c $T/bad.yaml -i $T/conv.safetensors");
        cr_expect(strstr(c.err, "bad.yaml"), "names no file: %s", c.err);
    }
    put_text("c7.yaml", "quantizer: {code_bits: 7, s1: 1}\n");
    expect_refused("$W conv -e rtl -o $T/out/u.npy -c $T/c7.yaml -i $T/conv.safetensors",
                   "conv_engine", "7");
}
