// SPDX-License-Identifier: Apache-2.0
// `w4a5se system`: hands over to w4a5se-system beside it, which alone needs SystemC.
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int cmd_system(int argc, char **argv) {
    char path[CLI_PATH_MAX];
    struct se_error err;
    (void)argc;
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - sizeof "-system");
    if (length < 0) {
        se_fail(&err, SE_IO, "cannot find this program's own path: %s", strerror(errno));
        return cli_fail(&err);
    }
    strcpy(path + length, "-system");
    execv(path, argv);
    se_fail(&err, SE_IO, "cannot run %s: %s; `make systemc` builds it", path, strerror(errno));
    return cli_fail(&err);
}
