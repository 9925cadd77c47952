/* The program itself, `devices` and `presets`; and what is printed into nowhere. */
#include "child.h"
#include "folder.h"
#include "images.h"
#include "suites.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static void run_well(child *result, const char *line)
{
    child_run(result, "", NULL, line);
    ck_assert_msg(result->code == 0, "%s: exit code %d, %s", line, result->code, result->err);
    ck_assert_str_eq(result->err, "");
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

START_TEST(version_and_help)
{
    child result, other;
    int major, minor, patch, length = 0;
    run_well(&result, "--version");
    sscanf(result.out, "clstep %d.%d.%d\n%n", &major, &minor, &patch, &length);
    ck_assert_int_eq(length, (int)strlen(result.out));
    run_well(&result, "--help");
    ck_assert_ptr_nonnull(strstr(result.out, "usage: clstep COMMAND"));
    run_well(&other, "-h");
    ck_assert_str_eq(other.out, result.out);
    run_well(&other, "-V");
    ck_assert_int_eq(strncmp(other.out, "clstep ", 7), 0);
    run_well(&other, "help");
    ck_assert_str_eq(other.out, result.out);
    child_run(&other, "", NULL, "");
    ck_assert_int_eq(other.code, 2);
    ck_assert_str_eq(other.out, "");
    ck_assert_str_eq(other.err, result.out);
}
END_TEST

static const char *const commands[] = {"devices", "presets",  "train", "apply",
                                       "convert", "selftest", "bench", "tune"};
enum { COMMANDS = sizeof commands / sizeof *commands };

START_TEST(commands_help)
{
    child result, other;
    const char *const *names = commands;
    char line[64], usage[64];
    snprintf(usage, sizeof usage, "usage: clstep %s", names[_i]);
    snprintf(line, sizeof line, "%s --help", names[_i]);
    run_well(&result, line);
    ck_assert_int_eq(strncmp(result.out, usage, strlen(usage)), 0);
    snprintf(line, sizeof line, "help %s", names[_i]);
    run_well(&other, line);
    ck_assert_str_eq(other.out, result.out);
    for (const char *at = result.out; *at; at += strcspn(at, "\n") + 1)
        ck_assert_msg(strcspn(at, "\n") <= 80, "%s: wider than 80 columns: %.*s", line,
                      (int)strcspn(at, "\n"), at);
}
END_TEST

static const struct {
    const char *line;
    const char *said;
} wrong[] = {
    {"nonesuch", "no command \"nonesuch\""},
    {"--nonesuch", "no command \"--nonesuch\""},
    {"help nonesuch", "no command \"nonesuch\""},
    {"help train tune", "takes one command"},
    {"devices extra", "extra"},
    {"devices --nonesuch", "--nonesuch"},
    {"devices -x", "clstep devices --help"},
    {"devices --device", "needs a value"},
    {"devices --help=x", "takes no value"},
    {"presets extra", "extra"},
    {"presets torch adam", "clstep presets takes one NAME, not also \"adam\"\n"},
    {"presets --nonesuch", "clstep presets --help"},
};

START_TEST(refuses)
{
    child result;
    child_run(&result, "", NULL, wrong[_i].line);
    ck_assert_msg(result.code == 2, "%s: exit code %d, %s", wrong[_i].line, result.code,
                  result.err);
    ck_assert_msg(strstr(result.err, wrong[_i].said), "%s: said %s", wrong[_i].line, result.err);
    ck_assert_msg(strncmp(result.err, "clstep: ", 8) == 0, "said %s", result.err);
    ck_assert_uint_eq(count_lines(result.err), 1);
    ck_assert_str_eq(result.out, "");
}
END_TEST

/* One device is marked, and the last line says why. */
START_TEST(lists_devices)
{
    child result;
    run_well(&result, "devices");
    size_t marked = 0;
    for (const char *line = result.out; line; line = strchr(line, '\n'), line += line != NULL) {
        marked += strncmp(line, "* ", 2) == 0 && isspace((unsigned char)line[2]);
        if (strncmp(line, "* is ", 5) == 0)
            ck_assert_ptr_null(strchr(strchr(line, '\n') + 1, '\n'));
    }
    ck_assert_uint_eq(marked, 1);
    ck_assert_ptr_nonnull(strstr(result.out, " compute unit"));
    ck_assert_ptr_nonnull(strstr(result.out, "\n* is "));
    run_well(&result, "devices --device 0");
    ck_assert_int_eq(strncmp(result.out, "*  0  ", 6), 0);
    ck_assert_ptr_nonnull(strstr(result.out, "\n* is named by --device.\n"));
    child_run(&result, "", NULL, "devices --device 4000");
    ck_assert_int_ne(result.code, 0);
    ck_assert_str_eq(result.out, "");
    ck_assert_ptr_nonnull(strstr(result.err, "there is no device 4000; the devices are [0] "));
}
END_TEST

START_TEST(lists_presets)
{
    static const char *const said[] = {
        "hinton ",       "\nadam ",     "\nsgd ",
        "\nadagrad ",    "\nadamw ",    "\npaddle ",
        "\nmxnet-alex ", "from source", "bit-checked against PyTorch"};
    static const char *const told[] = {"torch: PyTorch",   "formula ",
                                       "checked ",         "rho 0.99",
                                       "outside the root", "state        square_avg\n"};
    child result;
    run_well(&result, "presets");
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        ck_assert_msg(strstr(result.out, said[i]), "no %s", said[i]);
    run_well(&result, "presets torch");
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        ck_assert_msg(strstr(result.out, told[i]), "no %s", told[i]);
    run_well(&result, "presets sgd");
    ck_assert_ptr_nonnull(strstr(result.out, "state        none\n"));
    ck_assert_ptr_null(strstr(result.out, "eps"));
}
END_TEST

static const char *const printing[] = {
    "--version",      "--help",
    "devices",        "presets",
    "devices --help", "presets --help",
    "bench --help",   "train --help",
    "tune --help",    "bench --elements 16K --repeats 1 --preset sgd",
    "bench --models", "train --data @ --batch 256 --hidden 8 --epochs 1",
};

START_TEST(says_that_output_is_lost)
{
    char folder[FOLDER_PATH];
    child result;
    folder_create(folder);
    images_write(folder);
    for (unsigned closed = 0; closed < 2; closed++) {
        child_run_as(&result,
                     &(child_setup){.folder = folder,
                                    .output = closed ? NULL : "/dev/full",
                                    .closed = closed << 1},
                     printing[_i]);
        ck_assert_msg(result.code == 1, "%s: exit code %d", printing[_i], result.code);
        ck_assert_msg(strstr(result.err, "cannot write to standard output"), "said %s", result.err);
        ck_assert_uint_eq(count_lines(result.err), 1);
    }
}
END_TEST

Suite *commands_suite(void)
{
    Suite *suite = suite_create("commands");
    TCase *tests = tcase_create("commands");
    tcase_add_test(tests, version_and_help);
    tcase_add_loop_test(tests, commands_help, 0, COMMANDS);
    tcase_add_loop_test(tests, refuses, 0, sizeof wrong / sizeof *wrong);
    tcase_add_test(tests, lists_devices);
    tcase_add_test(tests, lists_presets);
    tcase_add_loop_test(tests, says_that_output_is_lost, 0, sizeof printing / sizeof *printing);
    suite_add_tcase(suite, tests);
    return suite;
}
