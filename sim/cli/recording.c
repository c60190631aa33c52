// SPDX-License-Identifier: Apache-2.0
#include "recording.h"

#include "cli.h"
#include "w4a5se/npy.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static json_t *find_entry(json_t *manifest, const char *name) {
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(manifest, "files"), i, entry) {
        const char *file = json_string_value(json_object_get(entry, "file"));
        if (file && !strcmp(file, name)) {
            return entry;
        }
    }
    return NULL;
}

static enum se_status check_rows(const char *path, const char *name, const struct activations *a,
                                 json_t *manifest, struct se_error *err) {
    json_t *sums = json_object_get(find_entry(manifest, name), "crc32");
    if (json_array_size(sums) != a->tokens) {
        return se_fail(err, SE_INVALID,
                       "%s has %zu tokens, but manifest.json has %zu checksums of it", path,
                       a->tokens, json_array_size(sums));
    }
    for (size_t t = 0; t < a->tokens; t++) {
        uLong sum = crc32(0, (const Bytef *)(a->values + t * a->channels),
                          (uInt)(a->channels * sizeof *a->values));
        if ((json_int_t)sum != json_integer_value(json_array_get(sums, t))) {
            return se_fail(err, SE_INVALID,
                           "%s: token %zu differs from its checksum in manifest.json", path, t);
        }
    }
    return SE_OK;
}

static enum se_status check_finite(const char *path, const struct activations *a,
                                   struct se_error *err) {
    for (size_t i = 0; i < a->tokens * a->channels; i++) {
        if (!isfinite(a->values[i])) {
            return se_fail(err, SE_INVALID,
                           "%s: token %zu, channel %zu is %g; activations are finite", path,
                           i / a->channels, i % a->channels, (double)a->values[i]);
        }
    }
    return SE_OK;
}

static enum se_status load_part(const char *directory, size_t layer, const char *part,
                                json_t *manifest, struct activations *a, struct se_error *err) {
    char name[64], path[CLI_PATH_MAX];
    size_t count, ndim, shape[SE_NPY_DIMS];
    snprintf(name, sizeof name, "layer%zu.%s.npy", layer, part);
    enum se_status status = cli_path(path, directory, name, err);
    if (status == SE_OK) {
        status = se_npy_read_f32(path, &count, &ndim, shape, &a->values, err);
    }
    if (status != SE_OK) {
        return status;
    }
    if (ndim != 2 || count == 0) {
        return se_fail(err, SE_INVALID,
                       "%s has %zu dimensions and %zu values; it needs [tokens, channels]", path,
                       ndim, count);
    }
    a->tokens = shape[0];
    a->channels = shape[1];
    status = manifest ? check_rows(path, name, a, manifest, err) : SE_OK;
    return status == SE_OK ? check_finite(path, a, err) : status;
}

static enum se_status load_manifest(const char *directory, json_t **manifest,
                                    struct se_error *err) {
    char path[CLI_PATH_MAX];
    json_error_t json_error;
    *manifest = NULL;
    enum se_status status = cli_path(path, directory, "manifest.json", err);
    if (status == SE_OK && access(path, F_OK) == 0 &&
        !(*manifest = json_load_file(path, 0, &json_error))) {
        status =
            se_fail(err, SE_INVALID, "%s, line %d: %s", path, json_error.line, json_error.text);
    }
    return status;
}

// A layer is there when its file is, or when the manifest lists it.
static bool has_layer(const char *directory, size_t layer, json_t *manifest) {
    char name[64], path[CLI_PATH_MAX];
    snprintf(name, sizeof name, "layer%zu.calibration.npy", layer);
    return find_entry(manifest, name) ||
           (cli_path(path, directory, name, NULL) == SE_OK && access(path, F_OK) == 0);
}

static enum se_status load_layers(const char *directory, json_t *manifest, struct recording *r,
                                  struct se_error *err) {
    enum se_status status = SE_OK;
    // The first layer is loaded even where it is missing, so that its name is in the message.
    while (status == SE_OK && (r->n_layers == 0 || has_layer(directory, r->n_layers, manifest))) {
        struct recording_layer *layers = realloc(r->layers, (r->n_layers + 1) * sizeof *layers);
        if (!layers) {
            return se_fail(err, SE_NO_MEMORY, "no memory for %zu layers", r->n_layers + 1);
        }
        r->layers = layers;
        struct recording_layer *layer = &layers[r->n_layers];
        *layer = (struct recording_layer){0};
        status =
            load_part(directory, r->n_layers, "calibration", manifest, &layer->calibration, err);
        if (status == SE_OK) {
            status = load_part(directory, r->n_layers, "test", manifest, &layer->test, err);
        }
        r->n_layers++;
    }
    return status;
}

enum se_status recording_load(const char *directory, struct recording *recording,
                              struct se_error *err) {
    json_t *manifest;
    *recording = (struct recording){0};
    enum se_status status = load_manifest(directory, &manifest, err);
    if (status == SE_OK) {
        status = load_layers(directory, manifest, recording, err);
    }
    json_decref(manifest);
    if (status != SE_OK) {
        recording_free(recording);
    }
    return status;
}

void recording_free(struct recording *recording) {
    for (size_t i = 0; i < recording->n_layers; i++) {
        free(recording->layers[i].calibration.values);
        free(recording->layers[i].test.values);
    }
    free(recording->layers);
    *recording = (struct recording){0};
}
