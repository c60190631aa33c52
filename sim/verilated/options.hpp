// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rtl.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace w4a5se {

// SE_INVALID for a percentage that never lets a beat pass, SE_IO when the trace cannot be written
// (Verilator would say nothing).
inline se_status check_options(const se_rtl_options &options, se_error *err) {
    if (options.idle_percent > 99 || options.stall_percent > 99) {
        return se_fail(err, SE_INVALID, "idle_percent and stall_percent are 0 to 99");
    }
    if (options.trace_path) {
        FILE *trace = fopen(options.trace_path, "wb");
        if (!trace) {
            return se_fail(err, SE_IO, "cannot write %s: %s", options.trace_path, strerror(errno));
        }
        fclose(trace);
    }
    return SE_OK;
}

} // namespace w4a5se
