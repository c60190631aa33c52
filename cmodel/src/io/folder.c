// SPDX-License-Identifier: Apache-2.0
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Length of an entry's name before the suffix, or 0.
static int stem(const char *name, const char *suffix) {
    size_t length = strlen(name), rest = strlen(suffix);
    if (*name == '.' || length <= rest || strcmp(name + length - rest, suffix) != 0) {
        return 0;
    }
    return (int)(length - rest);
}

static enum se_status refuse(const char *directory, const char *kind, const char *name,
                             const char *suffix, struct se_error *err) {
    struct dirent **entries;
    char names[300] = "", more[40] = "";
    size_t used = 0, left_out = 0;
    int n = scandir(directory, &entries, NULL, alphasort);
    if (n < 0) {
        return se_fail(err, SE_IO, "cannot read the directory %s: %s", directory, strerror(errno));
    }
    for (int i = 0; i < n; i++) {
        const int length = stem(entries[i]->d_name, suffix);
        if (length && used + (size_t)length + 1 < sizeof names) {
            used += (size_t)sprintf(names + used, " %.*s", length, entries[i]->d_name);
        } else {
            left_out += length > 0;
        }
        free(entries[i]);
    }
    free(entries);
    if (left_out > 0) {
        snprintf(more, sizeof more, " and %zu more", left_out);
    }
    return se_fail(err, SE_INVALID, "there is no %s %.40s in %.80s, which has%s%s", kind, name,
                   directory, names, more);
}

enum se_status se_folder_find(const char *directory, const char *kind, const char *name,
                              const char *suffix, size_t size, char *path, struct se_error *err) {
    int length = snprintf(path, size, "%s/%s%s", directory, name, suffix);
    if (length < 0 || (size_t)length >= size || !*name || *name == '.' || strchr(name, '/') ||
        access(path, R_OK)) {
        return refuse(directory, kind, name, suffix, err);
    }
    return SE_OK;
}
