// SPDX-License-Identifier: Apache-2.0
// Gates of the engines as `make synth` found them.
#pragma once

#include "w4a5se/status.h"

struct synthesised {
    double conv_ge, scan_ge; // NAND2 equivalents, memories outside
    double conv_ns, scan_ns; // critical paths
};

// From a report of make synth, the scan engine with as many lanes as wanted instead of its own.
// SE_INVALID when the report has not both engines.
enum se_status synthesised_load(const char *path, int lanes, struct synthesised *s,
                                struct se_error *err);
