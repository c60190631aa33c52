// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stddef.h>

void libmvec_exp_n(size_t n, const float *x, float *y);
