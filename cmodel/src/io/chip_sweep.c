// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/chip_sweep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <yaml.h>

struct reading {
    const char *path;
    struct se_chip_sweep *sweep;
    struct se_error *err;
    yaml_document_t document;
};

static enum se_status refuse(const struct reading *r, const yaml_node_t *at, const char *what,
                             const char *why) {
    return se_fail(r->err, SE_INVALID, "%s: %.40s %s (line %zu)", r->path, what, why,
                   at->start_mark.line + 1);
}

// Of a value that is a text without a null character; else NULL.
static const char *text_of(const yaml_node_t *node) {
    const char *text = (const char *)node->data.scalar.value;
    return node->type == YAML_SCALAR_NODE && strlen(text) == node->data.scalar.length ? text : NULL;
}

static enum se_status add_value(const struct reading *r, size_t key, const yaml_node_t *node) {
    const char *text = text_of(node);
    if (!text) {
        return refuse(r, node, se_chip_keys[key],
                      "has a value that is a list, a mapping or no text");
    }
    size_t n = r->sweep->keys[key].n;
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(r->sweep->keys[key].values[i], text)) {
            return refuse(r, node, se_chip_keys[key], "has a value twice");
        }
    }
    char **grown = realloc(r->sweep->keys[key].values, (n + 1) * sizeof *grown);
    char *copy = strdup(text);
    if (grown) {
        r->sweep->keys[key].values = grown;
    }
    if (!grown || !copy) {
        free(copy);
        return se_fail(r->err, SE_NO_MEMORY, "no memory for %s", r->path);
    }
    grown[n] = copy;
    r->sweep->keys[key].n = n + 1;
    return SE_OK;
}

static enum se_status add_key(struct reading *r, const yaml_node_t *name,
                              const yaml_node_t *value) {
    const char *text = text_of(name);
    size_t key = 0;
    while (text && key < SE_CHIP_KEYS && strcmp(se_chip_keys[key], text) != 0) {
        key++;
    }
    if (!text || key == SE_CHIP_KEYS) {
        return refuse(r, name, text ? text : "a list", "is no key of a chip");
    }
    if (r->sweep->keys[key].n > 0) {
        return refuse(r, name, text, "comes twice");
    }
    if (value->type != YAML_SEQUENCE_NODE) {
        return add_value(r, key, value);
    }
    enum se_status status = SE_OK;
    const yaml_node_item_t *end = value->data.sequence.items.top;
    for (const yaml_node_item_t *i = value->data.sequence.items.start; i < end && !status; i++) {
        status = add_value(r, key, yaml_document_get_node(&r->document, *i));
    }
    return status || r->sweep->keys[key].n ? status : refuse(r, value, text, "has an empty list");
}

static enum se_status count_chips(const struct reading *r) {
    r->sweep->chips = 1;
    for (size_t key = 0; key < SE_CHIP_KEYS; key++) {
        size_t n = r->sweep->keys[key].n;
        r->sweep->chips *= n ? n : 1;
        if (r->sweep->chips > SE_CHIP_SWEEP_MAX) {
            return se_fail(r->err, SE_INVALID, "%s has more than %d combinations", r->path,
                           SE_CHIP_SWEEP_MAX);
        }
    }
    return r->sweep->keys[0].n ? SE_OK
                               : se_fail(r->err, SE_INVALID, "%s: model is missing", r->path);
}

static enum se_status read_document(struct reading *r) {
    const yaml_node_t *root = yaml_document_get_root_node(&r->document);
    if (!root || root->type != YAML_MAPPING_NODE) {
        return se_fail(r->err, SE_INVALID, "%s: not a mapping of keys to values", r->path);
    }
    enum se_status status = SE_OK;
    for (const yaml_node_pair_t *pair = root->data.mapping.pairs.start;
         pair < root->data.mapping.pairs.top && !status; pair++) {
        status = add_key(r, yaml_document_get_node(&r->document, pair->key),
                         yaml_document_get_node(&r->document, pair->value));
    }
    return status ? status : count_chips(r);
}

enum se_status se_chip_sweep_load(const char *path, struct se_chip_sweep *sweep,
                                  struct se_error *err) {
    struct reading r = {.path = path, .sweep = sweep, .err = err};
    yaml_parser_t parser;
    *sweep = (struct se_chip_sweep){.chips = 0};
    struct stat kind;
    if (!stat(path, &kind) && !S_ISREG(kind.st_mode)) {
        return se_fail(err, SE_INVALID, "%s is not a file", path);
    }
    FILE *file = fopen(path, "rb");
    if (!file) {
        return se_fail(err, SE_IO, "%s: %s", path, strerror(errno));
    }
    if (!yaml_parser_initialize(&parser)) {
        fclose(file);
        return se_fail(err, SE_NO_MEMORY, "no memory for %s", path);
    }
    enum se_status status;
    yaml_parser_set_input_file(&parser, file);
    if (yaml_parser_load(&parser, &r.document)) {
        status = read_document(&r);
        yaml_document_delete(&r.document);
        if (!status && yaml_parser_load(&parser, &r.document)) {
            const bool more = yaml_document_get_root_node(&r.document);
            yaml_document_delete(&r.document);
            status =
                more ? se_fail(err, SE_INVALID, "%s holds more than one document", path) : SE_OK;
        }
    } else {
        status =
            se_fail(err, SE_INVALID, "%s: not valid YAML: %s (line %zu)", path,
                    parser.problem ? parser.problem : "unreadable", parser.problem_mark.line + 1);
    }
    yaml_parser_delete(&parser);
    fclose(file);
    if (status) {
        se_chip_sweep_free(sweep);
    }
    return status;
}

void se_chip_sweep_free(struct se_chip_sweep *sweep) {
    for (size_t key = 0; key < SE_CHIP_KEYS; key++) {
        for (size_t i = 0; i < sweep->keys[key].n; i++) {
            free(sweep->keys[key].values[i]);
        }
        free(sweep->keys[key].values);
    }
    *sweep = (struct se_chip_sweep){.chips = 0};
}

void se_chip_sweep_at(const struct se_chip_sweep *sweep, size_t index,
                      const char *values[SE_CHIP_KEYS]) {
    for (size_t key = SE_CHIP_KEYS; key-- > 0;) {
        size_t n = sweep->keys[key].n;
        values[key] = n ? sweep->keys[key].values[index % n] : NULL;
        index /= n ? n : 1;
    }
}
