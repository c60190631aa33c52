// SPDX-License-Identifier: Apache-2.0
// What the generators share: rounding an MPFR number to an integer, and the two output formats.
#pragma once

#include <stdio.h>

#include <mpfr.h>

enum { TABLE_PRECISION = 200 };

// x * 2^scale to the nearest integer.
long table_round_scaled(const mpfr_t x, int scale);

void table_c(FILE *out, const char *name, const char *type, int n, const long *values);

// A case function of `in_bits` bits; an entry of 0 takes no line, so it falls to the default.
void table_sv(FILE *out, const char *name, int in_bits, int out_bits, int n, const long *values);

void generate_exp(FILE *c, FILE *sv);
void generate_log1p(FILE *c, FILE *sv);
