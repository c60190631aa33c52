// SPDX-License-Identifier: Apache-2.0
// `w4a5se estimate`: what a chip costs, or one memory of it.
#include "estimate.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    cli_command *run;
} kinds[] = {
    {"memory", estimate_memory},   {"points", estimate_points}, {"logic", estimate_logic},
    {"schemes", estimate_schemes}, {"claims", estimate_claims}, {"report", estimate_report},
};

int cmd_estimate(int argc, char **argv) {
    static char name[64];
    for (size_t i = 0; argc > 1 && i < sizeof kinds / sizeof *kinds; i++) {
        if (!strcmp(argv[1], kinds[i].name)) {
            snprintf(name, sizeof name, "%s %s", argv[0], argv[1]);
            argv[1] = name;
            return kinds[i].run(argc - 1, argv + 1);
        }
    }
    return estimate_chip(argc, argv);
}

enum se_status estimate_count(const char *option, const char *text, uint64_t most, uint64_t *count,
                              struct se_error *err) {
    char *end = NULL;
    errno = 0;
    unsigned long long value = isdigit((unsigned char)*text) ? strtoull(text, &end, 10) : 0;
    if (!end || *end || errno || value < 1 || value > most) {
        return se_fail(err, SE_INVALID, "%s is '%.40s', which is not a whole number from 1 to %llu",
                       option, text, (unsigned long long)most);
    }
    *count = value;
    return SE_OK;
}

enum se_status estimate_choice(const char *option, const char *text, const char *const *names,
                               int *index, struct se_error *err) {
    char all[120] = "";
    for (*index = 0; names[*index]; ++*index) {
        if (!strcmp(text, names[*index])) {
            return SE_OK;
        }
        strcat(strcat(all, *index ? ", " : ""), names[*index]);
    }
    return se_fail(err, SE_INVALID, "%s is '%.40s', which is none of %s", option, text, all);
}

double estimate_value(const struct se_band *band) {
    return band->value;
}

double estimate_low(const struct se_band *band) {
    return band->low;
}

double estimate_high(const struct se_band *band) {
    return band->high;
}

json_t *estimate_figures_json(const struct se_memory_figures *figures,
                              double (*member)(const struct se_band *)) {
    json_t *object = json_object();
    for (int q = 0; q < SE_MEMORY_QUANTITIES; q++) {
        json_object_set_new(object, se_memory_quantity_names[q], json_real(member(&figures->q[q])));
    }
    return object;
}

void estimate_print_sum(FILE *to, const char *name, const struct se_sum *sum) {
    fprintf(to, "%s =", name);
    if (sum->unit != 1) {
        fprintf(to, " %.4g *", sum->unit);
    }
    if (sum->factor) {
        fprintf(to, " %s *", sum->factor->name);
    }
    if (sum->divisor) {
        fprintf(to, " 1 / %s *", sum->divisor->name);
    }
    fprintf(to, " (");
    for (size_t i = 0; i < sum->n; i++) {
        const struct se_term *t = &sum->terms[i];
        fprintf(to, "%s%s * %.6g [%s]", i ? " + " : "", t->constant->name, t->times, t->what);
    }
    fprintf(to, ")\n");
    for (size_t i = 0; i < sum->n + 2; i++) {
        const struct se_constant *c = i < sum->n    ? sum->terms[i].constant
                                      : i == sum->n ? sum->factor
                                                    : sum->divisor;
        if (c) {
            fprintf(to, "  %-12s %.4g, %.4g to %.4g %s: %s\n", c->name, c->band.value, c->band.low,
                    c->band.high, c->unit, c->source);
        }
    }
    struct se_band b = se_sum_band(sum);
    fprintf(to, "  = %.4g, %.4g to %.4g\n", b.value, b.low, b.high);
}

enum se_status estimate_print_json(json_t *root, struct se_error *err) {
    if (!root) {
        return se_fail(err, SE_NO_MEMORY, "no memory for the results");
    }
    json_dumpf(root, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(root);
    return SE_OK;
}
