// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/expression.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 20 };

struct parser {
    const char *at;
    const char *wrong; // where it stopped making sense, or NULL
    size_t n;
    const struct se_named_number *names;
    int depth;
};

static double comparison(struct parser *p);

static double refuse(struct parser *p) {
    if (!p->wrong) {
        p->wrong = p->at;
    }
    return 0;
}

static bool take(struct parser *p, const char *token) {
    p->at += strspn(p->at, " ");
    size_t length = strlen(token);
    if (strncmp(p->at, token, length) != 0) {
        return false;
    }
    p->at += length;
    return true;
}

static double parenthesised(struct parser *p) {
    double value = ++p->depth > DEPTH_MAX ? refuse(p) : comparison(p);
    p->depth--;
    return take(p, ")") ? value : refuse(p);
}

static double index_bits(double things) {
    double bits = 0;
    while (ldexp(1, (int)bits) < things && bits < 64) {
        bits++;
    }
    return bits;
}

static double of_two(struct parser *p, bool larger) {
    double a = comparison(p);
    if (!take(p, ",")) {
        return refuse(p);
    }
    double b = parenthesised(p);
    return larger ? fmax(a, b) : fmin(a, b);
}

static double named(struct parser *p) {
    for (size_t i = 0; i < p->n; i++) {
        size_t length = strlen(p->names[i].name);
        char after = p->at[strncmp(p->at, p->names[i].name, length) ? 0 : length];
        if (after != *p->at && !isalnum((unsigned char)after) && after != '_') {
            p->at += length;
            return p->names[i].value;
        }
    }
    return refuse(p);
}

static double factor(struct parser *p) {
    if (take(p, "(")) {
        return parenthesised(p);
    }
    if (take(p, "bits(")) {
        return index_bits(parenthesised(p));
    }
    if (take(p, "max(")) {
        return of_two(p, true);
    }
    if (take(p, "min(")) {
        return of_two(p, false);
    }
    if (isdigit((unsigned char)*p->at)) {
        char *end;
        double value = strtod(p->at, &end);
        p->at = end;
        return value;
    }
    return named(p);
}

static double product(struct parser *p) {
    double value = factor(p);
    for (;;) {
        if (take(p, "*")) {
            value *= factor(p);
        } else if (take(p, "/")) {
            value /= factor(p);
        } else {
            return value;
        }
    }
}

static double sum(struct parser *p) {
    double value = product(p);
    for (;;) {
        if (take(p, "+")) {
            value += product(p);
        } else if (take(p, "-")) {
            value -= product(p);
        } else {
            return value;
        }
    }
}

static double comparison(struct parser *p) {
    double value = sum(p);
    if (take(p, ">=")) {
        return value >= sum(p);
    }
    return take(p, ">") ? value > sum(p) : value;
}

enum se_status se_expression(const char *text, size_t n, const struct se_named_number *names,
                             double *value, struct se_error *err) {
    struct parser p = {text, NULL, n, names, 0};
    *value = comparison(&p);
    take(&p, "");
    if (*p.at || !isfinite(*value)) {
        refuse(&p);
    }
    if (p.wrong) {
        return se_fail(err, SE_INVALID, "the expression '%.100s' makes no sense from '%.40s' on",
                       text, p.wrong);
    }
    return SE_OK;
}
