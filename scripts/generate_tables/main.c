// SPDX-License-Identifier: Apache-2.0
// generate_tables EXP_C_FILE LOG1P_C_FILE SV_FILE: writes the tables of exp and log1p for both
// sides.
#include "tables.h"

#include <stdlib.h>

static FILE *create(const char *path) {
    FILE *f = fopen(path, "w");
    if (!f) {
        perror(path);
        exit(1);
    }
    fputs("// SPDX-License-Identifier: Apache-2.0\n"
          "// Written by `make tables` (scripts/generate_tables); do not edit.\n",
          f);
    return f;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: %s EXP_C_FILE LOG1P_C_FILE SV_FILE\n", argv[0]);
        return 2;
    }
    FILE *exp_c = create(argv[1]), *log1p_c = create(argv[2]), *sv = create(argv[3]);
    fputs("`default_nettype none\n\npackage fp32_tables_pkg;\n", sv);
    generate_exp(exp_c, sv);
    generate_log1p(log1p_c, sv);
    fputs("\nendpackage\n\n`default_nettype wire\n", sv);
    return fclose(exp_c) || fclose(log1p_c) || fclose(sv);
}
