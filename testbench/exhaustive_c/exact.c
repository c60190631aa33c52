// SPDX-License-Identifier: Apache-2.0
#include "exact.h"

#include <math.h>
#include <mpfr.h>

enum { PRECISION = 320 };

double exact_exp(double x) {
    return exp(x);
}

double exact_log1p(double x) {
    return log1p(x);
}

double exact_silu(double v) {
    return v / (1 + exp(-v));
}

double exact_softplus(double x) {
    return fmax(x, 0) + log1p(exp(-fabs(x)));
}

// x/2 + x^2/4, less x^4/48: many subnormal results are as near to a tie as x is to 0.
static void silu_of_tiny(mpfr_t out, float x) {
    mpfr_set_flt(out, x, MPFR_RNDN);
    mpfr_sqr(out, out, MPFR_RNDN);
    mpfr_div_2ui(out, out, 1, MPFR_RNDN);
    mpfr_add_d(out, out, (double)x, MPFR_RNDN);
    mpfr_div_2ui(out, out, 1, MPFR_RNDN);
}

static void value(mpfr_t out, reference *f, float x) {
    mpfr_set_flt(out, x, MPFR_RNDN);
    if (f == exact_exp) {
        mpfr_exp(out, out, MPFR_RNDN);
    } else if (f == exact_log1p) {
        mpfr_log1p(out, out, MPFR_RNDN);
    } else if (f == exact_silu && fabsf(x) < 0x1p-64f) {
        silu_of_tiny(out, x);
    } else if (f == exact_silu) {
        mpfr_neg(out, out, MPFR_RNDN);
        mpfr_exp(out, out, MPFR_RNDN);
        mpfr_add_ui(out, out, 1, MPFR_RNDN);
        mpfr_d_div(out, (double)x, out, MPFR_RNDN);
    } else {
        mpfr_abs(out, out, MPFR_RNDN);
        mpfr_neg(out, out, MPFR_RNDN);
        mpfr_exp(out, out, MPFR_RNDN);
        mpfr_log1p(out, out, MPFR_RNDN);
        mpfr_add_d(out, out, fmax((double)x, 0), MPFR_RNDN);
    }
}

float exact_rounded(reference *f, float x) {
    mpfr_t exact, rounded;
    mpfr_init2(exact, PRECISION);
    mpfr_init2(rounded, 24);
    value(exact, f, x);
    mpfr_set_emin(-148);
    mpfr_set_emax(128);
    int direction = mpfr_set(rounded, exact, MPFR_RNDN);
    direction = mpfr_check_range(rounded, direction, MPFR_RNDN);
    mpfr_subnormalize(rounded, direction, MPFR_RNDN);
    float y = mpfr_get_flt(rounded, MPFR_RNDN);
    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
    mpfr_clears(exact, rounded, (mpfr_ptr)NULL);
    return y;
}

double exact_reference_error(reference *f, float x) {
    double approximate = f(x);
    if (fabs(approximate) < 0x1p-1000 || isinf(approximate)) {
        return 0;
    }
    mpfr_t exact;
    mpfr_init2(exact, PRECISION);
    value(exact, f, x);
    mpfr_sub_d(exact, exact, approximate, MPFR_RNDN);
    mpfr_div_d(exact, exact, approximate, MPFR_RNDN);
    double error = fabs(mpfr_get_d(exact, MPFR_RNDN));
    mpfr_clear(exact);
    return error;
}
