// SPDX-License-Identifier: Apache-2.0
#include "report_value.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { STEP = 120 };

// Whether a value, as JSON writes it but without quotes, is the text.
static bool is_text(const json_t *value, const char *text) {
    if (json_is_string(value)) {
        return !strcmp(json_string_value(value), text);
    }
    if (json_is_boolean(value)) {
        return !strcmp(json_is_true(value) ? "true" : "false", text);
    }
    char *end;
    return json_is_number(value) && strtod(text, &end) == json_number_value(value) && !*end;
}

// Whether an entry has all of "key=value,key=value".
static bool has_all(const json_t *entry, const char *wanted) {
    char copy[STEP], *rest = copy, *pair;
    snprintf(copy, sizeof copy, "%s", wanted);
    while ((pair = strsep(&rest, ","))) {
        char *equal = strchr(pair, '=');
        if (!equal) {
            return false;
        }
        *equal = 0;
        if (!is_text(json_object_get(entry, pair), equal + 1)) {
            return false;
        }
    }
    return true;
}

static const json_t *step_into(const json_t *at, const char *step) {
    size_t i;
    const json_t *entry;
    if (json_is_object(at)) {
        return json_object_get(at, step);
    }
    if (!strchr(step, '=')) {
        char *end;
        const unsigned long index = strtoul(step, &end, 10);
        return *step && !*end ? json_array_get(at, index) : NULL;
    }
    json_array_foreach((json_t *)at, i, entry) {
        if (has_all(entry, step)) {
            return entry;
        }
    }
    return NULL;
}

enum se_status report_value(const json_t *root, const char *path, double *value,
                            struct se_error *err) {
    const json_t *at = root;
    while (*path == '/') {
        char step[STEP];
        size_t length = strcspn(++path, "/");
        snprintf(step, sizeof step, "%.*s", (int)length, path);
        path += length;
        at = step_into(at, step);
        if (!at) {
            return se_fail(err, SE_INVALID, "there is no %s", step);
        }
    }
    if (*path || !json_is_number(at)) {
        return se_fail(err, SE_INVALID, "there is no number");
    }
    *value = json_number_value(at);
    return SE_OK;
}
