// SPDX-License-Identifier: Apache-2.0
#include "svg.h"

#include "cli.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum se_status svg_draw(const char *directory, const char *name,
                        void (*script)(const void *data, FILE *to), const void *data,
                        struct se_error *err) {
    char hidden[128], path[CLI_PATH_MAX], temporary[CLI_PATH_MAX];
    snprintf(hidden, sizeof hidden, ".%s.%d", name, (int)getpid());
    enum se_status status = cli_path(path, directory, name, err);
    if (status == SE_OK) {
        status = cli_path(temporary, directory, hidden, err);
    }
    if (status != SE_OK) {
        return status;
    }
    FILE *gnuplot = popen("gnuplot", "w");
    if (!gnuplot) {
        return se_fail(err, SE_IO, "cannot start gnuplot: %s", strerror(errno));
    }
    fputs("set output '", gnuplot);
    for (const char *c = temporary; *c; c++) { // a quote inside quotes is doubled
        fputs(*c == '\'' ? "''" : (const char[]){*c, 0}, gnuplot);
    }
    fputs("'\n", gnuplot);
    script(data, gnuplot);
    fputs("unset output\n", gnuplot);
    if (pclose(gnuplot) != 0 || rename(temporary, path) != 0) {
        unlink(temporary);
        return se_fail(err, SE_IO, "gnuplot could not draw %s; is it installed?", path);
    }
    return SE_OK;
}
