// SPDX-License-Identifier: Apache-2.0
// `w4a5se group`: activations to a table of scales, with the permutation that makes its groups
// contiguous.
#include "cli.h"

#include "w4a5se/grouping.h"
#include "w4a5se/npy.h"

#include <stdio.h>
#include <stdlib.h>

struct options {
    const char *in, *out, *permutation;
    struct se_scale_shape shape;
    unsigned long bits;
    double percentile;
};

enum { OPT_GROUPS = 256, OPT_HEAD_GROUPS, OPT_DIM_GROUPS, OPT_HEADDIM, OPT_BITS, OPT_PERCENTILE };

static const struct argp_option option_list[] = {
    {"in", 'i', "FILE", 0, "Activations: .npy, float32 or float16, [tokens, channels]", 0},
    {"out", 'o', "FILE", 0, "Write the table (YAML) here", 0},
    {"permutation", 'p', "FILE", 0, "Write the channel at each place here: .npy, uint16", 0},
    {"groups", OPT_GROUPS, "N", 0, "SSD groups of channels (default 1)", 0},
    {"headdim", OPT_HEADDIM, "N", 0, "Channels of a head (default 64)", 0},
    {"head-groups", OPT_HEAD_GROUPS, "N", 0, "Clusters of a group's heads (default 4)", 0},
    {"dim-groups", OPT_DIM_GROUPS, "N", 0, "Clusters of their dimensions (default 4)", 0},
    {"bits", OPT_BITS, "B", 0, "A scale covers its channels with B bits, 4 to 8 (default 8)", 0},
    {"percentile", OPT_PERCENTILE, "P", 0, "Of a channel's magnitudes (default 100: largest)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case 'i':
        o->in = arg;
        return 0;
    case 'o':
        o->out = arg;
        return 0;
    case 'p':
        o->permutation = arg;
        return 0;
    case OPT_GROUPS:
        o->shape.groups = cli_count(state, "--groups", arg);
        return 0;
    case OPT_HEADDIM:
        o->shape.headdim = cli_count(state, "--headdim", arg);
        return 0;
    case OPT_HEAD_GROUPS:
        o->shape.head_groups = cli_count(state, "--head-groups", arg);
        return 0;
    case OPT_DIM_GROUPS:
        o->shape.dim_groups = cli_count(state, "--dim-groups", arg);
        return 0;
    case OPT_BITS:
        o->bits = cli_count(state, "--bits", arg);
        return 0;
    case OPT_PERCENTILE:
        o->percentile = cli_number(state, "--percentile", arg);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' belongs to no option", arg);
        return EINVAL;
    case ARGP_KEY_END:
        cli_require(state, o->in, "--in");
        cli_require(state, o->out, "--out");
        cli_require(state, o->permutation, "--permutation");
        if (o->bits < 4 || o->bits > 8) {
            argp_error(state, "--bits %lu: it is 4 to 8", o->bits);
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    option_list,
    parse,
    NULL,
    "Sorts the channels of each head by magnitude, clusters heads that are alike, cuts the "
    "dimensions of each cluster, and gives every group one scale. The table speaks of channels in "
    "the order of the permutation."
    "\vExit status: 0 success, 1 bad input, 2 wrong usage.",
    NULL,
    NULL,
    NULL};

static enum se_status group(const struct options *o, size_t tokens, const float *values,
                            struct se_error *err) {
    const struct se_scale_shape *s = &o->shape;
    size_t channels = se_scale_channels(s), count = se_scale_count(s);
    struct se_error cause = {""};
    float *magnitudes = malloc(channels * sizeof *magnitudes);
    const struct se_grouping g = {malloc(se_scale_rows(s) * sizeof(uint32_t)),
                                  malloc(count * sizeof(uint32_t)), malloc(count * sizeof(float)),
                                  malloc(channels * sizeof(uint16_t))};
    const struct se_scale_table table = {*s, g.head_range, g.dim_range, g.scales};
    enum se_status status =
        magnitudes && g.head_range && g.dim_range && g.scales && g.permutation
            ? SE_OK
            : se_fail(&cause, SE_NO_MEMORY, "no memory to group %zu channels", channels);
    if (!status) {
        status = se_channel_magnitudes(tokens, channels, values, o->percentile, magnitudes, &cause);
    }
    if (!status) {
        float last = (float)((1 << (o->bits - 1)) - 1);
        status = se_group_channels(s, magnitudes, last, &g, &cause);
    }
    if (status) {
        se_fail(err, status, "%s: %s", o->in, cause.message);
    }
    if (!status) {
        status = se_scale_table_save(o->out, &table, NULL, NULL, err);
    }
    if (!status) {
        status = se_npy_write(o->permutation, SE_DTYPE_U16, 1, &channels, g.permutation, err);
    }
    free(magnitudes);
    free(g.head_range);
    free(g.dim_range);
    free(g.scales);
    free(g.permutation);
    return status;
}

int cmd_group(int argc, char **argv) {
    struct options o = {
        .shape = {.groups = 1, .head_groups = 4, .dim_groups = 4, .headdim = 64, .heads = 1},
        .bits = 8,
        .percentile = 100};
    struct se_error err;
    size_t count, ndim, shape[SE_NPY_DIMS];
    float *values;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    if (se_scale_shape_check(&o.shape, &err) ||
        se_npy_read_f32(o.in, &count, &ndim, shape, &values, &err)) {
        return cli_fail(&err);
    }
    size_t head = o.shape.groups * o.shape.headdim;
    enum se_status status;
    if (ndim != 2 || shape[1] == 0 || shape[1] % head) {
        status = se_fail(&err, SE_INVALID,
                         "%s: the shape is not [tokens, channels] with channels a multiple of %zu "
                         "groups of %zu dimensions",
                         o.in, o.shape.groups, o.shape.headdim);
    } else {
        o.shape.heads = shape[1] / head;
        status = se_scale_shape_check(&o.shape, &err);
        if (!status) {
            status = group(&o, shape[0], values, &err);
        }
    }
    free(values);
    return status ? cli_fail(&err) : CLI_OK;
}
