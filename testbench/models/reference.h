// SPDX-License-Identifier: Apache-2.0
// Mamba-1 and Mamba-2 in long double, from the papers' formulas, a whole sequence at once.
#pragma once

#include "synthetic.h"

// logits[tokens][vocab] of ids[tokens], from the weights by name.
void reference_logits(const struct synthetic *model, size_t tokens, const uint32_t *ids,
                      long double *logits);
