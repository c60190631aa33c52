// SPDX-License-Identifier: Apache-2.0
// `w4a5se estimate logic`: gates, flip-flops, area and critical path of one block.
#include "estimate.h"

#include "w4a5se/logic.h"

#include <stdlib.h>
#include <string.h>

struct options {
    const char *block, *library, *directory;
    const char *given[SE_LOGIC_PARAMETERS_MAX];
    size_t n;
    bool json, why;
};

enum { OPT_BLOCK = 256, OPT_PARAM, OPT_LIBRARY, OPT_WHY, OPT_JSON, OPT_DIRECTORY };

static const struct argp_option option_list[] = {
    {"block", OPT_BLOCK, "NAME", 0, "A block of docs/blocks.md", 0},
    {"param", OPT_PARAM, "NAME=N", 0, "One of its parameters (default: the RTL's)", 0},
    {"lib", OPT_LIBRARY, "NAME", 0, "Library of cells: osu018 (default), asap7, sky130", 0},
    {"why", OPT_WHY, NULL, 0, "Print the formula behind the figures", 0},
    {"json", OPT_JSON, NULL, 0, "Print JSON", 0},
    {"logic-dir", OPT_DIRECTORY, "DIR", 0,
     "Where the fitted models are (default " ESTIMATE_TECH_DIRECTORY "/logic)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case OPT_BLOCK:
        o->block = arg;
        return 0;
    case OPT_PARAM:
        if (o->n == SE_LOGIC_PARAMETERS_MAX) {
            argp_error(state, "there are more parameters than any block has");
        }
        o->given[o->n++] = arg;
        return 0;
    case OPT_LIBRARY:
        o->library = arg;
        return 0;
    case OPT_WHY:
        o->why = true;
        return 0;
    case OPT_JSON:
        o->json = true;
        return 0;
    case OPT_DIRECTORY:
        o->directory = arg;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' belongs to no option", arg);
        return EINVAL;
    case ARGP_KEY_END:
        if (!o->block) {
            argp_error(state, "--block is needed");
        }
        if (o->json && o->why) {
            argp_error(state, "--why is printed as text, not as --json");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    option_list, parse, NULL, "What a block's logic costs; its memories are `estimate memory`'s.",
    NULL,        NULL,  NULL};

static enum se_status read_given(const char *text, struct se_named_number *given,
                                 struct se_error *err) {
    const char *equal = strchr(text, '=');
    char *end = NULL;
    long value = equal && (isdigit((unsigned char)equal[1]) || equal[1] == '-')
                     ? strtol(equal + 1, &end, 10)
                     : 0;
    if (!end || *end || equal - text >= SE_NAME_LENGTH) {
        return se_fail(err, SE_INVALID, "--param is '%.60s', which is not NAME=WHOLE NUMBER", text);
    }
    snprintf(given->name, sizeof given->name, "%.*s", (int)(equal - text), text);
    given->value = (double)value;
    return SE_OK;
}

static void print_text(const struct se_logic_block *logic, const struct se_named_number *values,
                       const struct se_logic_figures *f) {
    printf("%s", logic->name);
    for (size_t i = 0; i < logic->parameters; i++) {
        printf(" %s=%g", values[i].name, values[i].value);
    }
    printf(" in %s\n\n", logic->library);
    printf("GE          %10.0f   of %g um2, +-%.1f %%\n", f->q[SE_LOGIC_GE], logic->gate_area,
           100 * f->ge_error);
    printf("area um2    %10.4g   of cells, no wires, no memories\n", f->area_um2);
    printf("flip-flops  %10.0f\n", f->q[SE_LOGIC_FLIP_FLOPS]);
    printf("path ns     %10.2f   no wires, +-%.0f %%\n", f->q[SE_LOGIC_NS], 100 * f->ns_error);
}

static enum se_status print_why(const struct options *o, const struct se_logic_block *logic,
                                const struct se_named_number *values, struct se_error *err) {
    enum se_status status = SE_OK;
    for (int q = 0; q < SE_LOGIC_QUANTITIES && !status; q++) {
        printf("%s =\n", se_logic_quantity_names[q]);
        for (size_t t = 0; t < logic->terms && !status; t++) {
            const struct se_logic_term *term = &logic->term[t];
            double times;
            status = se_expression(term->times, logic->parameters, values, &times, err);
            if (!status && term->c[q] != 0) {
                printf("  %+11.5g * %-6g %s: %s\n", term->c[q], times, term->what, term->times);
            }
        }
    }
    if (logic->parts > 0) {
        printf("and its parts, GE and flip-flops as a sum, the path as the longest:\n");
    }
    for (size_t i = 0; i < logic->parts && !status; i++) {
        struct se_logic_block part;
        struct se_named_number of_part[SE_LOGIC_PARAMETERS_MAX];
        struct se_logic_figures f;
        double times;
        status =
            se_logic_part(o->directory, o->library, logic, values, i, &times, &part, of_part, err);
        if (!status && times > 0) {
            status = se_logic_estimate(o->directory, o->library, &part, of_part, &f, err);
        }
        if (!status && times > 0) {
            printf("  %g * %s%s%s: GE %.6g, flip-flops %.6g, ns %.4g\n", times, part.name,
                   *logic->part[i].given ? " with " : "", logic->part[i].given, f.q[SE_LOGIC_GE],
                   f.q[SE_LOGIC_FLIP_FLOPS], f.q[SE_LOGIC_NS]);
        }
    }
    return status;
}

static json_t *to_json(const struct se_logic_block *logic, const struct se_named_number *values,
                       const struct se_logic_figures *f) {
    json_t *parameters = json_object();
    for (size_t i = 0; i < logic->parameters; i++) {
        json_object_set_new(parameters, values[i].name, json_integer((json_int_t)values[i].value));
    }
    return json_pack("{s:s, s:s, s:o, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "block", logic->name,
                     "library", logic->library, "parameters", parameters, "ge", f->q[SE_LOGIC_GE],
                     "ge_error", f->ge_error, "area_um2", f->area_um2, "flip_flops",
                     f->q[SE_LOGIC_FLIP_FLOPS], "ns", f->q[SE_LOGIC_NS], "ns_error", f->ns_error,
                     "gate_area_um2", logic->gate_area);
}

int estimate_logic(int argc, char **argv) {
    struct options o = {.library = "osu018", .directory = ESTIMATE_TECH_DIRECTORY "/logic"};
    struct se_named_number given[SE_LOGIC_PARAMETERS_MAX], values[SE_LOGIC_PARAMETERS_MAX];
    struct se_logic_block logic;
    struct se_logic_figures figures;
    struct se_error err;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    enum se_status status = se_logic_load(o.directory, o.library, o.block, &logic, &err);
    for (size_t i = 0; i < o.n && !status; i++) {
        status = read_given(o.given[i], &given[i], &err);
    }
    if (!status) {
        status = se_logic_parameters(&logic, o.n, given, values, &err);
    }
    if (!status) {
        status = se_logic_estimate(o.directory, o.library, &logic, values, &figures, &err);
    }
    if (status) {
        return cli_fail(&err);
    }
    if (o.json) {
        status = estimate_print_json(to_json(&logic, values, &figures), &err);
    } else {
        print_text(&logic, values, &figures);
    }
    if (!status && o.why) {
        status = print_why(&o, &logic, values, &err);
    }
    return status ? cli_fail(&err) : CLI_OK;
}
