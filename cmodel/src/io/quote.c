// SPDX-License-Identifier: Apache-2.0
#include "quote.h"

#include <ctype.h>
#include <stddef.h>

const char *se_quote(char shown[SE_QUOTE], const char *text) {
    size_t length = 0;
    for (; *text && length + 1 < SE_QUOTE; text++) {
        shown[length++] = iscntrl((unsigned char)*text) ? '?' : *text;
    }
    shown[length] = '\0';
    return shown;
}
