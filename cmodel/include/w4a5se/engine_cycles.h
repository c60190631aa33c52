// SPDX-License-Identifier: Apache-2.0
// Cycles of the engines' RTL, from the first beat in to the last out, both included, when neither
// side pauses (docs/architecture.md, "Cycles"; docs/engines.md).
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// channels is 2 or more.
uint64_t se_conv_cycles(size_t channels, size_t tokens);

// Groups of `lanes` channels: three or more a token.
uint64_t se_scan_cycles(size_t lanes, size_t d_state, size_t channels, size_t tokens);

#ifdef __cplusplus
}
#endif
