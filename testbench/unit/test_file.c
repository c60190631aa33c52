// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/file.h"

#include "folder.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static int count_entries(void) {
    int count = 0;
    DIR *directory = opendir(".");
    for (struct dirent *entry; (entry = readdir(directory));) {
        count += entry->d_name[0] != '.';
    }
    closedir(directory);
    return count;
}

static void put(const char *path, const char *text) {
    FILE *stream = fopen(path, "wb");
    cr_assert(stream);
    fputs(text, stream);
    fclose(stream);
}

static void expect_content(const char *path, const char *expected) {
    char text[64] = "";
    FILE *stream = fopen(path, "rb");
    cr_assert(stream, "%s does not exist", path);
    text[fread(text, 1, sizeof text - 1, stream)] = '\0';
    fclose(stream);
    cr_expect_str_eq(text, expected);
}

static mode_t mode_of(const char *path) {
    struct stat st;
    cr_assert_eq(lstat(path, &st), 0);
    return st.st_mode;
}

TestSuite(file, .init = enter_directory, .fini = leave_directory);

Test(file, appears_at_commit_and_not_before) {
    struct se_file_out file;
    cr_assert_eq(se_file_open(&file, "new", NULL), SE_OK);
    fputs("hello", file.stream);
    fflush(file.stream);
    cr_expect_neq(access("new", F_OK), 0);
    cr_assert_eq(se_file_commit(&file, NULL), SE_OK);
    expect_content("new", "hello");
    cr_expect_eq(count_entries(), 1);
    se_file_abort(&file);
    expect_content("new", "hello");
}

Test(file, abort_leaves_the_old_file) {
    put("old", "before");
    struct se_file_out file;
    cr_assert_eq(se_file_open(&file, "old", NULL), SE_OK);
    fputs("after", file.stream);
    se_file_abort(&file);
    expect_content("old", "before");
    cr_expect_eq(count_entries(), 1);
}

Test(file, two_writers_of_one_path_do_not_mix) {
    struct se_file_out a, b;
    cr_assert_eq(se_file_open(&a, "new", NULL), SE_OK);
    cr_assert_eq(se_file_open(&b, "new", NULL), SE_OK);
    fputs("first", a.stream);
    fputs("second", b.stream);
    cr_assert_eq(se_file_commit(&b, NULL), SE_OK);
    cr_assert_eq(se_file_commit(&a, NULL), SE_OK);
    expect_content("new", "first");
    cr_expect_eq(count_entries(), 1);
}

Test(file, mode_follows_the_umask_or_the_old_file) {
    umask(027);
    put("old", "before");
    chmod("old", 0604);
    const char *const paths[] = {"new", "old"};
    for (int i = 0; i < 2; i++) {
        struct se_file_out file;
        cr_assert_eq(se_file_open(&file, paths[i], NULL), SE_OK);
        cr_assert_eq(se_file_commit(&file, NULL), SE_OK);
    }
    cr_expect_eq(mode_of("new") & 0777, 0640);
    cr_expect_eq(mode_of("old") & 0777, 0604);
}

Test(file, symbolic_link_is_followed) {
    put("target", "before");
    cr_assert_eq(symlink("target", "link"), 0);
    struct se_file_out file;
    cr_assert_eq(se_file_open(&file, "link", NULL), SE_OK);
    fputs("after", file.stream);
    cr_assert_eq(se_file_commit(&file, NULL), SE_OK);
    cr_expect(S_ISLNK(mode_of("link")));
    expect_content("target", "after");
}

Test(file, fifo_and_devices_are_written_directly) {
    cr_assert_eq(mkfifo("fifo", 0600), 0);
    int reader = open("fifo", O_RDONLY | O_NONBLOCK);
    struct se_file_out file;
    cr_assert_eq(se_file_open(&file, "fifo", NULL), SE_OK);
    fputs("through", file.stream);
    cr_assert_eq(se_file_commit(&file, NULL), SE_OK);
    char text[16] = "";
    cr_expect_eq(read(reader, text, sizeof text - 1), 7);
    cr_expect_str_eq(text, "through");
    close(reader);
    cr_expect(S_ISFIFO(mode_of("fifo")));

    cr_assert_eq(se_file_open(&file, "/dev/null", NULL), SE_OK);
    fputs("nowhere", file.stream);
    cr_assert_eq(se_file_commit(&file, NULL), SE_OK);
    cr_expect(S_ISCHR(mode_of("/dev/null")));
}

Test(file, refusals_name_the_path_and_the_reason) {
    cr_assert_eq(mkdir("directory", 0700), 0);
    put("plain", "");
    static const struct {
        const char *path, *sentence;
    } CASES[] = {
        {"directory", "cannot write directory: it is a directory"},
        {"missing/x.npy", "cannot write missing/x.npy: No such file or directory"},
        {"missing/", "cannot write missing/: No such file or directory"},
        {"plain/x.npy", "cannot write plain/x.npy: Not a directory"},
        {"", "cannot write : No such file or directory"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct se_file_out file;
        struct se_error err = {""};
        cr_expect_eq(se_file_open(&file, CASES[i].path, &err), SE_IO);
        cr_expect_str_eq(err.message, CASES[i].sentence);
        se_file_abort(&file);
    }
    cr_expect_eq(count_entries(), 2);
}

Test(file, full_device_is_reported) {
    for (int length = 1; length <= 100000; length *= 10) {
        struct se_file_out file;
        struct se_error err = {""};
        cr_assert_eq(se_file_open(&file, "/dev/full", &err), SE_OK);
        for (int i = 0; i < length; i++) {
            fputc('x', file.stream);
        }
        cr_expect_eq(se_file_commit(&file, &err), SE_IO);
        cr_expect_str_eq(err.message, "cannot write /dev/full: No space left on device");
    }
    cr_expect(S_ISCHR(mode_of("/dev/full")));
}

Test(file, failed_write_leaves_nothing_new) {
    put("old", "before");
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    struct rlimit small = {4096, limit.rlim_max};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    struct se_file_out file;
    struct se_error err = {""};
    cr_assert_eq(se_file_open(&file, "old", &err), SE_OK);
    for (int i = 0; i < 100000; i++) {
        fputc('x', file.stream);
    }
    enum se_status status = se_file_commit(&file, &err);
    setrlimit(RLIMIT_FSIZE, &limit);
    cr_expect_eq(status, SE_IO);
    cr_expect_str_eq(err.message, "cannot write old: File too large");
    expect_content("old", "before");
    cr_expect_eq(count_entries(), 1);
}

Test(file, failed_rename_leaves_nothing_new) {
    struct se_file_out file;
    struct se_error err = {""};
    cr_assert_eq(se_file_open(&file, "place", &err), SE_OK);
    cr_assert_eq(mkdir("place", 0700), 0);
    cr_expect_eq(se_file_commit(&file, &err), SE_IO);
    cr_expect_str_eq(err.message, "cannot write place: Is a directory");
    cr_expect_eq(count_entries(), 1);
}

Test(file, early_failure_is_remembered) {
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    struct rlimit small = {4096, limit.rlim_max};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    struct se_file_out file;
    struct se_error err = {""};
    cr_assert_eq(se_file_open(&file, "new", &err), SE_OK);
    char block[100000] = {0};
    fwrite(block, 1, sizeof block, file.stream);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_expect_eq(se_file_commit(&file, &err), SE_IO);
    cr_expect_eq(strncmp(err.message, "cannot write new: ", 18), 0, "%s", err.message);
    cr_expect_eq(count_entries(), 0);
}
