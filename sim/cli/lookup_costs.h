// SPDX-License-Identifier: Apache-2.0
// What the scale lookups cost: area and delay of reports/synth.json, energy of reports/power.json,
// the memories' of data/tech/lookup_energy.json.
#pragma once

#include "w4a5se/status.h"

#include <jansson.h>
#include <stdio.h>

// A row a shape and form, the cursor also without its check of the order ("cursor_unchecked"):
// shape, form, and what was measured of: ge, ge_logic, flip_flops, ns (of the search), block_ge (of
// the lookup without its memories), pj (of the search), bits_read; pj_low, pj_typical, pj_high (of
// all of it at the node of the technology file). Last, a comparator of 32 bits. Energies and bits
// are means of a walk. Figures that no report has are left out. The caller owns the rows.
// SE_INVALID when the technology file is none.
enum se_status lookup_costs(const char *reports, const char *technology, json_t **rows,
                            struct se_error *err);

// As a Markdown table; "-" where a figure was left out.
void lookup_costs_print(FILE *to, const json_t *rows);

// What was measured for a claim (data/design_notes_claims.json), or a dash; `cycles` are the rows
// of lookup.json.
void lookup_claim_print(FILE *to, const json_t *claim, const json_t *cycles, const json_t *costs);
