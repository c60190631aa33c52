// SPDX-License-Identifier: Apache-2.0
#include "tables.h"

long table_round_scaled(const mpfr_t x, int scale) {
    mpfr_t scaled;
    mpfr_init2(scaled, TABLE_PRECISION);
    mpfr_mul_2si(scaled, x, scale, MPFR_RNDN);
    long rounded = mpfr_get_si(scaled, MPFR_RNDN);
    mpfr_clear(scaled);
    return rounded;
}

void table_c(FILE *out, const char *name, const char *type, int n, const long *values) {
    fprintf(out, "\nstatic const %s %s[%d] = {", type, name, n);
    for (int i = 0; i < n; i++) {
        fprintf(out, "%s%ld,", i % 8 ? " " : "\n    ", values[i]);
    }
    fputs("\n};\n", out);
}

void table_sv(FILE *out, const char *name, int in_bits, int out_bits, int n, const long *values) {
    unsigned long mask = (1ul << out_bits) - 1;
    fprintf(out, "\n  function automatic [%d:0] %s(input [%d:0] index);\n    case (index)\n",
            out_bits - 1, name, in_bits - 1);
    for (int i = 0; i < n; i++) {
        if (values[i]) {
            fprintf(out, "      %d'd%d: %s = %d'h%lX;\n", in_bits, i, name, out_bits,
                    (unsigned long)values[i] & mask);
        }
    }
    fprintf(out, "      default: %s = %d'd0;\n    endcase\n  endfunction\n", name, out_bits);
}
