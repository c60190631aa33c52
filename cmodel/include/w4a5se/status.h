// SPDX-License-Identifier: Apache-2.0
// How every library function reports failure: a status, and one sentence for the person.
#pragma once

enum se_status {
    SE_OK = 0,
    SE_INVALID,   // an argument, configuration or file content that cannot be used
    SE_IO,        // the operating system refused a file operation
    SE_NO_MEMORY, // an allocation failed
};

// The sentence names the file, key or argument at fault. Untouched when the status is SE_OK.
struct se_error {
    char message[512];
};

// Writes the sentence (err may be NULL) and returns `status`, so that callers can
// `return se_fail(err, SE_INVALID, "...")`.
#ifdef __cplusplus
extern "C"
#endif
    enum se_status
    se_fail(struct se_error *err, enum se_status status, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
