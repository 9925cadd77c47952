/* What becomes of files: links, modes, and a program that is ended from outside. */
#include "child.h"
#include "folder.h"
#include "images.h"
#include "suites.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SHORT "train --data @ --batch 256 --hidden 8 --epochs 1 "

enum { TEXT = 65536 };

static char folder[FOLDER_PATH];

static void make_folder(void)
{
    folder_create(folder);
    images_write(folder);
}

static void path_of(char path[2 * FOLDER_PATH], const char *name)
{
    snprintf(path, 2 * FOLDER_PATH, "%s/%s", folder, name);
}

static void link_to(const char *target, const char *name)
{
    char path[2 * FOLDER_PATH];
    path_of(path, name);
    ck_assert_int_eq(symlink(target, path), 0);
}

static void change_mode(const char *name, mode_t mode)
{
    char path[2 * FOLDER_PATH];
    path_of(path, name);
    ck_assert_int_eq(chmod(path, mode), 0);
}

static void run_well(child *result, const char *line)
{
    child_run(result, folder, NULL, line);
    ck_assert_msg(result->code == 0, "%s: exit code %d, %s", line, result->code, result->err);
}

START_TEST(link_stays)
{
    static char text[TEXT];
    char path[2 * FOLDER_PATH];
    struct stat status;
    child result;
    path_of(path, "there");
    ck_assert_int_eq(mkdir(path, 0777), 0);
    folder_write(folder, "there/real.csv", "old", 3);
    link_to("there/real.csv", "a.csv");
    run_well(&result, SHORT "--csv @/a.csv");
    path_of(path, "a.csv");
    ck_assert_int_eq(lstat(path, &status), 0);
    ck_assert(S_ISLNK(status.st_mode));
    folder_read(folder, "there/real.csv", text, TEXT);
    ck_assert_int_eq(strncmp(text, "epoch,", 6), 0);
}
END_TEST

START_TEST(link_leads_nowhere)
{
    child result;
    link_to("nowhere.csv", "a.csv");
    child_run(&result, folder, NULL, SHORT "--csv @/a.csv");
    ck_assert_int_eq(result.code, 1);
    ck_assert_ptr_nonnull(strstr(result.err, "a.csv': No such file"));
    ck_assert_str_eq(result.out, "");
}
END_TEST

START_TEST(links_to_one_file)
{
    child result;
    folder_write(folder, "real.svg", "old", 3);
    link_to("real.svg", "a.csv");
    child_run(&result, folder, NULL, SHORT "--csv @/a.csv --plot @/real.svg");
    ck_assert_int_eq(result.code, 2);
    ck_assert_ptr_nonnull(strstr(result.err, "same file"));
}
END_TEST

START_TEST(mode_stays)
{
    char path[2 * FOLDER_PATH];
    struct stat status;
    child result;
    folder_write(folder, "a.csv", "old", 3);
    change_mode("a.csv", 0640);
    mode_t mask = umask(027);
    run_well(&result, SHORT "--csv @/a.csv --plot @/a.svg");
    umask(mask);
    path_of(path, "a.csv");
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0640);
    path_of(path, "a.svg");
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0640);
}
END_TEST

START_TEST(read_only_file_stays)
{
    char text[64];
    child result;
    if (geteuid() == 0) {
        puts("read_only_file_stays: skipped, since root may write everywhere");
        return;
    }
    folder_write(folder, "a.csv", "old", 3);
    change_mode("a.csv", 0444);
    child_run(&result, folder, NULL, SHORT "--csv @/a.csv");
    ck_assert_int_eq(result.code, 1);
    ck_assert_ptr_nonnull(strstr(result.err, "a.csv': Permission denied"));
    ck_assert_uint_eq(folder_read(folder, "a.csv", text, sizeof text), 3);
}
END_TEST

START_TEST(closed_descriptors)
{
    static char picture[4 * TEXT];
    child result;
    child_run_as(&result, &(child_setup){.folder = folder, .closed = _i},
                 SHORT "--plot @/a.svg --csv @/a.csv");
    ck_assert_int_eq(result.code, _i & 2 ? 1 : 0);
    folder_read(folder, "a.svg", picture, sizeof picture);
    ck_assert_ptr_nonnull(strstr(picture, "</svg>"));
    ck_assert_uint_gt(folder_read(folder, "a.csv", picture, sizeof picture), 40);
}
END_TEST

static void write_gnuplot(const char *text)
{
    folder_write(folder, "gnuplot", text, strlen(text));
    change_mode("gnuplot", 0755);
}

START_TEST(empty_picture)
{
    char search[2 * FOLDER_PATH], text[64];
    child result;
    snprintf(search, sizeof search, "%s:/usr/bin:/bin", folder); /* PoCL runs a linker */
    write_gnuplot("#!/bin/sh\nexit 0\n");
    folder_write(folder, "a.svg", "old", 3);
    child_run(&result, folder, search, SHORT "--plot @/a.svg");
    ck_assert_int_eq(result.code, 1);
    ck_assert_ptr_nonnull(strstr(result.err, "drawn nothing"));
    ck_assert_uint_eq(folder_read(folder, "a.svg", text, sizeof text), 3);
}
END_TEST

/* Until a file has appeared; Check ends the wait for one that never does. */
static void wait_for(const char *name)
{
    char path[2 * FOLDER_PATH];
    path_of(path, name);
    while (access(path, F_OK) != 0)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

/* Ended while gnuplot draws, when the driver has threads. */
START_TEST(signals_leave_nothing)
{
    static const int endings[] = {SIGHUP, SIGINT, SIGTERM};
    char search[2 * FOLDER_PATH], script[3 * FOLDER_PATH];
    char before[FOLDER_LISTING], after[FOLDER_LISTING];
    child result;
    snprintf(search, sizeof search, "%s:/usr/bin:/bin", folder);
    /* Without a child: shells block all signals while they start one. */
    snprintf(script, sizeof script,
             "#!/bin/sh\nread a\nread b || exit 0\n"
             "while read c; do case $c in SigBlk*) echo \"$c\";; esac; done "
             "</proc/$$/status >%s/mask\n: >%s/started\nexec sleep 60\n",
             folder, folder);
    write_gnuplot(script);
    folder_write(folder, "mask", "", 0);
    folder_write(folder, "a.svg", "old", 3);
    folder_list(folder, before);
    child_start(&result, &(child_setup){.folder = folder, .path = search}, SHORT "--plot @/a.svg");
    wait_for("started");
    ck_assert_int_eq(kill(result.pid, endings[_i]), 0);
    child_wait(&result);
    ck_assert_int_eq(result.ending, endings[_i]);
    char mask[128], path[2 * FOLDER_PATH];
    if (folder_read(folder, "mask", mask, sizeof mask))
        ck_assert_msg(strstr(mask, "0000000000000000"), "gnuplot's mask: %s", mask);
    path_of(path, "started");
    unlink(path);
    folder_write(folder, "mask", "", 0);
    folder_list(folder, after);
    ck_assert_str_eq(before, after);
}
END_TEST

Suite *train_files_suite(void)
{
    Suite *suite = suite_create("train: files");
    TCase *tests = tcase_create("files");
    tcase_add_checked_fixture(tests, make_folder, NULL);
    tcase_add_test(tests, link_stays);
    tcase_add_test(tests, link_leads_nowhere);
    tcase_add_test(tests, links_to_one_file);
    tcase_add_test(tests, mode_stays);
    tcase_add_test(tests, read_only_file_stays);
    tcase_add_loop_test(tests, closed_descriptors, 1, 8);
    tcase_add_test(tests, empty_picture);
    tcase_add_loop_test(tests, signals_leave_nothing, 0, 3);
    suite_add_tcase(suite, tests);
    return suite;
}
