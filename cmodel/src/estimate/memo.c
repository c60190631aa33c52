// SPDX-License-Identifier: Apache-2.0
#include "memo.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct remembered {
    size_t length;
    const void *key;
    void *value;
};

static int compare(const void *a, const void *b) {
    const struct remembered *x = a, *y = b;
    if (x->length != y->length) {
        return x->length < y->length ? -1 : 1;
    }
    return memcmp(x->key, y->key, x->length);
}

const void *memo_find(void *const *memo, size_t length, const void *key) {
    const struct remembered wanted = {length, key, NULL};
    struct remembered *const *found = tfind(&wanted, memo, compare);
    return found ? (*found)->value : NULL;
}

const void *memo_add(void **memo, size_t length, const void *key, size_t bytes, const void *value) {
    struct remembered *entry = malloc(sizeof *entry + length);
    void *copy = malloc(bytes);
    if (!entry || !copy) {
        free(entry);
        free(copy);
        return NULL;
    }
    memcpy(entry + 1, key, length);
    memcpy(copy, value, bytes);
    *entry = (struct remembered){length, entry + 1, copy};
    if (!tsearch(entry, memo, compare)) {
        free(entry);
        free(copy);
        return NULL;
    }
    return copy;
}

static void release(void *node) {
    struct remembered *entry = node;
    free(entry->value);
    free(entry);
}

void memo_free(void **memo) {
    tdestroy(*memo, release);
    *memo = NULL;
}
