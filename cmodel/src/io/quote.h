// SPDX-License-Identifier: Apache-2.0
// What a file says, as a message may quote it on a terminal.
#pragma once

enum { SE_QUOTE = 120 };

// `text`, cut to fit and without control characters, in shown[].
const char *se_quote(char shown[SE_QUOTE], const char *text);
