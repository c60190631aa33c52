// SPDX-License-Identifier: Apache-2.0
// Output files that appear whole or not at all.
//
//   status = se_file_open(&file, path, err);    then fprintf, fwrite to file.stream, then
//   return se_file_commit(&file, err);          or se_file_abort(&file) to give up
//
// The bytes go to PATH.tmpPID.N in the same directory, and commit renames it to PATH. A PATH that
// exists and is no regular file (/dev/null, a FIFO, a terminal) is written directly. A symbolic
// link is followed, so the file it points to is replaced and the link stays.
#pragma once

#include "w4a5se/status.h"

#include <stdio.h>

struct se_file_out {
    FILE *stream;
    const char *path;         // the caller's string, for messages; must outlive the file
    char *temporary, *target; // rename(temporary, target); NULL when written directly
};

// A new file gets the mode that the umask leaves of 0666, an existing one keeps its own. SE_IO when
// the path is a directory, is write protected, or its directory cannot be written. On failure
// nothing is open.
enum se_status se_file_open(struct se_file_out *file, const char *path, struct se_error *err);

// Flushes, closes and renames. SE_IO when any earlier write failed (a full disk, say) or one of
// these steps does; PATH is then as it was before. Either way *file is closed afterwards.
enum se_status se_file_commit(struct se_file_out *file, struct se_error *err);

// Closes and removes what was written. Harmless after se_file_commit or a failed se_file_open.
void se_file_abort(struct se_file_out *file);
