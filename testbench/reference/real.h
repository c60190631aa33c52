// SPDX-License-Identifier: Apache-2.0
// Running error analysis: a real number, in long double, and how far from it the binary32 value
// that an evaluation in the same order holds can be. Each operation adds what rounding its result
// may cost to what its operands' errors become. Nothing may overflow.
//
// Long double's own rounding, 2^-64 an operation, is some 2^-40 of the bounds and is left out.
#pragma once

struct ref_real {
    long double value, error;
};

struct ref_real ref_exact(float x);
struct ref_real ref_real_mul(struct ref_real a, struct ref_real b);
struct ref_real ref_real_add(struct ref_real a, struct ref_real b);
struct ref_real ref_real_fma(struct ref_real a, struct ref_real b, struct ref_real c);
struct ref_real ref_real_div(struct ref_real a, struct ref_real b); // b above zero, error included
struct ref_real ref_real_exp(struct ref_real x);                    // 0.502 ulp of its own
struct ref_real ref_real_softplus(struct ref_real x);               // log1p 0.508 ulp of its own
struct ref_real ref_real_to_f16(struct ref_real x);
