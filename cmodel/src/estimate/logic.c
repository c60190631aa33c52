// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/logic.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static size_t find(const struct se_logic_block *logic, const char *name) {
    size_t i = 0;
    while (i < logic->parameters && strcmp(logic->parameter[i].name, name) != 0) {
        i++;
    }
    return i;
}

static enum se_status refuse_name(const struct se_logic_block *logic, const char *name,
                                  struct se_error *err) {
    char names[300] = " no parameter";
    for (size_t i = 0, used = 0; i < logic->parameters; i++) {
        used +=
            (size_t)snprintf(names + used, sizeof names - used, " %s", logic->parameter[i].name);
    }
    return se_fail(err, SE_INVALID, "%s has no parameter %s; it has%s", logic->name, name, names);
}

enum se_status se_logic_parameters(const struct se_logic_block *logic, size_t n,
                                   const struct se_named_number *given,
                                   struct se_named_number values[SE_LOGIC_PARAMETERS_MAX],
                                   struct se_error *err) {
    bool set[SE_LOGIC_PARAMETERS_MAX] = {false};
    for (size_t i = 0; i < logic->parameters; i++) {
        strcpy(values[i].name, logic->parameter[i].name);
        values[i].value = logic->parameter[i].standard;
    }
    for (size_t k = 0; k < n; k++) {
        size_t i = find(logic, given[k].name);
        if (i == logic->parameters) {
            return refuse_name(logic, given[k].name, err);
        }
        const struct se_logic_parameter *p = &logic->parameter[i];
        if (!(given[k].value >= p->least && given[k].value <= p->most)) {
            return se_fail(err, SE_INVALID, "%s of %s is %g, which is not from %g to %g", p->name,
                           logic->name, given[k].value, p->least, p->most);
        }
        if (set[i]) {
            return se_fail(err, SE_INVALID, "%s of %s is given twice", p->name, logic->name);
        }
        set[i] = true;
        values[i].value = given[k].value;
    }
    return SE_OK;
}

// The sentence that the expression of a term or part does not say: whose it is.
static enum se_status of_block(const struct se_logic_block *logic, const char *what,
                               enum se_status status, struct se_error *err) {
    char message[sizeof err->message];
    snprintf(message, sizeof message, "%s", err ? err->message : "");
    return se_fail(err, status, "%s of library %s, %s: %.200s", logic->name, logic->library, what,
                   message);
}

// Of the block without its parts.
static enum se_status add_terms(const struct se_logic_block *logic,
                                const struct se_named_number *values, struct se_logic_figures *f,
                                struct se_error *err) {
    for (size_t t = 0; t < logic->terms; t++) {
        double times;
        enum se_status status =
            se_expression(logic->term[t].times, logic->parameters, values, &times, err);
        if (status) {
            return of_block(logic, logic->term[t].what, status, err);
        }
        for (int q = 0; q < SE_LOGIC_QUANTITIES; q++) {
            f->q[q] += times * logic->term[t].c[q];
        }
    }
    return f->q[SE_LOGIC_GE] > 0
               ? SE_OK
               : se_fail(err, SE_INVALID, "%s of library %s has %g GE with these parameters",
                         logic->name, logic->library, f->q[SE_LOGIC_GE]);
}

// "DEPTH = 4096" as one parameter, evaluated; none where the text is empty.
static enum se_status read_given(const struct se_logic_block *logic,
                                 const struct se_named_number *values, const char *text, size_t *n,
                                 struct se_named_number *given, struct se_error *err) {
    const char *equal = strstr(text, " = ");
    if (!*text) {
        return SE_OK;
    }
    if (!equal || equal - text >= SE_NAME_LENGTH) {
        return se_fail(err, SE_INVALID, "%s gives a part '%s', which is not NAME = EXPRESSION",
                       logic->name, text);
    }
    snprintf(given[*n].name, SE_NAME_LENGTH, "%.*s", (int)(equal - text), text);
    return se_expression(equal + 3, logic->parameters, values, &given[(*n)++].value, err);
}

// What a part is given: what the text says, and the block's parameters that it has too.
static enum se_status part_values(const struct se_logic_block *logic,
                                  const struct se_named_number *values, const char *text,
                                  const struct se_logic_block *part,
                                  struct se_named_number *of_part, struct se_error *err) {
    struct se_named_number given[SE_LOGIC_PARAMETERS_MAX + 1];
    size_t n = 0;
    enum se_status status = read_given(logic, values, text, &n, given, err);
    size_t named = n;
    for (size_t i = 0; i < logic->parameters; i++) {
        if (find(part, values[i].name) < part->parameters &&
            !(named && !strcmp(given[0].name, values[i].name))) {
            given[n++] = values[i];
        }
    }
    return status ? status : se_logic_parameters(part, n, given, of_part, err);
}

static enum se_status estimate(const char *directory, const char *library, int depth,
                               const struct se_logic_block *logic,
                               const struct se_named_number *values, struct se_logic_figures *f,
                               struct se_error *err);

enum se_status se_logic_part(const char *directory, const char *library,
                             const struct se_logic_block *logic,
                             const struct se_named_number values[SE_LOGIC_PARAMETERS_MAX],
                             size_t index, double *times, struct se_logic_block *part,
                             struct se_named_number of_part[SE_LOGIC_PARAMETERS_MAX],
                             struct se_error *err) {
    const struct se_logic_part *p = &logic->part[index];
    enum se_status status = se_expression(p->times, logic->parameters, values, times, err);
    if (status) {
        return of_block(logic, p->block, status, err);
    }
    status = se_logic_load(directory, library, p->block, part, err);
    return status ? status : part_values(logic, values, p->given, part, of_part, err);
}

static enum se_status add_part(const char *directory, const char *library, int depth,
                               const struct se_logic_block *logic,
                               const struct se_named_number *values, size_t index,
                               struct se_logic_figures *f, struct se_error *err) {
    struct se_logic_block block;
    struct se_named_number of_part[SE_LOGIC_PARAMETERS_MAX];
    struct se_logic_figures of;
    double times;
    enum se_status status =
        se_logic_part(directory, library, logic, values, index, &times, &block, of_part, err);
    if (!status) {
        status = estimate(directory, library, depth + 1, &block, of_part, &of, err);
    }
    if (!status) {
        f->q[SE_LOGIC_GE] += times * of.q[SE_LOGIC_GE];
        f->q[SE_LOGIC_FLIP_FLOPS] += times * of.q[SE_LOGIC_FLIP_FLOPS];
        f->q[SE_LOGIC_NS] = fmax(f->q[SE_LOGIC_NS], of.q[SE_LOGIC_NS]);
        f->ge_error = fmax(f->ge_error, of.ge_error);
        f->ns_error = fmax(f->ns_error, of.ns_error);
    }
    return status;
}

static enum se_status estimate(const char *directory, const char *library, int depth,
                               const struct se_logic_block *logic,
                               const struct se_named_number *values, struct se_logic_figures *f,
                               struct se_error *err) {
    enum { DEPTH_MAX = 4 };
    if (depth > DEPTH_MAX) {
        return se_fail(err, SE_INVALID, "%s is a part of itself or lies too deep", logic->name);
    }
    *f = (struct se_logic_figures){.ge_error = logic->ge_error, .ns_error = logic->ns_error};
    enum se_status status = add_terms(logic, values, f, err);
    for (size_t i = 0; i < logic->parts && !status; i++) {
        status = add_part(directory, library, depth, logic, values, i, f, err);
    }
    f->area_um2 = f->q[SE_LOGIC_GE] * logic->gate_area;
    return status;
}

enum se_status se_logic_estimate(const char *directory, const char *library,
                                 const struct se_logic_block *logic,
                                 const struct se_named_number values[SE_LOGIC_PARAMETERS_MAX],
                                 struct se_logic_figures *figures, struct se_error *err) {
    return estimate(directory, library, 0, logic, values, figures, err);
}
