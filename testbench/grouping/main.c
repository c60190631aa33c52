// SPDX-License-Identifier: Apache-2.0
// grouping-report RECORDINGS DIRECTORY: groups the channels of every recorded layer and writes
// DIRECTORY/grouping.md and .json: what each table does to the SQNR of the test part.
#include "measure.h"

#include "w4a5se/npy.h"
#include "w4a5se/report.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// The last has a scale a channel.
static const struct se_scale_shape shapes[] = {{1, 1, 1, 4, 64}, {1, 2, 2, 4, 64}, {1, 2, 2, 8, 32},
                                               {1, 4, 4, 4, 64}, {1, 4, 4, 8, 32}, {1, 8, 8, 8, 32},
                                               {1, 4, 64, 4, 64}};

enum { SHAPES = sizeof shapes / sizeof *shapes, LAYERS_MAX = 64, PATH = 4096 };

static struct measurement results[LAYERS_MAX][SHAPES];

static enum se_status read_part(const char *directory, size_t layer, const char *name,
                                struct part *part, struct se_error *err) {
    char path[PATH];
    size_t count, ndim, shape[SE_NPY_DIMS];
    snprintf(path, sizeof path, "%s/layer%zu.%s.npy", directory, layer, name);
    enum se_status status = se_npy_read_f32(path, &count, &ndim, shape, &part->values, err);
    if (!status && ndim != 2) {
        free(part->values);
        part->values = NULL;
        return se_fail(err, SE_INVALID, "%s: the shape is not [tokens, channels]", path);
    }
    part->tokens = status ? 0 : shape[0];
    part->channels = status ? 0 : shape[1];
    return status;
}

static enum se_status measure_layer(const char *directory, size_t layer, struct se_error *err) {
    struct part calibration, test = {.values = NULL};
    enum se_status status = read_part(directory, layer, "calibration", &calibration, err);
    if (status) {
        return status;
    }
    status = read_part(directory, layer, "test", &test, err);
    for (size_t i = 0; i < SHAPES && !status; i++) {
        status = measure(&shapes[i], &calibration, &test, &results[layer][i], err);
    }
    free(test.values);
    free(calibration.values);
    return status;
}

static size_t count_layers(const char *directory) {
    char path[PATH];
    size_t n = 0;
    for (; n < LAYERS_MAX; n++) {
        snprintf(path, sizeof path, "%s/layer%zu.calibration.npy", directory, n);
        if (access(path, R_OK)) {
            break;
        }
    }
    return n;
}

static void print_shape(FILE *to, const struct se_scale_shape *s) {
    size_t n = se_scale_count(s);
    fprintf(to, "| %zu x %zu | %zu x %zu%s | %zu |", s->heads, s->headdim, s->head_groups,
            s->dim_groups,
            n == 1                      ? ", per tensor"
            : n == se_scale_channels(s) ? ", per channel"
                                        : "",
            n);
}

// What a report is about.
struct run {
    const char *source; // of the recordings
    size_t layers;
};

static void print_markdown(const void *data, FILE *to) {
    const struct run *run = data;
    fprintf(to,
            "# Grouped scales\n\n`make grouping`, %s; %s.\n\n"
            "SQNR in dB on the test part and, in brackets, on the calibration part, which scales, "
            "groups and bases come from: a difference is what so few tokens do not tell about a "
            "channel, and grows with the number of scales. "
            "Channels of a head are sorted by their largest magnitude, heads clustered and "
            "dimensions cut where the sum of squared scales rises least "
            "(`w4a5se/grouping.h`, `w4a5se group`); the permutations are in "
            "[grouping.json](grouping.json). int8 and int4: a scale a group that covers its "
            "largest magnitude, or the one of least squared error. w4a5-se, w4a5-se-offset: rule "
            "R3, ratio, bases and the step in units of the group's largest magnitude shared by "
            "all groups and found by least squared error on the values so divided; per tensor "
            "they are the formats of [quantization.md](quantization.md), with groups the mode "
            "w4a5-se-piecewise.\n",
            se_origin_now().date, run->source);
    for (size_t layer = 0; layer < run->layers; layer++) {
        fprintf(to, "\n## Layer %zu\n\n| heads x headdim | groups of heads x dimensions | scales |",
                layer);
        for (int m = 0; m < MODES; m++) {
            fprintf(to, " %s |", mode_names[m]);
        }
        fprintf(to, "\n|---|---|---:|");
        for (int m = 0; m < MODES; m++) {
            fprintf(to, "---:|");
        }
        fputc('\n', to);
        for (size_t i = 0; i < SHAPES; i++) {
            print_shape(to, &shapes[i]);
            for (int m = 0; m < MODES; m++) {
                fprintf(to, " %.2f (%.2f) |", results[layer][i].sqnr_db[m],
                        results[layer][i].calibration_db[m]);
            }
            fputc('\n', to);
        }
    }
}

static json_t *row_of(size_t layer, size_t shape) {
    const struct se_scale_shape *s = &shapes[shape];
    json_t *permutation = json_array(), *sqnr = json_object(), *own = json_object();
    for (size_t i = 0; i < se_scale_channels(s); i++) {
        json_array_append_new(permutation, json_integer(results[layer][shape].permutation[i]));
    }
    for (int m = 0; m < MODES; m++) {
        json_object_set_new(sqnr, mode_names[m], json_real(results[layer][shape].sqnr_db[m]));
        json_object_set_new(own, mode_names[m], json_real(results[layer][shape].calibration_db[m]));
    }
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "layer", (json_int_t)layer,
                     "heads", (json_int_t)s->heads, "headdim", (json_int_t)s->headdim,
                     "head_groups", (json_int_t)s->head_groups, "dim_groups",
                     (json_int_t)s->dim_groups, "sqnr_db", sqnr, "calibration_sqnr_db", own,
                     "permutation", permutation);
}

static json_t *run_json(const struct run *run) {
    json_t *rows = json_array();
    for (size_t layer = 0; layer < run->layers; layer++) {
        for (size_t i = 0; i < SHAPES; i++) {
            json_array_append_new(rows, row_of(layer, i));
        }
    }
    return json_pack("{s:s, s:s, s:s, s:o}", "command", "make grouping", "date",
                     se_origin_now().date, "data", run->source, "rows", rows);
}

int main(int argc, char **argv) {
    struct se_error err = {""};
    if (argc != 3) {
        fprintf(stderr, "usage: grouping-report RECORDINGS DIRECTORY\n");
        return 2;
    }
    const size_t layers = count_layers(argv[1]);
    const struct run run = {argv[1], layers};
    enum se_status status =
        layers ? SE_OK : se_fail(&err, SE_IO, "%s has no layer0.calibration.npy", argv[1]);
    for (size_t layer = 0; layer < layers && !status; layer++) {
        status = measure_layer(argv[1], layer, &err);
    }
    if (!status) {
        status = se_report_text(argv[2], "grouping.md", print_markdown, &run, &err);
    }
    if (!status) {
        status = se_report_json(argv[2], "grouping.json", run_json(&run), &err);
    }
    if (status) {
        fprintf(stderr, "grouping-report: %s\n", err.message);
        return 1;
    }
    return 0;
}
