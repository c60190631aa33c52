// SPDX-License-Identifier: Apache-2.0
#include "estimate_logic.h"

#include <jansson.h>
#include <string.h>

static const json_t *find(const json_t *array, const char *key, const char *name) {
    size_t i;
    json_t *entry;
    json_array_foreach((json_t *)array, i, entry) {
        const char *text = json_string_value(json_object_get(entry, key));
        if (text && !strcmp(text, name)) {
            return entry;
        }
    }
    return NULL;
}

static double number(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

enum se_status synthesised_load(const char *path, int lanes, struct synthesised *s,
                                struct se_error *err) {
    json_error_t cause;
    json_t *root = json_load_file(path, 0, &cause);
    if (!root) {
        return se_fail(err, SE_INVALID, "%s: %s", path, cause.text);
    }
    const json_t *units = json_object_get(root, "units");
    const json_t *conv = find(units, "unit", "conv_engine"),
                 *scan = find(units, "unit", "scan_engine");
    const json_t *lane = find(json_object_get(scan, "parts"), "part", "scan_lane");
    *s = (struct synthesised){number(conv, "ge"),
                              number(scan, "ge") +
                                  (lanes - number(lane, "instances")) * number(lane, "ge"),
                              number(conv, "ns"), number(scan, "ns")};
    json_decref(root);
    return s->conv_ge > 0 && s->scan_ge > 0 && s->conv_ns > 0 && s->scan_ns > 0
               ? SE_OK
               : se_fail(err, SE_INVALID, "%s: no conv_engine and scan_engine with lanes in it",
                         path);
}
