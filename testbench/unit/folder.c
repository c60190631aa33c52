// SPDX-License-Identifier: Apache-2.0
#include "folder.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char home[64];

void enter_directory(void) {
    const char *tmp = getenv("TMPDIR");
    if (!tmp || chdir(tmp) != 0) {
        cr_assert_eq(chdir("/tmp"), 0);
    }
    strcpy(home, "se_test_XXXXXX");
    cr_assert(mkdtemp(home));
    cr_assert_eq(chdir(home), 0);
}

void leave_directory(void) {
    DIR *directory = opendir(".");
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (entry->d_name[0] != '.') {
            remove(entry->d_name);
        }
    }
    closedir(directory);
    cr_expect(chdir("..") == 0 && rmdir(home) == 0, "%s is not empty", home);
}
