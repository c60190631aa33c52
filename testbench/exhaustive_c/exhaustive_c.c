// SPDX-License-Identifier: Apache-2.0
// exhaustive-c FOLDER JOBS FUNCTION...: every input of the functions through the C model.
#include "check.h"

#include <mpfr.h>
#include <stdio.h>
#include <stdlib.h>

static enum se_status run(const char *folder, unsigned jobs, const char *name,
                          struct se_error *err) {
    char path[SHARDS_PATH], tools[64];
    const struct function *f = function_find(name);
    if (!f) {
        return se_fail(err, SE_INVALID, "there is no function '%s'", name);
    }
    snprintf(tools, sizeof tools, "MPFR %s", mpfr_get_version());
    enum se_status status = shards_path_c(folder, f, path, err);
    return status == SE_OK ? shards_run(f, "C", path, jobs, tools,
                                        f->conversion ? check_conversion : check_real, err)
                           : status;
}

int main(int argc, char **argv) {
    struct se_error err;
    int failed = 0;
    if (argc < 4 || atoi(argv[2]) < 1) {
        fprintf(stderr, "usage: %s FOLDER JOBS FUNCTION...\n", argv[0]);
        return 2;
    }
    for (int i = 3; i < argc; i++) {
        if (run(argv[1], (unsigned)atoi(argv[2]), argv[i], &err) != SE_OK) {
            fprintf(stderr, "%s\n", err.message);
            failed = 1;
        }
    }
    return failed;
}
