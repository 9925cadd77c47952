/* Files on the disk: which are opened, which are replaced, and when. */
#include "store_fixture.h"
#include "suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char before[] = "what was there";

static clstep_writer *begun(const char *path)
{
    clstep_writer *writer = store_writer(path);
    ck_assert_msg(clstep_writer_begin(writer) == CLSTEP_OK, "%s", clstep_last_error()->message);
    return writer;
}

static void holds_before(const char *path)
{
    store_bytes got = store_get(path);
    ck_assert_uint_eq(got.size, sizeof before);
    ck_assert_mem_eq(got.at, before, sizeof before);
    free(got.at);
}

START_TEST(new_file)
{
    char folder[STORE_PATH], path[STORE_PATH];
    store_folder(folder);
    store_join(path, folder, "new");
    const mode_t mask = umask(027);
    store_write(path);
    umask(mask);
    store_holds(path);
    ck_assert_uint_eq(store_mode(path), 0640);
    ck_assert_uint_eq(store_folder_close(folder), 1);
}
END_TEST

START_TEST(relative_path)
{
    char folder[STORE_PATH], path[STORE_PATH], here[4096];
    ck_assert_ptr_nonnull(getcwd(here, sizeof here));
    store_folder(folder);
    store_join(path, folder, "new");
    ck_assert_int_eq(chdir(folder), 0);
    clstep_writer *writer = begun("new");
    ck_assert_int_eq(chdir(here), 0); /* it goes where it was begun all the same */
    ck_assert_int_eq(clstep_writer_write(writer, 0, 0, 8, store_numbers), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_commit(writer), CLSTEP_OK);
    clstep_writer_destroy(writer);
    store_holds(path);
    ck_assert_uint_eq(store_folder_close(folder), 1);
}
END_TEST

START_TEST(links_are_followed)
{
    char folder[STORE_PATH], path[STORE_PATH], first[STORE_PATH], second[STORE_PATH];
    struct stat is;
    store_folder(folder);
    store_join(path, folder, "target");
    store_join(first, folder, "first");
    store_join(second, folder, "second");
    ck_assert_int_eq(symlink("target", first), 0); /* to nothing yet */
    ck_assert_int_eq(symlink(first, second), 0);
    store_write(second);
    ck_assert(lstat(path, &is) == 0 && S_ISREG(is.st_mode));
    ck_assert(lstat(first, &is) == 0 && S_ISLNK(is.st_mode));
    ck_assert(lstat(second, &is) == 0 && S_ISLNK(is.st_mode));
    store_holds(second);
    store_write(first);
    ck_assert(lstat(first, &is) == 0 && S_ISLNK(is.st_mode));
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(symlink("second", path), 0); /* round and round */
    clstep_writer *writer = store_writer(path);
    store_failed(clstep_writer_begin(writer), CLSTEP_FILE_FAILED, "symbolic link");
    clstep_writer_destroy(writer);
    ck_assert_uint_eq(store_folder_close(folder), 3);
}
END_TEST

START_TEST(long_name)
{
    char folder[STORE_PATH], path[STORE_PATH], name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    store_folder(folder);
    store_join(path, folder, name);
    store_write(path);
    store_holds(path);
    ck_assert_uint_eq(store_folder_close(folder), 1);
}
END_TEST

/* Until the commit the target is what it was, and without one nothing is left. */
START_TEST(no_commit)
{
    char folder[STORE_PATH], path[STORE_PATH];
    store_folder(folder);
    store_join(path, folder, "old");
    store_put(path, before, sizeof before);
    clstep_writer *writer = begun(path);
    ck_assert_int_eq(clstep_writer_write(writer, 0, 0, 4, store_numbers), CLSTEP_OK);
    store_failed(clstep_writer_commit(writer), CLSTEP_INVALID_ARGUMENT,
                 "tensor \"a\" lacks 4 bytes");
    holds_before(path);
    ck_assert_int_eq(clstep_writer_write(writer, 0, 4, 4, store_numbers + 1), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_sync(writer), CLSTEP_OK);
    store_failed(clstep_writer_take(writer, &(void *){0}, &(size_t){0}), CLSTEP_INVALID_ARGUMENT,
                 "call clstep_writer_commit()");
    holds_before(path);
    clstep_writer_destroy(writer);
    holds_before(path);
    ck_assert_uint_eq(store_folder_close(folder), 1);
}
END_TEST

/* Files of processes that were killed go with the next writer; that of a living one stays, and so
 * does what only looks like one. */
START_TEST(left_over)
{
    char folder[STORE_PATH], path[STORE_PATH], other[STORE_PATH];
    static const char *const like[] = {".new.clstep-abc", ".new.clstep-ABCDEF", "new.clstep-abcdef",
                                       ".newer.clstep-abcdef"};
    int status;
    store_folder(folder);
    for (size_t i = 0; i < 4; i++) {
        store_join(other, folder, like[i]);
        store_put(other, before, sizeof before);
    }
    store_join(path, folder, "new");
    for (int i = 0; i < 3; i++) {
        static clstep_writer
            *volatile unfinished; /* reached at exit, so that valgrind sees no leak */
        const pid_t child = fork();
        if (child == 0) {
            unfinished = begun(path);
            _exit(unfinished == NULL);
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_int_eq(status, 0);
        ck_assert_uint_eq(store_count(folder), 5); /* one, whatever the runs before have left */
    }
    clstep_writer *living = begun(path);
    ck_assert_uint_eq(store_count(folder), 5);
    store_write(path);
    ck_assert_uint_eq(store_count(folder), 6);
    ck_assert_int_eq(clstep_writer_write(living, 0, 0, 8, store_numbers), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_commit(living), CLSTEP_OK);
    clstep_writer_destroy(living);
    store_holds(path);
    ck_assert_uint_eq(store_folder_close(folder), 5);
}
END_TEST

/* What another process has written and kept is put into its place, once. */
START_TEST(completed_elsewhere)
{
    char folder[STORE_PATH], path[STORE_PATH], temporary[256];
    store_folder(folder);
    store_join(path, folder, "old");
    store_put(path, before, sizeof before);
    clstep_writer *writer = begun(path);
    ck_assert_int_lt(snprintf(temporary, sizeof temporary, "%s", clstep_writer_temporary(writer)),
                     256);
    store_failed(clstep_writer_sync(writer), CLSTEP_INVALID_ARGUMENT, "tensor \"a\" lacks 8 bytes");
    ck_assert_int_eq(clstep_writer_write(writer, 0, 0, 8, store_numbers), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_sync(writer), CLSTEP_OK);
    store_failed(clstep_writer_complete(path, temporary), CLSTEP_FILE_FAILED, "another process");
    holds_before(path);
    clstep_writer_keep(writer);
    ck_assert_ptr_null(clstep_writer_temporary(writer));
    clstep_writer_destroy(writer);
    holds_before(path);
    store_failed(clstep_writer_complete(path, ".other.clstep-abcdef"), CLSTEP_FILE_FAILED,
                 "is not a temporary file of");
    store_failed(clstep_writer_complete(path, ".old.clstep-../../"), CLSTEP_FILE_FAILED,
                 "is not a temporary file of");
    ck_assert_int_eq(clstep_writer_complete(path, temporary), CLSTEP_OK);
    store_holds(path);
    store_failed(clstep_writer_complete(path, temporary), CLSTEP_FILE_MISSING, "there is no file");
    store_failed(clstep_writer_complete(NULL, temporary), CLSTEP_INVALID_ARGUMENT, "path is NULL");
    store_failed(clstep_writer_complete(path, NULL), CLSTEP_INVALID_ARGUMENT, "temporary is NULL");
    clstep_writer_keep(NULL);
    ck_assert_ptr_null(clstep_writer_temporary(NULL));
    ck_assert_uint_eq(store_folder_close(folder), 1);
}
END_TEST

START_TEST(bad_places)
{
    char folder[STORE_PATH], path[STORE_PATH];
    const struct {
        const char *name;
        const char *part;
    } places[] = {
        {"missing/file", "No such file or directory; check the path"},
        {"file/file", "Not a directory; check the path"},
        {"", "names a folder; a file's name is needed"},
        {"..", "names a folder; a file's name is needed"},
        {"folder", "is a folder; only a regular file is replaced"},
        {"pipe", "is a device, pipe or socket; only a regular file"},
    };
    store_folder(folder);
    store_join(path, folder, "folder");
    ck_assert_int_eq(mkdir(path, 0700), 0);
    store_join(path, folder, "pipe");
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    store_join(path, folder, "file");
    store_put(path, before, sizeof before);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        store_join(path, folder, places[i].name);
        clstep_writer *writer = store_writer(path);
        store_failed(clstep_writer_begin(writer), CLSTEP_FILE_FAILED, places[i].part);
        clstep_writer_destroy(writer);
    }
    clstep_writer *writer = store_writer("");
    store_failed(clstep_writer_begin(writer), CLSTEP_FILE_FAILED, "names a folder");
    clstep_writer_destroy(writer);
    ck_assert_uint_eq(store_folder_close(folder), 3);
}
END_TEST

/* The target becomes a folder between begin and commit. */
START_TEST(rename_fails)
{
    char folder[STORE_PATH], path[STORE_PATH];
    store_folder(folder);
    store_join(path, folder, "new");
    clstep_writer *writer = begun(path);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(clstep_writer_write(writer, 0, 0, 8, store_numbers), CLSTEP_OK);
    store_failed(clstep_writer_commit(writer), CLSTEP_FILE_FAILED, "cannot replace \"");
    store_failed(clstep_writer_commit(writer), CLSTEP_INVALID_ARGUMENT, "destroy the writer");
    clstep_writer_destroy(writer);
    ck_assert_uint_eq(store_folder_close(folder), 1); /* the folder */
}
END_TEST

/* A file that is not there is told apart from one that cannot be read, by every call that opens
 * one; what is written is never missing. */
START_TEST(missing)
{
    static const char *const names[] = {"none", "no/folder", "broken link"};
    char folder[STORE_PATH], path[STORE_PATH];
    clstep_safetensors *file = NULL;
    clstep_checkpoint *checkpoint = NULL;
    store_folder(folder);
    store_join(path, folder, "broken link");
    ck_assert_int_eq(symlink("nowhere", path), 0);
    for (size_t i = 0; i < 3; i++) {
        store_join(path, folder, names[i]);
        store_failed(clstep_safetensors_open(&file, path), CLSTEP_FILE_MISSING,
                     "there is no file \"");
        ck_assert_ptr_null(file);
        store_failed(clstep_checkpoint_open(&checkpoint, path), CLSTEP_FILE_MISSING,
                     "check the path");
        ck_assert_ptr_nonnull(strstr(clstep_last_error()->message, names[i]));
        ck_assert_ptr_null(checkpoint);
    }
    store_join(path, folder, "no/folder");
    clstep_writer *writer = store_writer(path);
    store_failed(clstep_writer_begin(writer), CLSTEP_FILE_FAILED, "check the path");
    clstep_writer_destroy(writer);
    store_join(path, folder, "not a checkpoint");
    store_write(path);
    store_failed(clstep_checkpoint_open(&checkpoint, path), CLSTEP_INVALID_FILE,
                 "no checkpoint of clstep");
    ck_assert_uint_eq(store_folder_close(folder), 2);
}
END_TEST

START_TEST(not_regular)
{
    char folder[STORE_PATH], path[STORE_PATH];
    clstep_safetensors *file = NULL;
    store_folder(folder);
    store_failed(clstep_safetensors_open(&file, folder), CLSTEP_FILE_FAILED,
                 "is a folder; a regular");
    store_failed(clstep_safetensors_open(&file, "/dev/null"), CLSTEP_FILE_FAILED,
                 "a device, pipe or");
    store_join(path, folder, "pipe");
    store_failed(clstep_safetensors_open(&file, path), CLSTEP_FILE_MISSING, "there is no file \"");
    clstep_checkpoint *checkpoint = NULL;
    store_failed(clstep_checkpoint_open(&checkpoint, path), CLSTEP_FILE_MISSING, "check the path");
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    store_failed(clstep_safetensors_open(&file, path), CLSTEP_FILE_FAILED,
                 "a device, pipe or socket");
    ck_assert_ptr_null(file);
    ck_assert_uint_eq(store_folder_close(folder), 1);
}
END_TEST

/* A file that is cut while it is open does not read as zeros. */
START_TEST(file_shrinks)
{
    char folder[STORE_PATH], path[STORE_PATH];
    clstep_safetensors *file = NULL;
    float got[2];
    store_folder(folder);
    store_join(path, folder, "file");
    store_write(path);
    ck_assert_int_eq(clstep_safetensors_open(&file, path), CLSTEP_OK);
    store_bytes whole = store_get(path);
    ck_assert_int_eq(truncate(path, (off_t)whole.size - 4), 0);
    ck_assert_int_eq(clstep_safetensors_read(file, 0, 0, 4, got), CLSTEP_OK);
    store_failed(clstep_safetensors_read(file, 0, 0, 8, got), CLSTEP_FILE_FAILED,
                 "was longer when it");
    clstep_safetensors_close(file);
    store_failed(clstep_safetensors_open(&file, path), CLSTEP_INVALID_FILE,
                 "have 8 bytes of data, but the file has 4");
    free(whole.at);
    ck_assert_uint_eq(store_folder_close(folder), 1);
}
END_TEST

/* Offsets beyond 4 GiB; the file is a hole but for its ends. */
START_TEST(large_file)
{
    enum { HEADER = 100 };
    static const uint64_t size = ((uint64_t)5 << 30) + 3;
    char folder[STORE_PATH], path[STORE_PATH], header[HEADER + 1];
    unsigned char got[2] = {0};
    clstep_safetensors *file = NULL;
    store_folder(folder);
    store_join(path, folder, "large");
    snprintf(header, sizeof header,
             "{\"a\":{\"dtype\":\"U8\",\"shape\":[%llu],\"data_offsets\":[0,%llu]}}%s",
             (unsigned long long)size, (unsigned long long)size, "");
    store_bytes head = store_build(header, 0);
    store_put(path, head.at, head.size);
    ck_assert_int_eq(truncate(path, (off_t)(head.size + size - 1)), 0);
    FILE *end = fopen(path, "ab");
    ck_assert_int_eq(fputc(0x5A, end), 0x5A);
    ck_assert_int_eq(fclose(end), 0);
    ck_assert_msg(clstep_safetensors_open(&file, path) == CLSTEP_OK, "%s",
                  clstep_last_error()->message);
    ck_assert_int_eq(clstep_safetensors_read(file, 0, size - 2, 2, got), CLSTEP_OK);
    ck_assert(got[0] == 0 && got[1] == 0x5A);
    clstep_safetensors_close(file);
    free(head.at);
    ck_assert_uint_eq(store_folder_close(folder), 1);
}
END_TEST

Suite *store_disk_suite(void)
{
    Suite *suite = suite_create("store_disk");
    TCase *tests = tcase_create("store_disk");
    tcase_add_test(tests, new_file);
    tcase_add_test(tests, relative_path);
    tcase_add_test(tests, links_are_followed);
    tcase_add_test(tests, long_name);
    tcase_add_test(tests, no_commit);
    tcase_add_test(tests, left_over);
    tcase_add_test(tests, completed_elsewhere);
    tcase_add_test(tests, bad_places);
    tcase_add_test(tests, rename_fails);
    tcase_add_test(tests, missing);
    tcase_add_test(tests, not_regular);
    tcase_add_test(tests, file_shrinks);
    tcase_add_test(tests, large_file);
    suite_add_tcase(suite, tests);
    return suite;
}
