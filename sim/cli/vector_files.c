// SPDX-License-Identifier: Apache-2.0
#include "vector_files.h"

#include "cli.h"
#include "w4a5se/file.h"
#include "w4a5se/npy.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint32_t port_mask(const struct se_port *port) {
    return port->bits == 32 ? UINT32_MAX : (UINT32_C(1) << port->bits) - 1;
}

static int port_bytes(const struct se_port *port) {
    return (port->bits + 7) / 8;
}

// ---- writing ----

// The port's name in the module: `direction` is i or o.
static enum se_status port_path(char *path, const char *directory, const struct se_port *port,
                                char direction, const char *extension, struct se_error *err) {
    char name[64];
    snprintf(name, sizeof name, "%s_%c.%s", port->name, direction, extension);
    return cli_path(path, directory, name, err);
}

static enum se_status write_hex(const char *directory, const struct se_port *port, char direction,
                                size_t n, const uint32_t *words, size_t stride,
                                struct se_error *err) {
    char path[CLI_PATH_MAX];
    struct se_file_out file;
    enum se_status status = port_path(path, directory, port, direction, "hex", err);
    if (status == SE_OK) {
        status = se_file_open(&file, path, err);
    }
    if (status != SE_OK) {
        return status;
    }
    for (size_t i = 0; i < n; i++) {
        fprintf(file.stream, "%0*x\n", (port->bits + 3) / 4, words[i * stride] & port_mask(port));
    }
    return se_file_commit(&file, err);
}

// float32 ports as float32 [n]; others as uint8 [n], or uint8 [n, bytes] little-endian.
static enum se_status write_npy(const char *directory, const struct se_port *port, char direction,
                                size_t n, const uint32_t *words, size_t stride,
                                struct se_error *err) {
    char path[CLI_PATH_MAX];
    size_t bytes = (size_t)port_bytes(port), shape[2] = {n, bytes};
    bool is_float = port->kind == SE_PORT_F32;
    uint8_t *data = malloc(n * bytes + 1);
    if (!data) {
        return se_fail(err, SE_NO_MEMORY, "no memory for %zu beats", n);
    }
    for (size_t i = 0; i < n * bytes; i++) {
        data[i] = (uint8_t)((words[i / bytes * stride] & port_mask(port)) >> (8 * (i % bytes)));
    }
    enum se_status status = port_path(path, directory, port, direction, "npy", err);
    if (status == SE_OK) {
        status = se_npy_write(path, is_float ? SE_DTYPE_F32 : SE_DTYPE_U8,
                              is_float || bytes == 1 ? 1 : 2, shape, data, err);
    }
    free(data);
    return status;
}

static const char *kind_name(enum se_port_kind kind) {
    static const char *const names[] = {"unsigned", "signed", "float32"};
    return names[kind];
}

static json_t *describe_port(const struct se_port *port) {
    return json_pack("{s:s, s:i, s:s}", "name", port->name, "bits", port->bits, "kind",
                     kind_name(port->kind));
}

static enum se_status write_ports(const char *directory, const struct se_port *ports,
                                  char direction, size_t n, const uint32_t *beats, json_t *list,
                                  struct se_error *err) {
    size_t stride = (size_t)se_rtl_words(ports);
    for (size_t i = 0; i < stride; i++) {
        enum se_status status =
            write_hex(directory, &ports[i], direction, n, beats + i, stride, err);
        if (status == SE_OK) {
            status = write_npy(directory, &ports[i], direction, n, beats + i, stride, err);
        }
        if (status != SE_OK) {
            return status;
        }
        json_t *port = describe_port(&ports[i]);
        json_object_set_new(port, "hex", json_sprintf("%s_%c.hex", ports[i].name, direction));
        json_object_set_new(port, "npy", json_sprintf("%s_%c.npy", ports[i].name, direction));
        json_array_append_new(list, port);
    }
    return SE_OK;
}

static json_t *describe_config(const struct vectors *v) {
    json_t *list = json_array();
    for (int i = 0; i < se_rtl_words(v->block->config); i++) {
        const struct se_port *port = &v->block->config[i];
        json_t *entry = describe_port(port);
        json_object_set_new(
            entry, "value",
            json_sprintf("%0*x", (port->bits + 3) / 4, v->config[i] & port_mask(port)));
        json_array_append_new(list, entry);
    }
    return list;
}

static enum se_status write_manifest(const char *directory, json_t *manifest,
                                     struct se_error *err) {
    char path[CLI_PATH_MAX];
    struct se_file_out file;
    enum se_status status = cli_path(path, directory, "manifest.json", err);
    if (status == SE_OK) {
        status = se_file_open(&file, path, err);
    }
    if (status != SE_OK) {
        return status;
    }
    json_dumpf(manifest, file.stream, JSON_INDENT(2));
    fputc('\n', file.stream);
    return se_file_commit(&file, err);
}

enum se_status vectors_write(const char *directory, const struct vectors *v, struct se_error *err) {
    json_t *inputs = json_array(), *outputs = json_array();
    enum se_status status = cli_make_directory(directory, err);
    if (status == SE_OK) {
        status = write_ports(directory, v->block->in, 'i', v->n_in, v->in, inputs, err);
    }
    if (status == SE_OK) {
        status = write_ports(directory, v->block->out, 'o', v->n_out, v->out, outputs, err);
    }
    json_t *manifest = json_pack("{s:s, s:i, s:I, s:I, s:o, s:o, s:o}", "block", v->block->name,
                                 "width", v->block->width, "beats_in", (json_int_t)v->n_in,
                                 "beats_out", (json_int_t)v->n_out, "config", describe_config(v),
                                 "inputs", inputs, "outputs", outputs);
    if (status == SE_OK) {
        status = write_manifest(directory, manifest, err);
    }
    json_decref(manifest);
    return status;
}

// ---- reading ----

static uint32_t sign_extended(const struct se_port *port, uint32_t word) {
    uint32_t sign = UINT32_C(1) << (port->bits - 1);
    return port->kind == SE_PORT_SIGNED ? ((word & port_mask(port)) ^ sign) - sign : word;
}

static enum se_status parse_hex(const char *path, size_t line, const struct se_port *port,
                                const char *text, uint32_t *word, struct se_error *err) {
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 16);
    if (!isxdigit((unsigned char)*text) || (*end && !isspace((unsigned char)*end))) {
        return se_fail(err, SE_INVALID, "%s, line %zu: '%.16s' is no hexadecimal word", path, line,
                       text);
    }
    if (errno || value > port_mask(port)) {
        return se_fail(err, SE_INVALID, "%s, line %zu: '%.16s' exceeds the port's %d bits", path,
                       line, text, port->bits);
    }
    *word = sign_extended(port, (uint32_t)value);
    return SE_OK;
}

// One word a line; blank lines and what follows // are passed over, as $readmemh does.
static enum se_status read_hex_stream(FILE *stream, const char *path, const struct se_port *port,
                                      size_t n, uint32_t *words, size_t stride,
                                      struct se_error *err) {
    char *line = NULL;
    size_t size = 0, count = 0;
    enum se_status status = SE_OK;
    for (size_t number = 1; status == SE_OK && getline(&line, &size, stream) > 0; number++) {
        char *comment = strstr(line, "//");
        if (comment) {
            *comment = 0;
        }
        char *text = line + strspn(line, " \t\r\n");
        text[strcspn(text, " \t\r\n")] = 0;
        if (!*text) {
            continue;
        }
        if (count == n) {
            status = se_fail(err, SE_INVALID, "%s has more than the %zu words expected", path, n);
        } else {
            status = parse_hex(path, number, port, text, &words[count++ * stride], err);
        }
    }
    free(line);
    if (status == SE_OK && count < n) {
        status = se_fail(err, SE_INVALID, "%s has %zu words; %zu are expected", path, count, n);
    }
    return status;
}

static enum se_status read_npy_port(const char *path, const struct se_port *port, size_t n,
                                    uint32_t *words, size_t stride, struct se_error *err) {
    struct se_npy npy;
    enum se_status status = se_npy_open(path, &npy, err);
    if (status != SE_OK) {
        return status;
    }
    size_t bytes = (size_t)port_bytes(port);
    enum se_dtype dtype = port->kind == SE_PORT_F32 ? SE_DTYPE_F32 : SE_DTYPE_U8;
    size_t elements = dtype == SE_DTYPE_F32 ? n : n * bytes;
    if (npy.dtype != dtype || npy.count != elements) {
        status = se_fail(err, SE_INVALID, "%s holds %zu %s elements; %zu of %s are expected", path,
                         npy.count, se_dtype_name(npy.dtype), elements, se_dtype_name(dtype));
    } else {
        const uint8_t *data = npy.data;
        for (size_t i = 0; i < n; i++) {
            uint32_t word = 0;
            for (size_t k = 0; k < bytes; k++) {
                word |= (uint32_t)data[i * bytes + k] << (8 * k);
            }
            words[i * stride] = sign_extended(port, word);
        }
    }
    se_npy_close(&npy);
    return status;
}

static enum se_status read_port(const char *directory, const struct se_port *port, char direction,
                                size_t n, uint32_t *words, size_t stride, struct se_error *err) {
    char path[CLI_PATH_MAX];
    enum se_status status = port_path(path, directory, port, direction, "hex", err);
    FILE *stream = status == SE_OK ? fopen(path, "r") : NULL;
    if (stream) {
        status = read_hex_stream(stream, path, port, n, words, stride, err);
        fclose(stream);
        return status;
    }
    int cause = errno;
    if (status == SE_OK) {
        char npy_path[CLI_PATH_MAX];
        status = port_path(npy_path, directory, port, direction, "npy", err);
        if (status == SE_OK && access(npy_path, F_OK) == 0) {
            return read_npy_port(npy_path, port, n, words, stride, err);
        }
        return se_fail(err, SE_IO, "cannot read %s: %s", path, strerror(cause));
    }
    return status;
}

enum se_status vectors_read_ports(const char *directory, const struct se_port *ports,
                                  char direction, size_t n, uint32_t *beats, struct se_error *err) {
    size_t stride = (size_t)se_rtl_words(ports);
    enum se_status status = SE_OK;
    for (size_t i = 0; i < stride && status == SE_OK; i++) {
        status = read_port(directory, &ports[i], direction, n, beats + i, stride, err);
    }
    return status;
}

static enum se_status read_config(const char *path, json_t *list, struct vectors *v,
                                  struct se_error *err) {
    for (int i = 0; i < se_rtl_words(v->block->config); i++) {
        const struct se_port *port = &v->block->config[i];
        const char *name, *value;
        if (json_unpack(json_array_get(list, (size_t)i), "{s:s, s:s}", "name", &name, "value",
                        &value) ||
            strcmp(name, port->name)) {
            return se_fail(err, SE_INVALID, "%s: entry %d of config is not %s with a value", path,
                           i + 1, port->name);
        }
        enum se_status status = parse_hex(path, 0, port, value, &v->config[i], err);
        if (status != SE_OK) {
            return se_fail(err, status, "%s: the value of %s is not %d bits of hexadecimal", path,
                           port->name, port->bits);
        }
    }
    return SE_OK;
}

static enum se_status read_manifest(const char *path, struct vectors *v, struct se_error *err) {
    json_error_t json_error;
    json_t *manifest = json_load_file(path, 0, &json_error), *config;
    const char *name;
    int width;
    json_int_t n_in, n_out;
    if (!manifest) {
        return se_fail(err, SE_INVALID, "%s: %s", path, json_error.text);
    }
    enum se_status status = SE_OK;
    if (json_unpack_ex(manifest, &json_error, 0, "{s:s, s:i, s:I, s:I, s:o}", "block", &name,
                       "width", &width, "beats_in", &n_in, "beats_out", &n_out, "config",
                       &config)) {
        status = se_fail(err, SE_INVALID, "%s: %s", path, json_error.text);
    } else if (!(v->block = se_rtl_find(name, width))) {
        status =
            se_fail(err, SE_INVALID, "%s: there is no block '%s' of width %d", path, name, width);
    } else if (n_in < 1 || n_out < 1 || n_in > 1 << 28 || n_out > 1 << 28) {
        status = se_fail(err, SE_INVALID, "%s: beats_in and beats_out are 1 to %d", path, 1 << 28);
    } else {
        v->n_in = (size_t)n_in;
        v->n_out = (size_t)n_out;
        status = read_config(path, config, v, err);
    }
    json_decref(manifest);
    return status;
}

// The stimulus must make as many beats as the manifest says come out.
static enum se_status check_counts(const char *path, const struct vectors *v,
                                   struct se_error *err) {
    if (!strcmp(v->block->name, "code_unpack") && v->config[0] == 0) {
        return se_fail(err, SE_INVALID, "%s: length is 0; a packet has at least one code", path);
    }
    size_t n_out = se_golden_count(v->block, v->config, v->n_in, v->in);
    if (n_out != v->n_out) {
        return se_fail(err, SE_INVALID, "%s: beats_out is %zu, but the stimulus makes %zu", path,
                       v->n_out, n_out);
    }
    return SE_OK;
}

enum se_status vectors_read(const char *directory, struct vectors *v, struct se_error *err) {
    char path[CLI_PATH_MAX];
    *v = (struct vectors){0};
    enum se_status status = cli_path(path, directory, "manifest.json", err);
    if (status == SE_OK) {
        status = read_manifest(path, v, err);
    }
    if (status != SE_OK) {
        return status;
    }
    v->in = malloc(v->n_in * (size_t)se_rtl_words(v->block->in) * sizeof *v->in);
    v->out = malloc(v->n_out * (size_t)se_rtl_words(v->block->out) * sizeof *v->out);
    if (!v->in || !v->out) {
        status = se_fail(err, SE_NO_MEMORY, "no memory for the vectors in %s", directory);
    } else {
        status = vectors_read_ports(directory, v->block->in, 'i', v->n_in, v->in, err);
    }
    if (status == SE_OK) {
        status = check_counts(path, v, err);
    }
    if (status == SE_OK) {
        status = vectors_read_ports(directory, v->block->out, 'o', v->n_out, v->out, err);
    }
    if (status != SE_OK) {
        vectors_free(v);
    }
    return status;
}

void vectors_free(struct vectors *v) {
    free(v->in);
    free(v->out);
    v->in = v->out = NULL;
}
