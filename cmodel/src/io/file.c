// SPDX-License-Identifier: Apache-2.0
#define _XOPEN_SOURCE 700

#include "w4a5se/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum se_status cannot_write(const char *path, int reason, struct se_error *err) {
    enum se_status status = reason == ENOMEM ? SE_NO_MEMORY : SE_IO;
    return se_fail(err, status, "cannot write %s: %s", path, strerror(reason));
}

// Creates TARGET.tmpPID.N with the first free N. Returns the descriptor, or -1 and errno.
static int create_beside(const char *target, char **temporary) {
    size_t size = strlen(target) + 40;
    char *name = malloc(size);
    int fd = -1;
    errno = name ? EEXIST : ENOMEM;
    for (int n = 0; fd < 0 && errno == EEXIST && n < 1000; n++) {
        snprintf(name, size, "%s.tmp%ld.%d", target, (long)getpid(), n);
        fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    if (fd < 0) {
        int reason = errno;
        free(name);
        name = NULL;
        errno = reason;
    }
    *temporary = name;
    return fd;
}

// `old` is what the new file replaces, or NULL. Returns the descriptor, or -1 and errno.
static int open_temporary(struct se_file_out *file, const struct stat *old) {
    file->target = old ? realpath(file->path, NULL) : strdup(file->path);
    int fd = file->target ? create_beside(file->target, &file->temporary) : -1;
    if (fd >= 0 && old && fchmod(fd, old->st_mode & 0777) != 0) {
        int reason = errno;
        close(fd);
        errno = reason;
        return -1;
    }
    return fd;
}

enum se_status se_file_open(struct se_file_out *file, const char *path, struct se_error *err) {
    *file = (struct se_file_out){.path = path};
    struct stat old;
    bool exists = stat(path, &old) == 0;
    if (exists && S_ISDIR(old.st_mode)) {
        return se_fail(err, SE_IO, "cannot write %s: it is a directory", path);
    }
    if (!*path) {
        return cannot_write(path, ENOENT, err);
    }
    if (exists && access(path, W_OK) != 0) {
        return cannot_write(path, errno, err);
    }

    int fd = exists && !S_ISREG(old.st_mode) ? open(path, O_WRONLY | O_CLOEXEC)
                                             : open_temporary(file, exists ? &old : NULL);
    if (fd >= 0) {
        file->stream = fdopen(fd, "wb");
    }
    if (!file->stream) {
        int reason = errno;
        if (fd >= 0) {
            close(fd);
        }
        se_file_abort(file);
        return cannot_write(path, reason, err);
    }
    return SE_OK;
}

enum se_status se_file_commit(struct se_file_out *file, struct se_error *err) {
    errno = 0;
    bool written = fflush(file->stream) == 0 && !ferror(file->stream);
    written = fclose(file->stream) == 0 && written;
    file->stream = NULL;
    if (written && file->temporary) {
        written = rename(file->temporary, file->target) == 0;
    }
    if (!written) {
        int reason = errno ? errno : EIO;
        se_file_abort(file);
        return cannot_write(file->path, reason, err);
    }
    free(file->temporary);
    file->temporary = NULL;
    se_file_abort(file);
    return SE_OK;
}

void se_file_abort(struct se_file_out *file) {
    if (file->stream) {
        fclose(file->stream);
    }
    if (file->temporary) {
        unlink(file->temporary);
    }
    free(file->temporary);
    free(file->target);
    *file = (struct se_file_out){.path = file->path};
}
