// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/format.h"

static enum se_status check_base(const char *name, int base, int levels, struct se_error *err) {
    if (base < -levels || base >= levels) {
        return se_fail(err, SE_INVALID, "%s is %d; a code of %d levels takes %d to %d", name, base,
                       levels, -levels, levels - 1);
    }
    return SE_OK;
}

enum se_status se_format_check(const struct se_format *f, struct se_error *err) {
    if (f->code_bits < SE_CODE_BITS_MIN || f->code_bits > SE_CODE_BITS_MAX) {
        return se_fail(err, SE_INVALID, "code_bits is %d; codes have %d to %d bits", f->code_bits,
                       SE_CODE_BITS_MIN, SE_CODE_BITS_MAX);
    }
    enum se_status status = check_base("base1", f->base1, se_format_levels(f), err);
    if (status == SE_OK) {
        status = check_base("base2", f->base2, se_format_levels(f), err);
    }
    if (status == SE_OK && !f->dual && f->base2 != f->base1) {
        return se_fail(err, SE_INVALID, "base2 is %d, but a format without the flag has one range",
                       f->base2);
    }
    return status;
}

struct se_format se_format_signed(int code_bits, bool dual) {
    int base = -(1 << (code_bits - 1));
    return (struct se_format){.code_bits = code_bits, .dual = dual, .base1 = base, .base2 = base};
}
