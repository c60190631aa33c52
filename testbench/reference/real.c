// SPDX-License-Identifier: Apache-2.0
#include "real.h"

#include <math.h>

// A value within `error` of `value`, rounded to binary32: half an ulp of the largest it can be, or
// half the least subnormal number.
static struct ref_real rounded(long double value, long double error) {
    return (struct ref_real){value, error + 0x1p-24L * (fabsl(value) + error) + 0x1p-150L};
}

// The same for a function that is `ulps` off, an ulp being 2^-23 of the result at most.
static struct ref_real approximated(long double value, long double error, long double ulps) {
    long double own = ulps * (0x1p-23L * (fabsl(value) + error) + 0x1p-149L);
    return (struct ref_real){value, error + own};
}

static long double product_error(struct ref_real a, struct ref_real b) {
    return fabsl(a.value) * b.error + fabsl(b.value) * a.error + a.error * b.error;
}

struct ref_real ref_exact(float x) {
    return (struct ref_real){x, 0};
}

struct ref_real ref_real_mul(struct ref_real a, struct ref_real b) {
    return rounded(a.value * b.value, product_error(a, b));
}

struct ref_real ref_real_add(struct ref_real a, struct ref_real b) {
    return rounded(a.value + b.value, a.error + b.error);
}

struct ref_real ref_real_fma(struct ref_real a, struct ref_real b, struct ref_real c) {
    return rounded(a.value * b.value + c.value, product_error(a, b) + c.error);
}

// |(a + da)/(b + db) - a/b| = |da - (a/b) db| / (b + db)
struct ref_real ref_real_div(struct ref_real a, struct ref_real b) {
    long double quotient = a.value / b.value;
    long double error = (a.error + fabsl(quotient) * b.error) / (b.value - b.error);
    return rounded(quotient, error);
}

// exp(x + d) - exp(x) = exp(x) (exp(d) - 1)
struct ref_real ref_real_exp(struct ref_real x) {
    long double value = expl(x.value);
    return approximated(value, value * expm1l(x.error), 0.502L);
}

// log1p's slope is at most 1, as is max's.
struct ref_real ref_real_softplus(struct ref_real x) {
    struct ref_real size = {-fabsl(x.value), x.error}, exponential = ref_real_exp(size);
    struct ref_real bend = approximated(log1pl(exponential.value), exponential.error, 0.508L);
    return ref_real_add((struct ref_real){fmaxl(x.value, 0), x.error}, bend);
}

struct ref_real ref_real_to_f16(struct ref_real x) {
    long double own = 0x1p-11L * (fabsl(x.value) + x.error) + 0x1p-25L;
    return (struct ref_real){x.value, x.error + own};
}
