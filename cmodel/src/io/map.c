// SPDX-License-Identifier: Apache-2.0
#include "map.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static enum se_status map_descriptor(const char *path, int fd, void **data, size_t *size,
                                     struct se_error *err) {
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return se_fail(err, SE_IO, "cannot read %s: %s", path, strerror(errno));
    }
    if (S_ISDIR(st.st_mode)) {
        return se_fail(err, SE_IO, "cannot read %s: it is a directory", path);
    }
    if (!S_ISREG(st.st_mode)) {
        return se_fail(err, SE_IO, "cannot read %s: it is not a regular file", path);
    }
    if (st.st_size == 0) {
        return se_fail(err, SE_INVALID, "%s: empty file", path);
    }
    void *mapping = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapping == MAP_FAILED) {
        return se_fail(err, SE_IO, "cannot map %s: %s", path, strerror(errno));
    }
    *data = mapping;
    *size = (size_t)st.st_size;
    return SE_OK;
}

enum se_status se_map_file(const char *path, void **data, size_t *size, struct se_error *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a FIFO is refused, not waited for
    if (fd < 0) {
        return se_fail(err, SE_IO, "cannot read %s: %s", path, strerror(errno));
    }
    enum se_status status = map_descriptor(path, fd, data, size, err);
    close(fd);
    return status;
}
