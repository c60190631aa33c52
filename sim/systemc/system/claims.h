// SPDX-License-Identifier: Apache-2.0
// The design notes' claims about a whole system, one by one, as the model has them: for four
// models, prefill and decode, pipelined and not; and the DRAM bandwidths at which the 5-bit code
// matters.
#pragma once

#include "w4a5se/energy_profile.h"

// Writes DIRECTORY/system_claims.json and .md, and prints the latter. `claims` is a file such as
// data/design_notes_claims.json.
enum se_status system_claims(const struct se_energy_profile *energy, const char *model_file,
                             const char *claims, const char *directory, struct se_error *err);
