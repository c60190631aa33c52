// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/report.h"

#include "w4a5se/file.h"

#include <jansson.h>
#include <sys/utsname.h>
#include <time.h>

enum { PATH_LENGTH = 4096, DIGITS = 9 };

struct se_origin se_origin_now(void) {
    struct se_origin origin = {.processor = "unknown processor"};
    struct utsname host;
    char line[256];
    time_t now = time(NULL);
    strftime(origin.date, sizeof origin.date, "%Y-%m-%d %H:%M UTC", gmtime(&now));
    if (uname(&host) == 0) {
        snprintf(origin.host, sizeof origin.host, "%.30s %.60s %.30s", host.sysname, host.release,
                 host.machine);
    }
    FILE *in = fopen("/proc/cpuinfo", "r");
    while (in && fgets(line, sizeof line, in) &&
           sscanf(line, "model name : %127[^\n]", origin.processor) != 1) {
    }
    if (in) {
        fclose(in);
    }
    return origin;
}

enum se_status se_report_text(const char *directory, const char *name,
                              void (*print)(const void *data, FILE *to), const void *data,
                              struct se_error *err) {
    char path[PATH_LENGTH];
    struct se_file_out file;
    if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path) {
        return se_fail(err, SE_INVALID, "the path %s/%s is too long", directory, name);
    }
    enum se_status status = se_file_open(&file, path, err);
    if (status != SE_OK) {
        return status;
    }
    print(data, file.stream);
    return se_file_commit(&file, err);
}

static void print_json(const void *data, FILE *to) {
    json_dumpf(data, to, JSON_INDENT(1) | JSON_REAL_PRECISION(DIGITS));
    fputc('\n', to);
}

enum se_status se_report_json(const char *directory, const char *name, json_t *root,
                              struct se_error *err) {
    enum se_status status =
        root ? se_report_text(directory, name, print_json, root, err)
             : se_fail(err, SE_INVALID, "the results for %s/%s do not make JSON", directory, name);
    json_decref(root);
    return status;
}
