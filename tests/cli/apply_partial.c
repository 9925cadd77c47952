/* clstep apply --partial: each tensor counts its own steps, as PyTorch's parameters do, and one
 * that was frozen begins when it gets its first gradient. */
#include "child.h"
#include "folder.h"
#include "suites.h"
#include "tensors.h"

#include <stdlib.h>
#include <string.h>

/* Two tensors of the same numbers, of which one is a step behind the other. */
static const entry params[] = {{"w", "F32", {3, 5}, 2, 24}, {"b", "F32", {3, 5}, 2, 24}};
static const entry both[] = {{"w", "F32", {3, 5}, 2, 8}, {"b", "F32", {3, 5}, 2, 8}};
enum { BOTH = 0, W = 1, B = 2 };

/* The gradients of three steps; w takes the first two, b any two. */
static const struct {
    const char *preset;
    int steps[3];
    int begins; /* the step in which b begins, if it is told */
} rows[] = {
    {"adam", {W, BOTH, B}, 2},    /* b is frozen at first */
    {"adamw", {W, BOTH, B}, 2},   /* its correction, too */
    {"adam", {BOTH, W, B}, 0},    /* b waits for a step */
    {"adagrad", {BOTH, W, B}, 0}, /* lr decays by the step */
    {"torch", {W, BOTH, B}, 2},   /* RMSprop counts no steps */
    {"keras", {W, BOTH, B}, 2},
};

static void take_step(const char *folder, size_t row, int step)
{
    const int which = rows[row].steps[step];
    char line[512];
    child result;
    make_file(folder, "g", which == B ? both + 1 : both, which == BOTH ? 2 : 1);
    snprintf(line, sizeof line,
             "apply --partial --params @/p%d --grads @/g --out-params @/p%d --out-state @/s%d ",
             step, step + 1, step + 1);
    if (step == 0)
        snprintf(line + strlen(line), 64, "--preset %s --lr 0.01%s", rows[row].preset,
                 strcmp(rows[row].preset, "adagrad") == 0 ? " --lr-decay 0.5" : "");
    else
        snprintf(line + strlen(line), 64, "--state @/s%d", step);
    child_run(&result, folder, NULL, line);
    ck_assert_msg(result.code == 0, "%s: %s", line, result.err);
    const int told = strstr(result.out, " had no state and has begun with a fresh one\n") != NULL;
    ck_assert_int_eq(told, rows[row].begins == step + 1);
    ck_assert_int_eq(strstr(result.out, ": 1 tensor, ") != NULL, which != BOTH);
}

START_TEST(own_steps)
{
    char folder[FOLDER_PATH];
    size_t count;
    folder_create(folder);
    make_file(folder, "p0", params, 2);
    for (int step = 0; step < 3; step++)
        take_step(folder, (size_t)_i, step);
    ck_same_tensor(folder, "p3", "b", "p2", "w");
    if (strncmp(rows[_i].preset, "adam", 4) == 0) {
        /* of two steps of 0.01, as PyTorch; by the steps of all it was 2.981415 */
        float *values = read_tensor(folder, "p3", "b", &count);
        if (strcmp(rows[_i].preset, "adam") == 0)
            ck_assert_msg(values[0] > 2.97999f && values[0] < 2.98001f, "%.7g", (double)values[0]);
        free(values);
        ck_same_tensor(folder, "s3", "b.exp_avg", "s2", "w.exp_avg");
    }
}
END_TEST

/* Without --partial a tensor that has no state is a mistake. */
START_TEST(only_partial)
{
    char folder[FOLDER_PATH];
    child result;
    folder_create(folder);
    make_file(folder, "p0", params, 2);
    take_step(folder, 0, 0);
    make_file(folder, "g", both, 2);
    child_run(&result, folder, NULL,
              "apply --params @/p1 --grads @/g --state @/s1 --out-params @/p2 --out-state @/s2");
    ck_assert_int_eq(result.code, 1);
    ck_assert_ptr_nonnull(strstr(result.err, "has no state of \"b\""));
    ck_assert_ptr_nonnull(strstr(result.err, "--partial lets it begin"));
}
END_TEST

Suite *apply_partial_suite(void)
{
    Suite *suite = suite_create("apply_partial");
    TCase *tests = tcase_create("apply_partial");
    tcase_add_loop_test(tests, own_steps, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tests, only_partial);
    suite_add_tcase(suite, tests);
    return suite;
}
