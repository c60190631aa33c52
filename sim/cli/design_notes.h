// SPDX-License-Identifier: Apache-2.0
// The figures that the design notes state: data/design_notes_claims.json.
#pragma once

#include "w4a5se/status.h"

#include <jansson.h>

#define DESIGN_NOTES_PATH "data/design_notes_claims.json"

// An array of objects, each with id, claim, value, unit, basis and remark; the caller releases it.
enum se_status design_notes_load(const char *path, json_t **claims, struct se_error *err);

// The value that the notes state, or NAN for an id that is not there.
double design_notes_value(const json_t *claims, const char *id);
