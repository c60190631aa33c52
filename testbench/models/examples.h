// SPDX-License-Identifier: Apache-2.0
// Small models with odd sizes, filled; synthetic_free and free release them.
#pragma once

#include "synthetic.h"

struct synthetic *example_mamba1(void); // untied, biases everywhere
struct synthetic *example_mamba2(void); // 2 groups, tied, no bias of the convolution, dt limited
