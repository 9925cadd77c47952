/* What the program says of wrong command lines: in the command line's words, and with the word that
 * was probably meant. What each command takes, its own tests know. */
#include "child.h"
#include "folder.h"
#include "suites.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[FOLDER_PATH];

static void make_folder(void)
{
    folder_create(folder);
}

/* ---- the command line's words -------------------------------------------------------------- */

/* Many of them are refused by the library, in the words of its interface. */
static const char *const wrong[] = {
    "nonesuch",
    "help nonesuch",
    "devices --device nonesuch",
    "presets nonesuch",
    "selftest --preset nonesuch",
    "selftest --device nonesuch",
    "bench --rule sgd --rho 0.5",
    "bench --rule adagrad --beta1 0.5",
    "bench --rule adam --rho 0.9",
    "bench --rule adam --beta1 1",
    "bench --rule adam --nesterov",
    "bench --rule adam --variance recursion",
    "bench --rule sgd --eps 1e-8",
    "bench --rule sgd --nesterov",
    "bench --rule sgd --momentum 0.9 --dampening 0.5 --nesterov",
    "bench --rho -1",
    "bench --lr -1",
    "bench --lr 1e300",
    "bench --weight-decay -1",
    "bench --initial-square-avg -1",
    "bench --momentum -2",
    "bench --nesterov",
    "bench --rho 1 --bias-correction",
    "bench --decay l3",
    "bench --centered=maybe",
    "bench --elements 1K --vector-width 3",
    "bench --elements 1K --work-group 65536",
    "bench --elements 1K --chunk 17",
    "bench --aligned 3",
    "bench --formats fp8",
    "bench --model nonesuch",
    "bench --elements 1K --device nonesuch",
    "tune --elements 12",
    "tune --elements 1024G --dry-run",
    "tune --dry-run --output x",
    "train --schedule nonesuch",
    "train --schedule one-cycle --warmup 5",
    "train --schedule step --gamma -1",
    "train --schedule constant --gamma 2",
    "train --final-lr -1",
    "train --lr -1",
    "train --rule sgd --rho 0.5",
    "train --state-dtype fp33",
    "train --hidden 0",
    "train --epochs 0",
    "apply --params a",
    "apply --params a --grads b --out-params c --out-state d --rule sgd --rho 0.5",
    "convert --from torch --to keras",
    "convert --from nonesuch --to keras --in a --out b",
    "convert --from torch --to nonesuch --in a --out b",
    "convert --from torch --to keras --in a --out b --steps -1",
};

/* Whether the `length` characters at `word` are a name of the interface. */
static bool is_of_interface(const char *word, size_t length)
{
    static const char *const environment[] = {"CLSTEP_DEVICE", "POCL_CACHE_DIR", "CL_DEVICE_"};
    for (size_t i = 0; i < sizeof environment / sizeof *environment; i++)
        if (strncmp(word, environment[i], strlen(environment[i])) == 0)
            return false;
    return memchr(word, '_', length) || (length == 4 && strncmp(word, "NULL", 4) == 0) ||
           strncmp(word, "options.", 8) == 0 || strncmp(word, "rule.", 5) == 0 ||
           strncmp(word, "launch.", 7) == 0;
}

/* What was given stands in quotes and may be anything. */
static void check_words(const char *line, const char *said)
{
    char quote = 0;
    for (const char *at = said; *at;) {
        size_t length = 0;
        while (isalnum((unsigned char)at[length]) || at[length] == '_' || at[length] == '.')
            length++;
        if (!quote)
            ck_assert_msg(!is_of_interface(at, length) && strncmp(at, "->", 2) != 0, "%s: said %s",
                          line, said);
        if (quote ? *at == quote : *at == '"' || *at == '\'')
            quote = quote ? 0 : *at;
        at += length ? length : 1;
    }
}

START_TEST(speaks_the_command_lines_language)
{
    child result;
    child_run(&result, folder, NULL, wrong[_i]);
    ck_assert_msg(result.code == 1 || result.code == 2, "%s: exit code %d", wrong[_i], result.code);
    ck_assert_msg(strncmp(result.err, "clstep: ", 8) == 0, "%s: said %s", wrong[_i], result.err);
    ck_assert_ptr_eq(strchr(result.err, '\n'), result.err + strlen(result.err) - 1);
    check_words(wrong[_i], result.err);
}
END_TEST

/* ---- did you mean -------------------------------------------------------------------------- */

/* NULL: there is nothing near. */
static const struct {
    const char *line;
    const char *meant;
} misspelt[] = {
    {"trian", "train"},
    {"Bench", "bench"},
    {"help selftset", "selftest"},
    {"nonesuch", NULL},
    {"--verbose", NULL},
    {"bench --learning-rate 1", "--lr"},
    {"bench --learning_rate=1", "--lr"},
    {"bench --wd 1", "--weight-decay"},
    {"bench --epsilon 1", "--eps"},
    {"bench --weigth-decay 1", "--weight-decay"},
    {"bench --elemnets 1K", "--elements"},
    {"train --btach 3", "--batch"},
    {"devices --devise 0", "--device"},
    {"apply --parms x", "--params"},
    {"convert --form torch", "--from"},
    {"bench --zzz", NULL},
    {"presets Torch", "torch"},
    {"presets kears", "keras"},
    {"presets nonesuch", NULL},
    {"selftest --preset Torch", "torch"},
    {"train --preset admaw", "adamw"},
    {"bench --rule rmsporp", "rmsprop"},
    {"train --rule Adam", "adam"},
    {"bench --model resnet-50", "resnet50"},
    {"bench --model gtp2", "gpt2"},
    {"bench --formats fp23", "fp32"},
    {"bench --decay decupled", "decoupled"},
    {"train --schedule cosin", "cosine"},
    {"convert --from trch --to keras --in a --out b", "torch"},
};

START_TEST(tells_what_was_meant)
{
    child result;
    char text[128];
    const char *line = misspelt[_i].line, *meant = misspelt[_i].meant;
    child_run(&result, folder, NULL, line);
    ck_assert_msg(result.code == 2, "%s: exit code %d", line, result.code);
    snprintf(text, sizeof text, "(did you mean \"%s\"?)", meant ? meant : "");
    if (meant)
        ck_assert_msg(strstr(result.err, text), "%s: said %s", line, result.err);
    else
        ck_assert_msg(!strstr(result.err, "did you mean"), "%s: said %s", line, result.err);
    ck_assert_str_eq(result.out, "");
}
END_TEST

/* ---- devices ------------------------------------------------------------------------------- */

static const char pocl[] =
    "the platform \"Portable Computing Language\" gives none: clGetDeviceIDs "
    "failed with CL_DEVICE_NOT_FOUND (-1); PoCL does so when it cannot write "
    "its cache: set HOME, or POCL_CACHE_DIR,";

/* PoCL 3.1 has no device where it cannot write its cache. */
START_TEST(tells_a_platform_that_fails)
{
    child result;
    setenv("POCL_CACHE_DIR", "/proc/nonesuch", 1);
    child_run(&result, folder, NULL, _i ? "bench --elements 1K" : "devices");
    if (result.code == 0) /* another platform, or a PoCL that does without */
        return;
    ck_assert_int_eq(result.code, 1);
    ck_assert_msg(strstr(result.err, pocl), "said %s", result.err);
    ck_assert_str_eq(result.out, "");
}
END_TEST

START_TEST(tells_that_there_is_no_driver)
{
    child result;
    setenv("OCL_ICD_VENDORS", "/nonesuch", 1);
    child_run(&result, folder, NULL, "devices");
    ck_assert_int_eq(result.code, 1);
    ck_assert_ptr_nonnull(strstr(result.err, "no OpenCL driver found; install one: "));
}
END_TEST

START_TEST(names_the_environments_variable)
{
    child result;
    setenv("CLSTEP_DEVICE", "Portabel", 1);
    child_run(&result, folder, NULL, "devices");
    ck_assert_int_eq(result.code, 1);
    ck_assert_msg(strstr(result.err, "is named by \"Portabel\", the value of CLSTEP_DEVICE; "),
                  "said %s", result.err);
    if (strstr(result.err, "Portable Computing"))
        ck_assert_ptr_nonnull(strstr(result.err, "(did you mean \"Portable\"?)"));
    child_run(&result, folder, NULL, "devices --device nonesuch");
    ck_assert_ptr_null(strstr(result.err, "CLSTEP_DEVICE"));
}
END_TEST

Suite *messages_suite(void)
{
    Suite *suite = suite_create("messages");
    TCase *tests = tcase_create("messages");
    tcase_add_checked_fixture(tests, make_folder, NULL);
    tcase_add_loop_test(tests, speaks_the_command_lines_language, 0, sizeof wrong / sizeof *wrong);
    tcase_add_loop_test(tests, tells_what_was_meant, 0, sizeof misspelt / sizeof *misspelt);
    tcase_add_loop_test(tests, tells_a_platform_that_fails, 0, 2);
    tcase_add_test(tests, tells_that_there_is_no_driver);
    tcase_add_test(tests, names_the_environments_variable);
    suite_add_tcase(suite, tests);
    return suite;
}
