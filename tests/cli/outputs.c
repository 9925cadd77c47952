/* Where commands write: files that are checked before the work, standard output, and lines that fit
 * the terminal. What the files hold, each command's tests know. */
#define _XOPEN_SOURCE 700 /* pseudo-terminals */
#include "child.h"
#include "folder.h"
#include "images.h"
#include "suites.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[FOLDER_PATH];

static void make_folder(void)
{
    folder_create(folder);
    setenv("XDG_CACHE_HOME", folder, 1);
    unsetenv("COLUMNS");
}

static const char *begin_of(const char *text)
{
    static char begin[160];
    snprintf(begin, sizeof begin, "%.150s", text);
    return begin;
}

/* ---- standard output ------------------------------------------------------------------------- */

/* The text alone goes there, and what is said to standard error. */
static const struct {
    const char *line;
    const char *begins;
    const char *said;
} streams[] = {
    {"bench --rule sgd --elements 1K --repeats 1 --csv -", "model,rule,", "update share of"},
    {"bench --rule sgd --elements 1K --repeats 1 --csv /dev/stdout", "model,rule,", "\nsgd "},
    {"tune --elements 16k --output -", "clstep tuning 1\n", "\nbest: "},
    {"tune --elements 16K --output /dev/stdout", "clstep tuning 1\n", "\nbest: "},
    {"train --data @ --batch 256 --hidden 8 --epochs 1 --csv -", "epoch,", "CRC-32 of the weights"},
};

START_TEST(writes_to_standard_output)
{
    child result;
    char before[FOLDER_LISTING], after[FOLDER_LISTING];
    images_write(folder);
    folder_list(folder, before);
    child_run(&result, folder, NULL, streams[_i].line);
    ck_assert_msg(result.code == 0, "%s: exit code %d, %s", streams[_i].line, result.code,
                  result.err);
    ck_assert_msg(strncmp(result.out, streams[_i].begins, strlen(streams[_i].begins)) == 0,
                  "%s: wrote %s", streams[_i].line, begin_of(result.out));
    ck_assert_msg(strstr(result.err, streams[_i].said), "%s: said %s", streams[_i].line,
                  begin_of(result.err));
    folder_list(folder, after);
    ck_assert_str_eq(after, before);
}
END_TEST

/* Standard output that is a file stays that file. */
START_TEST(writes_to_a_redirected_output)
{
    child result;
    char name[FOLDER_PATH + 16], text[4096];
    folder_write(folder, "out", "", 0);
    snprintf(name, sizeof name, "%s/out", folder);
    child_run_as(&result, &(child_setup){.folder = folder, .output = name},
                 "bench --rule sgd --elements 1K --repeats 1 --csv /dev/stdout");
    ck_assert_int_eq(result.code, 0);
    folder_read(folder, "out", text, sizeof text);
    ck_assert_int_eq(strncmp(text, "model,rule,", 11), 0);
}
END_TEST

/* ---- what is refused before the work --------------------------------------------------------- */

static const struct {
    const char *line;
    int code;
    const char *said;
} wrong[] = {
    {"bench --csv @", 1, "it exists and is not a file"},
    {"bench --csv @/no/such", 1, "No such file or directory"},
    {"bench --csv @/", 1, "it exists and is not a file"},
    {"bench --plot @/no/such.svg", 1, "No such file or directory"},
    {"bench --plot -", 2, "--plot takes the name of a file that ends in .svg or .png, not '-'"},
    {"bench --json --csv -", 2, "give --csv a file"},
    {"tune --output @/no/such", 1, "No such file or directory"},
    {"train --data @ --csv @/no/such", 1, "No such file or directory"},
    {"train --data @ --csv @", 1, "it exists and is not a file"},
    {"convert --from torch --to keras --in @/a --out @/no/such", 1, "No such file or directory"},
    {"convert --from torch --to keras --in @/a --out @", 1, "it exists and is not a file"},
    {"train --data @ --save -", 2, "--save takes a file, not a stream such as '-'"},
    {"train --data @ --save @", 1, "it exists and is not a file"},
    {"apply --params @/a --grads @/b --out-params - --out-state @/d", 2,
     "--out-params takes a file"},
    {"apply --params @/a --grads @/b --out-params @/c --out-state /dev/null", 2,
     "--out-state takes a file"},
    {"convert --from torch --to keras --in @/a --out -", 2, "--out takes a file"},
    {"convert --from torch --to keras --in @/a --out /dev/stdout", 2, "--out takes a file"},
};

START_TEST(refuses_outputs_first)
{
    child result;
    char listing[FOLDER_LISTING];
    child_run(&result, folder, NULL, wrong[_i].line);
    ck_assert_msg(result.code == wrong[_i].code, "%s: exit code %d, %s", wrong[_i].line,
                  result.code, result.err);
    ck_assert_msg(strstr(result.err, wrong[_i].said), "%s: said %s", wrong[_i].line, result.err);
    ck_assert_str_eq(result.out, "");
    folder_list(folder, listing);
    ck_assert_str_eq(listing, "");
}
END_TEST

START_TEST(tells_a_full_device)
{
    child result;
    child_run(&result, folder, NULL, "bench --rule sgd --elements 1K --repeats 1 --csv /dev/full");
    ck_assert_int_eq(result.code, 1);
    ck_assert_ptr_nonnull(strstr(result.err, "cannot write '/dev/full': No space left"));
}
END_TEST

/* ---- widths ---------------------------------------------------------------------------------- */

static size_t longest_line(const char *text)
{
    size_t longest = 0;
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
        const size_t length = strcspn(text, "\n");
        longest = length > longest ? length : longest;
    }
    return longest;
}

static const char *const tables[] = {
    "bench --elements 1K --repeats 1 --preset torch",
    "bench --host --rule sgd",
    "tune --elements 16K --dry-run",
    "selftest --quick --preset sgd",
    "train --data @ --batch 256 --hidden 8 --epochs 1",
    "train --data @ --batch 256 --hidden 8 --epochs 1 --compare",
    "train --data @ --batch 256 --hidden 8 --epochs 1 --sweep",
};
static const char *const widths[] = {"40", "80", "200"};

/* The columns that matter most are in all of them. */
START_TEST(tables_fit)
{
    static const char *const kept[] = {"share of",      "step",     "speed",  "differ",
                                       "test accuracy", "accuracy", "AdaGrad"};
    child result;
    images_write(folder);
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        setenv("COLUMNS", widths[i], 1);
        child_run(&result, folder, NULL, tables[_i]);
        ck_assert_msg(result.code == 0, "exit code %d, %s", result.code, result.err);
        ck_assert_msg(longest_line(result.out) <= (size_t)atoi(widths[i]), "%s columns: %s",
                      widths[i], result.out);
        ck_assert_ptr_nonnull(strstr(result.out, kept[_i]));
    }
    if (_i == 0)
        ck_assert_ptr_nonnull(strstr(result.out, "quartiles"));
}
END_TEST

/* A small row's share says nothing of memory. */
START_TEST(bench_tells_of_caches)
{
    static const struct {
        const char *line;
        bool is_told;
    } runs[] = {{"bench --elements 64K --repeats 1 --rule sgd", true},
                {"bench --elements 64K --repeats 1 --rule sgd --json", false},
                {"bench --elements 6M --repeats 1 --rule sgd", false}};
    static const char caches[] =
        "\nRows that move less than 64 MiB measure caches and launches, not memory.\n";
    child result;
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        child_run(&result, folder, NULL, runs[i].line);
        ck_assert_int_eq(result.code, 0);
        ck_assert_msg((strstr(result.out, caches) != NULL) == runs[i].is_told, "%s: %s",
                      runs[i].line, result.out);
    }
}
END_TEST

/* What the program draws on a terminal of so many columns. */
static void draw_on_terminal(unsigned short columns, char *drawn, size_t size)
{
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    const struct winsize window = {.ws_row = 24, .ws_col = columns};
    ck_assert_int_ge(terminal, 0);
    ck_assert_int_eq(grantpt(terminal), 0);
    ck_assert_int_eq(unlockpt(terminal), 0);
    ck_assert_int_eq(ioctl(terminal, TIOCSWINSZ, &window), 0);
    const char *program = getenv("CLSTEP_PROGRAM"), *name = ptsname(terminal);
    const pid_t pid = fork();
    if (pid == 0) {
        const int end = open(name, O_RDWR | O_NOCTTY);
        dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
        dup2(end, STDERR_FILENO);
        execl(program ? program : "build/clstep", "clstep", "bench", "--elements", "16K",
              "--repeats", "1", "--formats", "all", "--rule", "sgd", (char *)NULL);
        _exit(126);
    }
    size_t length = 0;
    for (ssize_t got; length + 1 < size; length += (size_t)got) {
        got = read(terminal, drawn + length, size - length - 1);
        if (got <= 0) /* the other end is closed */
            break;
    }
    drawn[length] = '\0';
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    close(terminal);
}

/* Not in a chroot or container without /dev/pts. */
static bool terminals_exist(void)
{
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal >= 0)
        close(terminal);
    return terminal >= 0;
}

/* A bar as wide as the terminal would wrap, and then could not be drawn over. */
START_TEST(bars_fit)
{
    static const unsigned short columns[] = {12, 40, 80, 200};
    static char drawn[65536];
    if (!terminals_exist()) {
        puts("bars_fit: skipped, since this system has no /dev/pts");
        return;
    }
    if (columns[_i] == 40)
        setenv("POCL_CACHE_DIR", folder, 1); /* so that it compiles, and says so if that is slow */
    draw_on_terminal(columns[_i], drawn, sizeof drawn);
    ck_assert_ptr_nonnull(strstr(drawn, " %  "));
    ck_assert_int_eq(strchr(drawn, '[') != NULL && strstr(drawn, "[..") != NULL, columns[_i] >= 40);
    for (char *part = strtok(drawn, "\r\n"); part; part = strtok(NULL, "\r\n")) {
        const char *text = strncmp(part, "\033[K", 3) == 0 ? part + 3 : part;
        const bool is_message = strncmp(text, "clstep: ", 8) == 0;
        if (!is_message || (strstr(text, "compiling") && columns[_i] >= 40))
            ck_assert_msg(strlen(text) < columns[_i], "%u columns: %s", columns[_i], text);
    }
}
END_TEST

Suite *outputs_suite(void)
{
    Suite *suite = suite_create("outputs");
    TCase *tests = tcase_create("outputs");
    tcase_add_checked_fixture(tests, make_folder, NULL);
    tcase_add_loop_test(tests, writes_to_standard_output, 0, sizeof streams / sizeof *streams);
    tcase_add_test(tests, writes_to_a_redirected_output);
    tcase_add_loop_test(tests, refuses_outputs_first, 0, sizeof wrong / sizeof *wrong);
    tcase_add_test(tests, tells_a_full_device);
    tcase_add_loop_test(tests, tables_fit, 0, sizeof tables / sizeof *tables);
    tcase_add_test(tests, bench_tells_of_caches);
    tcase_add_loop_test(tests, bars_fit, 0, 4);
    suite_add_tcase(suite, tests);
    return suite;
}
