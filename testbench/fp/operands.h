// SPDX-License-Identifier: Apache-2.0
// Random operand sets that lean towards where each operation rounds, cancels, overflows or
// underflows. in[] receives the operation's operands; the same state gives the same sets anywhere.
#pragma once

#include <stdint.h>

typedef void fp_draw(uint64_t *state, uint32_t *in);
fp_draw fp_draw_mul, fp_draw_add, fp_draw_fma, fp_draw_div, fp_draw_from_int, fp_draw_to_int,
    fp_draw_to_f16;
