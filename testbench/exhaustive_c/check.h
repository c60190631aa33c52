// SPDX-License-Identifier: Apache-2.0
// A shard of inputs through the C model, against what it should give.
#pragma once

#include "../exhaustive/shards.h"

// exp, log1p, SiLU, softplus: distance from the exact value in ulps (of the exact value) and
// relative to it, correct rounding, order, and batch equal to scalar. SE_INVALID when a sample
// shows libm further from MPFR than the measurement allows.
check_shard check_real;

// to_int, to_f16: result and flags equal to the tests' integer arithmetic; order; batch.
check_shard check_conversion;
