// SPDX-License-Identifier: Apache-2.0
#include "design_notes.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static bool is_whole(const json_t *claim) {
    static const char *const texts[] = {"id", "claim", "unit", "basis", "remark"};
    bool whole = json_is_number(json_object_get(claim, "value"));
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        whole = whole && json_is_string(json_object_get(claim, texts[k]));
    }
    return whole;
}

// Where ours is read: texts and a number, a place for each report.
static bool is_readable(const json_t *claim) {
    static const char *const texts[] = {"report", "at", "low", "high", "over", "minus"};
    const json_t *times = json_object_get(claim, "times");
    bool good = !times || json_is_number(times);
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        const json_t *text = json_object_get(claim, texts[k]);
        good = good && (!text || json_is_string(text));
    }
    return good && !json_object_get(claim, "report") == !json_object_get(claim, "at");
}

enum se_status design_notes_load(const char *path, json_t **claims, struct se_error *err) {
    json_error_t cause;
    size_t i;
    const json_t *claim;
    enum se_status status = SE_OK;
    *claims = json_load_file(path, 0, &cause);
    if (!*claims) {
        return se_fail(err, SE_INVALID, "%s: %s", path, cause.text);
    }
    json_array_foreach(*claims, i, claim) {
        if (!status && !is_whole(claim)) {
            status = se_fail(err, SE_INVALID,
                             "%s: entry %zu has not all of id, claim, value, unit, basis, remark",
                             path, i);
        }
        if (!status && !is_readable(claim)) {
            status = se_fail(
                err, SE_INVALID,
                "%s: entry %zu has a report without a place (at), or one that is no text", path, i);
        }
    }
    if (!status && i == 0) {
        status = se_fail(err, SE_INVALID, "%s is no list of claims", path);
    }
    if (status) {
        json_decref(*claims);
        *claims = NULL;
    }
    return status;
}

double design_notes_value(const json_t *claims, const char *id) {
    size_t i;
    const json_t *claim;
    json_array_foreach((json_t *)claims, i, claim) {
        if (!strcmp(json_string_value(json_object_get(claim, "id")), id)) {
            return json_number_value(json_object_get(claim, "value"));
        }
    }
    return NAN;
}
