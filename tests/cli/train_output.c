/* Outputs that cannot be written: exit code 1 before any training, and nothing is left behind. */
#include "child.h"
#include "folder.h"
#include "images.h"
#include "suites.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[FOLDER_PATH];

static void make_folder(void)
{
    folder_create(folder);
    images_write(folder);
}

static void expect_failure(const char *path, const char *line, const char *said)
{
    char before[FOLDER_LISTING], after[FOLDER_LISTING];
    child result;
    folder_list(folder, before);
    child_run(&result, folder, path, line);
    folder_list(folder, after);
    ck_assert_msg(result.code == 1, "exit code %d, %s", result.code, result.err);
    ck_assert_msg(strstr(result.err, said), "said %s", result.err);
    ck_assert_msg(strchr(result.err, '\n') == strrchr(result.err, '\n'), "said %s", result.err);
    ck_assert_str_eq(result.out, "");
    ck_assert_str_eq(before, after);
}

START_TEST(folder_is_missing)
{
    expect_failure(NULL, "train --data @ --csv @/none/a.csv", "none/a.csv");
    expect_failure(NULL, "train --data @ --plot @/none/a.svg", "none/a.svg");
    expect_failure(NULL, "train --data @ --csv @/ok.csv --plot @/none/a.png", "none/a.png");
    expect_failure(NULL, "train --data @ --plot @/ok.png --csv @/none/a.csv", "none/a.csv");
}
END_TEST

START_TEST(target_is_no_file)
{
    char path[2 * FOLDER_PATH];
    snprintf(path, sizeof path, "%s/taken.svg", folder);
    ck_assert_int_eq(mkdir(path, 0777), 0);
    expect_failure(NULL, "train --data @ --plot @/taken.svg", "is not a file");
    expect_failure(NULL, "train --data @ --csv @/taken.svg", "is not a file");
}
END_TEST

START_TEST(no_permission)
{
    if (geteuid() == 0)
        return; /* root may write everywhere */
    ck_assert_int_eq(chmod(folder, 0555), 0);
    expect_failure(NULL, "train --data @ --csv @/a.csv", "a.csv");
    ck_assert_int_eq(chmod(folder, 0755), 0);
}
END_TEST

START_TEST(gnuplot_is_missing)
{
    expect_failure("/nonexistent", "train --data @ --plot @/a.svg", "gnuplot-nox");
}
END_TEST

static void write_program(const char *name, const char *text)
{
    char path[2 * FOLDER_PATH];
    folder_write(folder, name, text, strlen(text));
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(chmod(path, 0755), 0);
}

START_TEST(gnuplot_is_broken)
{
    write_program("gnuplot", "#!/bin/sh\necho half a picture\necho no such terminal >&2\nexit 3\n");
    expect_failure(folder, "train --data @ --plot @/a.svg", "no such terminal");
    write_program("gnuplot", "#!/bin/sh\nexit 3\n");
    expect_failure(folder, "train --data @ --plot @/a.svg", "exit code 3");
}
END_TEST

/* Passes the check before training and fails after it. */
START_TEST(existing_files_survive)
{
    char text[64];
    child result;
    char before[FOLDER_LISTING], after[FOLDER_LISTING], path[2 * FOLDER_PATH];
    snprintf(path, sizeof path, "%s:/usr/bin:/bin", folder); /* PoCL runs a linker */
    write_program("gnuplot", "#!/bin/sh\nread a\nread b || exit 0\necho half\nexit 3\n");
    folder_write(folder, "a.svg", "old", 3);
    folder_list(folder, before);
    child_run(&result, folder, path, "train --data @ --epochs 1 --plot @/a.svg");
    folder_list(folder, after);
    ck_assert_int_eq(result.code, 1);
    ck_assert_ptr_nonnull(strstr(result.err, "gnuplot"));
    ck_assert_uint_eq(folder_read(folder, "a.svg", text, sizeof text), 3);
    ck_assert_str_eq(text, "old");
    ck_assert_str_eq(before, after);
}
END_TEST

Suite *train_output_suite(void)
{
    Suite *suite = suite_create("train: output");
    TCase *tests = tcase_create("output");
    tcase_add_checked_fixture(tests, make_folder, NULL);
    tcase_add_test(tests, folder_is_missing);
    tcase_add_test(tests, target_is_no_file);
    tcase_add_test(tests, no_permission);
    tcase_add_test(tests, gnuplot_is_missing);
    tcase_add_test(tests, gnuplot_is_broken);
    tcase_add_test(tests, existing_files_survive);
    suite_add_tcase(suite, tests);
    return suite;
}
