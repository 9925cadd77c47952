/* The tasks without images: a valley of two weights, and targets that move. */
#include "child.h"
#include "folder.h"
#include "suites.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 1 << 18 };

static char folder[FOLDER_PATH], text[TEXT];

static void make_folder(void)
{
    folder_create(folder);
}

static size_t rows_of(const char *of)
{
    size_t rows = 0;
    for (; *of; of++)
        rows += *of == '\n';
    return rows;
}

/* Where a rule is after a step, in the table of the valley. */
static void find(const char *rule, int step, double *lr, double *x, double *y)
{
    for (const char *line = text; line; line = strchr(line + 1, '\n')) {
        int at;
        char name[16];
        if (sscanf(line, " %15[^,],%lf,%d,%lf,%lf", name, lr, &at, x, y) == 5 &&
            strcmp(name, rule) == 0 && at == step)
            return;
    }
    ck_abort_msg("no step %d of %s", step, rule);
}

/* The slopes of the valley are 0.1 and 9; SGD shrinks each weight by a factor, and RMSprop's first
 * step is lr / sqrt(1 - rho) in both. */
START_TEST(valley)
{
    child result;
    double lr, x, y;
    child_run_well(&result, folder, "train --valley --csv @/v.csv --plot @/v.svg");
    folder_read(folder, "v.csv", text, TEXT);
    ck_assert_uint_eq(rows_of(text), 1 + 4 * 61);
    find("SGD", 0, &lr, &x, &y);
    ck_assert_double_eq(x, -9);
    ck_assert_double_eq(y, 2);
    find("SGD", 20, &lr, &x, &y);
    ck_assert_double_eq_tol(x, -9 * pow(1 - 0.1 * lr, 20), 1e-4);
    ck_assert_double_eq_tol(y, 2 * pow(1 - 9 * lr, 20), 1e-4);
    find("RMSprop", 1, &lr, &x, &y);
    ck_assert_double_eq_tol(x, -9 + lr / sqrt(0.1), 1e-4);
    ck_assert_double_eq_tol(y, 2 - lr / sqrt(0.1), 1e-4);
    find("AdaGrad", 1, &lr, &x, &y);
    ck_assert_double_eq_tol(x, -9 + lr, 1e-4);
    folder_read(folder, "v.svg", text, TEXT);
    ck_assert_ptr_nonnull(strstr(text, "</svg>"));
    ck_assert_ptr_nonnull(strstr(text, "from the lowest point"));
}
END_TEST

/* The distance of a rule in the last table. */
static double distance_of(const child *result, const char *rule)
{
    const char *line = strstr(result->out, "\nrule  ");
    double lr, distance = NAN;
    ck_assert_ptr_nonnull(line);
    line = strstr(line, rule);
    ck_assert_ptr_nonnull(line);
    ck_assert_int_eq(sscanf(line + strlen(rule), "%lf %lf", &lr, &distance), 2);
    return distance;
}

/* All rules see the same task, which weights that stay at 0 would miss by 1; a rule that steps the
 * wrong way, or not at all, is seen by its distance. */
START_TEST(drift)
{
    child result;
    child_run_well(&result, folder, "train --drift --seed 3 --csv @/d.csv --plot @/d.svg");
    ck_assert_ptr_nonnull(strstr(result.out, "Seeds 3 to 7; seed 8 for the"));
    ck_assert_double_lt(distance_of(&result, "RMSprop"), 0.2);
    ck_assert_double_gt(distance_of(&result, "RMSprop"), 0.05);
    ck_assert_double_lt(distance_of(&result, "SGD"), 0.9);
    ck_assert_double_lt(distance_of(&result, "AdaGrad"), 0.9);
    ck_assert_double_lt(distance_of(&result, "Adam"), 0.6);
    folder_read(folder, "d.csv", text, TEXT);
    ck_assert_uint_eq(rows_of(text), 1 + 4 * 5 * 100);
    ck_assert_ptr_nonnull(strstr(text, "AdaGrad,"));
    folder_read(folder, "d.svg", text, TEXT);
    ck_assert_ptr_nonnull(strstr(text, "</svg>"));
    ck_assert_ptr_nonnull(strstr(text, "distance from the targets"));
}
END_TEST

static const struct {
    const char *line;
    const char *said;
} refusals[] = {
    {"train --valley --seed 3", "leave out --seed"},
    {"train --drift --epochs 3", "leave out --epochs"},
    {"train --drift --save @/x", "leave out --save"},
    {"train --valley --schedule constant", "leave out --schedule"},
    {"train --valley --plot @/x.pdf", ".svg or .png"},
    {"train --drift --csv @/x.svg --plot @/x.svg", "same file"},
};

START_TEST(refuses)
{
    char listing[FOLDER_LISTING];
    child result;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        child_run(&result, folder, NULL, refusals[i].line);
        ck_assert_msg(result.code == 2 && strstr(result.err, refusals[i].said),
                      "%s: exit code %d, %s", refusals[i].line, result.code, result.err);
        ck_assert_str_eq(result.out, "");
    }
    folder_list(folder, listing);
    ck_assert_str_eq(listing, "");
}
END_TEST

Suite *train_tasks_suite(void)
{
    Suite *suite = suite_create("train: tasks");
    TCase *tests = tcase_create("tasks");
    tcase_add_checked_fixture(tests, make_folder, NULL);
    tcase_add_test(tests, valley);
    tcase_add_test(tests, drift);
    tcase_add_test(tests, refuses);
    suite_add_tcase(suite, tests);
    return suite;
}
