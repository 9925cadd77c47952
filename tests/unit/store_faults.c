/* Every system call that reads or writes a file fails once, and then always: the target is the old
 * file or the new one, and nothing else is left. */
#include "store_fixture.h"
#include "suites.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What fails: call `failing` (from 1) with `code`, and with `for_good` all that follow; 0: none. */
static unsigned long failing, made;
static int for_good, code;
static const char *failed; /* its name */

static int fails(const char *name)
{
    made++;
    if (!failing || !(made == failing || (for_good && made > failing)))
        return 0;
    failed = name;
    errno = code;
    return 1;
}

/* The linker's --wrap; files of the store have offsets of 64 bits. */
#define WRAP(name, failure, parameters, arguments)                                                 \
    int __real_##name parameters;                                                                  \
    int __wrap_##name parameters                                                                   \
    {                                                                                              \
        return fails(#name) ? (failure) : __real_##name arguments;                                 \
    }
WRAP(fsync, -1, (int file), (file))
WRAP(renameat, -1, (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAP(fchmod, -1, (int file, mode_t mode), (file, mode))
WRAP(faccessat, -1, (int folder, const char *name, int how, int flags), (folder, name, how, flags))
WRAP(fstat64, -1, (int file, struct stat *is), (file, is))
WRAP(fstatat64, -1, (int folder, const char *name, struct stat *is, int flags),
     (folder, name, is, flags))
WRAP(posix_fallocate64, code, (int file, off_t at, off_t size), (file, at, size))

ssize_t __real_readlink(const char *path, char *to, size_t size);
ssize_t __wrap_readlink(const char *path, char *to, size_t size)
{
    return fails("readlink") ? -1 : __real_readlink(path, to, size);
}

/* What does not fail is short: a byte less than asked for, where there are two. */
ssize_t __real_pwrite64(int file, const void *from, size_t size, off_t at);
ssize_t __wrap_pwrite64(int file, const void *from, size_t size, off_t at)
{
    return fails("pwrite64") ? -1 : __real_pwrite64(file, from, size - (size > 1), at);
}

ssize_t __real_pread64(int file, void *to, size_t size, off_t at);
ssize_t __wrap_pread64(int file, void *to, size_t size, off_t at)
{
    return fails("pread64") ? -1 : __real_pread64(file, to, size - (size > 1), at);
}

static mode_t mode_in(int flags, va_list arguments)
{
    return flags & O_CREAT ? (mode_t)va_arg(arguments, int) : 0;
}

#define WRAP_OPEN(name, parameters, arguments)                                                     \
    int __real_##name parameters;                                                                  \
    int __wrap_##name parameters                                                                   \
    {                                                                                              \
        va_list more;                                                                              \
        va_start(more, flags);                                                                     \
        const mode_t mode = mode_in(flags, more);                                                  \
        va_end(more);                                                                              \
        return fails(strcmp(path, ".") == 0 ? #name " of \".\"" : #name)                           \
                   ? -1                                                                            \
                   : __real_##name arguments;                                                      \
    }
WRAP_OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(openat64, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))

static const char before[] = "what was there";
static const float numbers[] = {1.0f, 2.0f};

static clstep_status write_with(const char *path, int with_sync)
{
    clstep_writer *writer = store_writer(path);
    clstep_status status = clstep_writer_begin(writer);
    if (status == CLSTEP_OK)
        status = clstep_writer_write(writer, 0, 0, 8, numbers);
    if (status == CLSTEP_OK && with_sync)
        status = clstep_writer_sync(writer);
    if (status == CLSTEP_OK)
        status = clstep_writer_commit(writer);
    clstep_writer_destroy(writer);
    return status;
}

static clstep_status write_file(const char *path)
{
    return write_with(path, 0);
}

static clstep_status write_synced(const char *path)
{
    return write_with(path, 1);
}

static clstep_status read_file(const char *path)
{
    float got[2];
    clstep_safetensors *file = NULL;
    clstep_status status = clstep_safetensors_open(&file, path);
    if (status == CLSTEP_OK)
        status = clstep_safetensors_read(file, 0, 0, 8, got);
    if (status == CLSTEP_OK)
        ck_assert_mem_eq(got, numbers, 8);
    clstep_safetensors_close(file);
    return status;
}

/* Call `nth` of a run fails. Returns whether there was one. */
static int run_with(clstep_status (*run)(const char *), const char *path, unsigned long nth,
                    clstep_status *status)
{
    made = 0;
    failed = NULL;
    failing = nth;
    *status = run(path);
    failing = 0;
    return failed != NULL;
}

static int is_one_of(const char *name, const char *const *names)
{
    while (*names && strcmp(name, *names) != 0)
        names++;
    return *names != NULL;
}

/* The file is whole: the old one on failure, but for the folder's fsync after the rename, which
 * comes last. */
static void check_written(const char *folder, const char *path, clstep_status status)
{
    /* without random numbers, a look at a mode that it then sets, or a look for what killed
     * processes have left over, it goes on */
    static const char *const needless[] = {"open64", "fstat64", "openat64 of \".\"", NULL};
    const char *message = clstep_last_error()->message;
    if (status == CLSTEP_OK)
        ck_assert_msg(is_one_of(failed, needless), "%s failed unseen", failed);
    else
        ck_assert_int_eq(status, CLSTEP_FILE_FAILED);
    if (status == CLSTEP_OK || strstr(message, "is in its place")) {
        ck_assert_int_eq(read_file(path), CLSTEP_OK);
    } else {
        store_bytes got = store_get(path);
        ck_assert_msg(got.size == sizeof before && memcmp(got.at, before, sizeof before) == 0,
                      "%s: %s", failed, message);
        free(got.at);
    }
    ck_assert_uint_eq(store_folder_close(folder), 1);
}

static void make_old(char folder[STORE_PATH], char path[STORE_PATH])
{
    store_folder(folder);
    store_join(path, folder, "old");
    store_put(path, before, sizeof before);
    ck_assert_int_eq(chmod(path, 0604), 0);
}

static unsigned failed_with(clstep_status status, const char *part)
{
    return status != CLSTEP_OK && strstr(clstep_last_error()->message, part);
}

START_TEST(writing)
{
    char folder[STORE_PATH], path[STORE_PATH];
    clstep_status status;
    unsigned long nth = 1;
    unsigned powerless = 0, unflushed = 0;
    const int with_sync = _i / 2;
    code = EIO;
    for_good = _i % 2;
    for (;; nth++) {
        make_old(folder, path);
        if (!run_with(with_sync ? write_synced : write_file, path, nth, &status))
            break;
        powerless += failed_with(status, "power");
        unflushed += failed_with(status, "cannot flush the folder of");
        check_written(folder, path, status);
    }
    ck_assert_int_eq(status, CLSTEP_OK);
    ck_assert_uint_gt(nth, 12);
    ck_assert_uint_eq(powerless, 1);
    ck_assert_uint_eq(unflushed, with_sync);
    ck_assert_uint_eq(store_folder_close(folder), 1);
}
END_TEST

/* A signal's handler ran: those that can be cut short by one are called again. */
START_TEST(writing_amid_signals)
{
    static const char *const again[] = {"open",  "openat64",          "pwrite64",
                                        "fsync", "posix_fallocate64", NULL};
    char folder[STORE_PATH], path[STORE_PATH];
    clstep_status status;
    unsigned seen = 0;
    code = EINTR;
    for_good = 0;
    for (unsigned long nth = 1;; nth++) {
        make_old(folder, path);
        if (!run_with(write_file, path, nth, &status))
            break;
        if (is_one_of(failed, again)) {
            ck_assert_msg(status == CLSTEP_OK, "%s: %s", failed, clstep_last_error()->message);
            ck_assert_int_eq(read_file(path), CLSTEP_OK);
            seen++;
        }
        ck_assert_uint_eq(store_folder_close(folder), 1);
    }
    ck_assert_uint_ge(seen, 7);
    ck_assert_uint_eq(store_folder_close(folder), 1);
}
END_TEST

START_TEST(reading)
{
    char folder[STORE_PATH], path[STORE_PATH];
    clstep_status status;
    unsigned long nth = 1;
    store_folder(folder);
    store_join(path, folder, "file");
    ck_assert_int_eq(write_file(path), CLSTEP_OK);
    code = _i ? EINTR : EIO;
    for_good = 0;
    for (; run_with(read_file, path, nth, &status); nth++) {
        if (_i && strcmp(failed, "fstat64") != 0)
            ck_assert_int_eq(status, CLSTEP_OK);
        else
            store_failed(status, CLSTEP_FILE_FAILED, "cannot ");
    }
    ck_assert_int_eq(status, CLSTEP_OK);
    ck_assert_uint_gt(nth, 6);
    ck_assert_uint_eq(store_folder_close(folder), 1);
}
END_TEST

Suite *store_faults_suite(void)
{
    Suite *suite = suite_create("store_faults");
    TCase *tests = tcase_create("store_faults");
    tcase_add_loop_test(tests, writing, 0, 4);
    tcase_add_test(tests, writing_amid_signals);
    tcase_add_loop_test(tests, reading, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}
