// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/status.h"

#include <stdarg.h>
#include <stdio.h>

enum se_status se_fail(struct se_error *err, enum se_status status, const char *format, ...) {
    if (err) {
        va_list args;
        va_start(args, format);
        vsnprintf(err->message, sizeof err->message, format, args);
        va_end(args);
    }
    return status;
}
