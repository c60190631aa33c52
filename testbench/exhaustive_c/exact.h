// SPDX-License-Identifier: Apache-2.0
// Exact values of the functions: in binary64, close enough to measure with, and by MPFR, where
// that does not decide.
#pragma once

// Its error is below 2^-51 of the value, 2^-27 ulp of binary32.
typedef double reference(double x);

double exact_exp(double x);
double exact_log1p(double x);
double exact_silu(double v);
double exact_softplus(double x);

// The nearest binary32 number, ties to even, subnormal numbers and infinity included.
float exact_rounded(reference *f, float x);

// How far the binary64 value is from MPFR's, as a share of it; 0 where it vanishes.
double exact_reference_error(reference *f, float x);
