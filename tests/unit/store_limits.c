/* Files of other users, protected files, and limits of the process: what a new file takes over, and
 * what is left after a failure. */
#include "store_fixture.h"
#include "suites.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char before[] = "what was there";

static void holds_before(const char *path)
{
    store_bytes got = store_get(path);
    ck_assert_uint_eq(got.size, sizeof before);
    ck_assert_mem_eq(got.at, before, sizeof before);
    free(got.at);
}

/* Runs `body` in a process whose limits and user may be changed. */
static void in_child(void (*body)(const char *), const char *path)
{
    int status = 0;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        body(path);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}

/* Check's own assertions would go on in the child. */
static void expect(int as_it_should, const char *what)
{
    if (as_it_should)
        return;
    fprintf(stderr, "store_limits: %s: %s\n", what, clstep_last_error()->message);
    _exit(1);
}

static int said(clstep_status status, const char *part)
{
    return status == CLSTEP_FILE_FAILED && strstr(clstep_last_error()->message, part);
}

START_TEST(mode_is_kept)
{
    char folder[STORE_PATH], path[STORE_PATH];
    store_folder(folder);
    store_join(path, folder, "old");
    store_put(path, before, sizeof before);
    ck_assert_int_eq(chmod(path, 0604), 0);
    store_write(path);
    store_holds(path);
    ck_assert_uint_eq(store_mode(path), 0604);
    ck_assert_uint_eq(store_folder_close(folder), 1);
}
END_TEST

/* Root may write to a file that nobody may, and to one of another user: it stays that. */
START_TEST(owner_is_kept)
{
    char folder[STORE_PATH], path[STORE_PATH];
    struct stat is;
    if (getuid() != 0)
        return;
    store_folder(folder);
    store_join(path, folder, "old");
    store_put(path, before, sizeof before);
    ck_assert_int_eq(chmod(path, 0), 0);
    store_write(path);
    ck_assert_uint_eq(store_mode(path), 0);
    ck_assert_int_eq(chown(path, 65534, 65533) | chmod(path, 06755), 0);
    store_write(path);
    store_holds(path);
    ck_assert_int_eq(stat(path, &is), 0);
    ck_assert(is.st_uid == 65534 && is.st_gid == 65533);
    ck_assert_uint_eq(store_mode(path), 06755);
    ck_assert_uint_eq(store_folder_close(folder), 1);
}
END_TEST

static void limit_files(rlim_t size)
{
    const struct rlimit limit = {size, size};
    signal(SIGXFSZ, SIG_IGN);
    expect(setrlimit(RLIMIT_FSIZE, &limit) == 0, "setrlimit");
}

static void begin_too_large(const char *path)
{
    clstep_writer *writer = store_writer(path);
    limit_files(16);
    expect(said(clstep_writer_begin(writer), "File too large; the file is larger than"), "begin");
    limit_files(16);
    clstep_writer_destroy(writer);
}

static void write_too_large(const char *path)
{
    clstep_writer *writer = store_writer(path);
    expect(clstep_writer_begin(writer) == CLSTEP_OK, "begin");
    limit_files(16);
    expect(said(clstep_writer_write(writer, 0, 0, 8, store_numbers), "File too large"), "write");
    expect(clstep_writer_write(writer, 0, 0, 8, store_numbers) == CLSTEP_INVALID_ARGUMENT, "again");
    expect(clstep_writer_commit(writer) == CLSTEP_INVALID_ARGUMENT, "commit");
    clstep_writer_destroy(writer);
}

static void become_nobody(void)
{
    if (getuid() == 0)
        expect(setgid(65534) == 0 && setuid(65534) == 0, "setuid");
}

static void begin_unwritable(const char *path)
{
    become_nobody();
    clstep_writer *writer = store_writer(path);
    expect(said(clstep_writer_begin(writer), "Permission denied; check the permissions"), "begin");
    clstep_writer_destroy(writer);
}

/* Another's group that one is not in: what that was allowed is not for one's own. */
static void replace_of_others(const char *path)
{
    struct stat is;
    become_nobody();
    clstep_writer *writer = store_writer(path);
    expect(clstep_writer_begin(writer) == CLSTEP_OK, "begin");
    expect(clstep_writer_write(writer, 0, 0, 8, store_numbers) == CLSTEP_OK, "write");
    expect(clstep_writer_commit(writer) == CLSTEP_OK, "commit");
    clstep_writer_destroy(writer);
    expect(stat(path, &is) == 0 && is.st_uid == getuid(), "owner");
    expect((is.st_mode & 07777) == (getuid() == 65534 ? 0606 : 0666), "mode");
}

START_TEST(group_is_not_widened)
{
    char folder[STORE_PATH], path[STORE_PATH];
    store_folder(folder);
    store_join(path, folder, "old");
    store_put(path, before, sizeof before);
    ck_assert_int_eq(chmod(folder, 0777) | chmod(path, getuid() ? 0666 : 06666), 0);
    in_child(replace_of_others, path);
    store_holds(path);
    ck_assert_uint_eq(store_folder_close(folder), 1);
}
END_TEST

static void open_unreadable(const char *path)
{
    clstep_safetensors *file = NULL;
    become_nobody();
    expect(said(clstep_safetensors_open(&file, path), "cannot open \""), "open");
}

START_TEST(disk_fails)
{
    static const struct {
        void (*body)(const char *);
        mode_t folder;
        mode_t file;
    } cases[] = {
        {begin_too_large, 0700, 0600},  {write_too_large, 0700, 0600},
        {begin_unwritable, 0555, 0666}, /* the folder is protected */
        {begin_unwritable, 0777, 0444}, /* the file is */
        {open_unreadable, 0755, 0000},
    };
    char folder[STORE_PATH], path[STORE_PATH];
    store_folder(folder);
    store_join(path, folder, "old");
    store_put(path, before, sizeof before);
    ck_assert_int_eq(chmod(folder, cases[_i].folder) | chmod(path, cases[_i].file), 0);
    in_child(cases[_i].body, path);
    ck_assert_int_eq(chmod(folder, 0700) | chmod(path, 0600), 0);
    holds_before(path);
    ck_assert_uint_eq(store_folder_close(folder), 1);
}
END_TEST

Suite *store_limits_suite(void)
{
    Suite *suite = suite_create("store_limits");
    TCase *tests = tcase_create("store_limits");
    tcase_add_test(tests, mode_is_kept);
    tcase_add_test(tests, owner_is_kept);
    tcase_add_test(tests, group_is_not_widened);
    tcase_add_loop_test(tests, disk_fails, 0, 5);
    suite_add_tcase(suite, tests);
    return suite;
}
