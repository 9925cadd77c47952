/* clstep tune, its file, and the commands that use that. */
#include "child.h"
#include "folder.h"
#include "images.h"
#include "suites.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT = 4096 };

/* A folder for the files of the device, and for those of the test. */
static void new_cache(char folder[FOLDER_PATH])
{
    folder_create(folder);
    setenv("XDG_CACHE_HOME", folder, 1);
}

static void run_well(child *result, const char *folder, const char *line)
{
    child_run(result, folder, NULL, line);
    ck_assert_msg(result->code == 0, "%s: exit code %d, %s", line, result->code, result->err);
    ck_assert_str_eq(result->err, "");
}

/* The file's path, as the program told it, below the folder. */
static void told_place(const child *result, const char *folder, char name[TEXT])
{
    const char *told = strstr(result->out, "written to ");
    ck_assert_msg(told != NULL, "%s", result->out);
    ck_assert_int_eq(strncmp(told + 11, folder, strlen(folder)), 0);
    told += 11 + strlen(folder) + 1;
    const size_t length = strcspn(told, "\n");
    memcpy(name, told, length);
    name[length] = '\0';
}

START_TEST(tunes)
{
    char folder[FOLDER_PATH], name[TEXT], text[TEXT], listing[FOLDER_LISTING];
    child result;
    new_cache(folder);
    run_well(&result, folder, "tune --elements 16384 --dry-run");
    ck_assert_ptr_nonnull(strstr(result.out, "\nbest: "));
    ck_assert_ptr_nonnull(strstr(result.out, "GB/s; the default "));
    ck_assert_ptr_null(strstr(result.out, "other bits"));
    ck_assert_ptr_null(strstr(result.out, "written to"));
    run_well(&result, folder, "tune --elements 16k --output @/file");
    told_place(&result, folder, name);
    ck_assert_str_eq(name, "file");
    folder_list(folder, listing); /* that file and no folder beside it */
    ck_assert_int_eq(strncmp(listing, "file ", 5), 0);
    ck_assert_ptr_eq(strchr(listing, '\n'), listing + strlen(listing) - 1);
    run_well(&result, folder, "tune --elements 16384");
    told_place(&result, folder, name);
    ck_assert_int_eq(strncmp(name, "clstep/tuning/", 14), 0);
    folder_read(folder, name, text, sizeof text);
    ck_assert_int_eq(strncmp(text, "clstep tuning 1\nplatform = ", 27), 0);
    ck_assert_ptr_nonnull(strstr(text, "\nchunk_elements = "));
}
END_TEST

static const char *const users[] = {
    "bench --elements 16K --repeats 1 --preset sgd",
    "train --data @ --batch 256 --hidden 8 --epochs 1",
};

/* Each takes the file when it is right, and says so when it is not, and works all the same. */
START_TEST(others_use_it)
{
    char folder[FOLDER_PATH], name[TEXT], text[TEXT];
    child result;
    new_cache(folder);
    images_write(folder);
    run_well(&result, folder, "tune --elements 16384");
    told_place(&result, folder, name);
    run_well(&result, folder, users[_i]);
    folder_read(folder, name, text, sizeof text);
    /* a group that no device takes shows that the numbers arrive */
    char *size = strstr(text, "work_group_size = ");
    ck_assert_ptr_nonnull(size);
    strcpy(size, "work_group_size = 65536\nchunk_elements = 1024\n");
    folder_write(folder, name, text, strlen(text));
    child_run(&result, folder, NULL, users[_i]);
    ck_assert_int_eq(result.code, 0);
    ck_assert_ptr_nonnull(strstr(result.err, "clstep: not tuned: work_group_size is 65536"));
    strcat(text, "speed = 9\n");
    folder_write(folder, name, text, strlen(text));
    child_run(&result, folder, NULL, users[_i]);
    ck_assert_int_eq(result.code, 0);
    ck_assert_ptr_nonnull(strstr(result.err, "line 9: there is no setting \"speed\""));
}
END_TEST

static const struct {
    const char *line;
    int code;
    const char *said;
} wrong[] = {
    {"tune extra", 2, "extra"},
    {"tune --nonesuch", 2, "clstep tune --help"},
    {"tune --elements", 2, "needs a value"},
    {"tune --elements 16383", 2, "takes a count of at least 16384, not '16383'"},
    {"tune --elements 15k", 2, "takes a count of at least 16384, not '15k'"},
    {"tune --elements 32X", 2, "takes a count of at least 16384, such as 64K, 1M or 2G, not '32X'"},
    {"tune --dry-run --output @/x", 2, "--dry-run writes nothing"},
    {"tune --device nonesuch", 1, "no OpenCL device is named by \"nonesuch\""},
    {"tune --elements 16384 --output @/no/such", 1, "no/such': No such file or directory"},
};

START_TEST(refuses)
{
    char folder[FOLDER_PATH];
    child result;
    new_cache(folder);
    child_run(&result, folder, NULL, wrong[_i].line);
    ck_assert_msg(result.code == wrong[_i].code, "%s: exit code %d", wrong[_i].line, result.code);
    ck_assert_msg(strstr(result.err, wrong[_i].said), "%s said %s", wrong[_i].line, result.err);
    ck_assert_str_eq(result.out, ""); /* before anything is measured */
}
END_TEST

/* Told before anything is measured, and nothing is left: of a file in the way of a folder, and of
 * a folder in the way of the file. */
START_TEST(cannot_write)
{
    char folder[FOLDER_PATH], name[TEXT], listing[FOLDER_LISTING], before[FOLDER_LISTING];
    child result;
    folder_create(folder);
    folder_write(folder, "cache", "old", 3);
    snprintf(name, sizeof name, "%s/cache", folder);
    setenv("XDG_CACHE_HOME", name, 1);
    child_run(&result, folder, NULL, "tune --elements 16384");
    ck_assert_int_eq(result.code, 1);
    ck_assert_str_eq(result.out, "");
    ck_assert_ptr_nonnull(strstr(result.err, "cannot write '"));
    ck_assert_ptr_nonnull(strstr(result.err, "Not a directory"));
    folder_list(folder, listing);
    ck_assert_str_eq(listing, "cache 3\n");
    new_cache(folder);
    folder_list(folder, before);
    snprintf(name, sizeof name, "tune --elements 16384 --output %s", folder);
    child_run(&result, folder, NULL, name);
    ck_assert_int_eq(result.code, 1);
    ck_assert_str_eq(result.out, "");
    ck_assert_ptr_nonnull(strstr(result.err, "it exists and is not a file"));
    setenv("XDG_CACHE_HOME", "nowhere", 1);
    setenv("HOME", "", 1);
    child_run(&result, folder, NULL, "tune --elements 16384");
    ck_assert_int_eq(result.code, 1);
    ck_assert_str_eq(result.out, "");
    ck_assert_ptr_nonnull(strstr(result.err, "neither XDG_CACHE_HOME nor HOME"));
    folder_list(folder, listing);
    ck_assert_str_eq(listing, before);
}
END_TEST

Suite *tune_suite(void)
{
    Suite *suite = suite_create("tune");
    TCase *tests = tcase_create("tune");
    tcase_add_test(tests, tunes);
    tcase_add_loop_test(tests, others_use_it, 0, sizeof users / sizeof *users);
    tcase_add_loop_test(tests, refuses, 0, sizeof wrong / sizeof *wrong);
    tcase_add_test(tests, cannot_write);
    suite_add_tcase(suite, tests);
    return suite;
}
