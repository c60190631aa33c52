// SPDX-License-Identifier: Apache-2.0
#include "files.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 512 };

static FILE *open_scratch(const char *name, const char *mode) {
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", getenv("T"), name);
    FILE *stream = fopen(path, mode);
    cr_assert(stream, "cannot open %s", path);
    return stream;
}

char *get_file(const char *name, size_t *size) {
    FILE *stream = open_scratch(name, "rb");
    fseek(stream, 0, SEEK_END);
    size_t n = (size_t)ftell(stream);
    char *data = malloc(n + 1);
    rewind(stream);
    cr_assert(fread(data, 1, n, stream) == n, "cannot read %s", name);
    fclose(stream);
    data[n] = 0;
    if (size) {
        *size = n;
    }
    return data;
}

void put_file(const char *name, size_t size, const void *data) {
    FILE *stream = open_scratch(name, "wb");
    fwrite(data, 1, size, stream);
    cr_assert(fclose(stream) == 0, "cannot write %s", name);
}

void put_text(const char *name, const char *text) {
    put_file(name, strlen(text), text);
}

void put_npy(const char *name, const char *descr, const char *order, const char *shape, size_t size,
             const void *data) {
    char header[129];
    int used = snprintf(header + 10, sizeof header - 10,
                        "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", descr, order, shape);
    memcpy(header, "\x93NUMPY\x01\x00\x76\x00", 10); // version 1.0; 0x76 = 128 - 10
    memset(header + 10 + used, ' ', sizeof header - 10 - (size_t)used);
    header[127] = '\n';
    FILE *stream = open_scratch(name, "wb");
    fwrite(header, 1, 128, stream);
    fwrite(data, 1, size, stream);
    cr_assert(fclose(stream) == 0, "cannot write %s", name);
}

const void *get_npy(const char *name, const char *descr, const char *shape, size_t size) {
    char dictionary[160];
    size_t total;
    const char *file = get_file(name, &total);
    cr_assert(total > 10 && memcmp(file, "\x93NUMPY\x01\x00", 8) == 0, "%s: no .npy 1.0", name);
    size_t length = (uint8_t)file[8] | (size_t)(uint8_t)file[9] << 8;
    int used = snprintf(dictionary, sizeof dictionary,
                        "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", descr, shape);
    cr_assert((10 + length) % 64 == 0 && file[10 + length - 1] == '\n', "%s: header of %zu bytes",
              name, length);
    cr_assert(strncmp(file + 10, dictionary, (size_t)used) == 0, "%s: %.*s, expected %s", name,
              (int)length - 1, file + 10, dictionary);
    cr_assert(total == 10 + length + size, "%s: %zu bytes of data, expected %zu", name,
              total - 10 - length, size);
    return file + 10 + length;
}

void put_safetensors(const char *name, size_t n, const struct file_tensor *tensors) {
    char header[4096] = "{";
    size_t at = 1, offset = 0;
    for (size_t i = 0; i < n; i++) {
        const struct file_tensor *t = &tensors[i];
        at +=
            (size_t)snprintf(header + at, sizeof header - at,
                             "%s\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%zu,%zu]}",
                             i ? "," : "", t->name, t->dtype, t->shape, offset, offset + t->size);
        offset += t->size;
    }
    cr_assert(at + 2 < sizeof header, "%s: a header of %zu bytes", name, at);
    header[at++] = '}';
    const uint64_t length = at;
    FILE *stream = open_scratch(name, "wb");
    fwrite(&length, 1, sizeof length, stream);
    fwrite(header, 1, at, stream);
    for (size_t i = 0; i < n; i++) {
        fwrite(tensors[i].data, 1, tensors[i].size, stream);
    }
    cr_assert(fclose(stream) == 0, "cannot write %s", name);
}

const void *get_tensor(const char *path, const char *tensor, const char *dtype, const char *shape) {
    uint64_t length;
    char key[64], start[160];
    size_t begin = 0;
    FILE *stream = fopen(path, "rb");
    cr_assert(stream && fread(&length, 1, sizeof length, stream) == sizeof length, "no %s", path);
    char *header = calloc(length + 1, 1);
    cr_assert(fread(header, 1, length, stream) == length, "%s: no header", path);
    snprintf(key, sizeof key, "\"%s\":{", tensor);
    char *entry = strstr(header, key);
    cr_assert(entry, "%s has no tensor %s", path, tensor);
    int used = snprintf(start, sizeof start, "\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[",
                        dtype, shape);
    cr_assert(strncmp(entry + strlen(key), start, (size_t)used) == 0, "%s: %.120s, expected %s",
              path, entry, start);
    char *end;
    begin = strtoul(entry + strlen(key) + used, &end, 10);
    size_t size = strtoul(end + 1, NULL, 10) - begin;
    char *data = malloc(size + 1);
    fseek(stream, (long)(sizeof length + length + begin), SEEK_SET);
    cr_assert(fread(data, 1, size, stream) == size, "%s: %s is cut", path, tensor);
    fclose(stream);
    free(header);
    return data;
}

static char *find_line(char *text, size_t line) {
    for (size_t i = 1; i < line; i++) {
        text = strchr(text, '\n');
        cr_assert(text, "no line %zu", line);
        text++;
    }
    return text;
}

char *get_line(const char *name, size_t line) {
    char *text = find_line(get_file(name, NULL), line);
    text[strcspn(text, "\n")] = 0;
    return text;
}

void put_line(const char *name, size_t line, const char *replacement) {
    char *text = get_file(name, NULL), *at = find_line(text, line), *rest = strchr(at, '\n');
    cr_assert(rest, "no line %zu in %s", line, name);
    *at = 0;
    FILE *stream = open_scratch(name, "wb");
    fprintf(stream, "%s%s%s", text, replacement, rest);
    cr_assert(fclose(stream) == 0, "cannot write %s", name);
}

uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

uint32_t next_random_f32(uint64_t *state, int exponent) {
    uint64_t word = next_random(state);
    uint32_t bits = (uint32_t)word;
    if (word >> 63) {
        return bits;
    }
    uint32_t field = (uint32_t)(exponent + (int)(word >> 40 & 15) - 8) & 0xFF;
    return (bits & 0x807FFFFF) | field << 23;
}
