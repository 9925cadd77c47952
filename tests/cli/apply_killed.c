/* clstep apply, killed before every call that makes its files durable, renames or removes them: the
 * same command again completes the step, or takes it, and takes it once. */
#include "child.h"
#include "folder.h"
#include "suites.h"
#include "tensors.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const entry params[] = {{"w", "F32", {3, 5}, 2, 1.5f}, {"b", "F32", {5}, 1, -0.25f}};
static const entry grads[] = {{"b", "F32", {5}, 1, 0.125f}, {"w", "F32", {3, 5}, 2, -0.5f}};
static const entry next_grads[] = {{"b", "F32", {5}, 1, -0.75f}, {"w", "F32", {3, 5}, 2, 0.5f}};

static const struct {
    const char *line;   /* is killed, and given again */
    const char *after;  /* the step after it */
    const char *params; /* what the line makes */
    const char *state;
    int step; /* that it takes */
} commands[] = {
    {"apply --params @/p --grads @/g --out-params @/p --out-state @/s --preset adam",
     "apply --params @/p --grads @/g2 --state @/s --out-params @/p --out-state @/s", "p", "s", 1},
    {"apply --params @/p1 --grads @/g --state @/s1 --out-params @/p1 --out-state @/s1",
     "apply --params @/p1 --grads @/g2 --state @/s1 --out-params @/p1 --out-state @/s1", "p1", "s1",
     2},
    {"apply --params @/p1 --grads @/g --state @/s1 --out-params @/p3 --out-state @/s3",
     "apply --params @/p3 --grads @/g2 --state @/s3 --out-params @/p3 --out-state @/s3", "p3", "s3",
     2},
};
enum { COMMANDS = sizeof commands / sizeof *commands, CALLS_MOST = 60 };

/* Parameters, gradients, and the files of a first step. */
static void make_inputs(const char *folder)
{
    make_file(folder, "p", params, 2);
    make_file(folder, "g", grads, 2);
    make_file(folder, "g2", next_grads, 2);
    done(folder, "apply --params @/p --grads @/g --out-params @/p1 --out-state @/s1 --preset adam");
}

/* What commands make that nobody kills: NAME-wanted after the line, NAME-after after the next. */
static void make_wanted(const char *folder, size_t which)
{
    char command[8 * FOLDER_PATH];
    make_inputs(folder);
    done(folder, commands[which].line);
    const char *names[] = {commands[which].params, commands[which].state};
    for (int i = 0; i < 2; i++) {
        snprintf(command, sizeof command, "cp %s/%s %s/%s-wanted", folder, names[i], folder,
                 names[i]);
        ck_assert_int_eq(system(command), 0);
    }
    done(folder, commands[which].after);
}

static void ck_same_pair(const char *folder, const char *wanted, const char *suffix, size_t which)
{
    static const char *const arrays[] = {"w.exp_avg", "w.exp_avg_sq", "b.exp_avg", "b.exp_avg_sq"};
    char name[64], command[4 * FOLDER_PATH];
    snprintf(command, sizeof command, "cp %s/%s%s %s/wanted-p && cp %s/%s%s %s/wanted-s", wanted,
             commands[which].params, suffix, folder, wanted, commands[which].state, suffix, folder);
    ck_assert_int_eq(system(command), 0);
    snprintf(name, sizeof name, "%s", commands[which].params);
    ck_same_tensor(folder, name, "w", "wanted-p", "w");
    ck_same_tensor(folder, name, "b", "wanted-p", "b");
    for (size_t i = 0; i < 4; i++)
        ck_same_tensor(folder, commands[which].state, arrays[i], "wanted-s", arrays[i]);
}

static int run_killed(const char *folder, const char *line, int at)
{
    child result;
    child_run_as(&result, &(child_setup){.folder = folder, .kill_at = at}, line);
    ck_assert_msg(result.ending == SIGKILL || result.code == 0, "call %d: code %d, signal %d: %s",
                  at, result.code, result.ending, result.err);
    return result.ending == SIGKILL;
}

static void ck_no_temporaries(const char *folder)
{
    char listing[FOLDER_LISTING];
    folder_list(folder, listing);
    ck_assert_msg(!strstr(listing, ".clstep"), "left over:\n%s", listing);
}

START_TEST(killed_anywhere)
{
    char wanted[FOLDER_PATH];
    int at = 1;
    folder_create(wanted);
    make_wanted(wanted, (size_t)_i);
    for (;; at++) {
        char folder[FOLDER_PATH], said[32];
        child again;
        folder_create(folder);
        make_inputs(folder);
        if (!run_killed(folder, commands[_i].line, at))
            break;
        child_run(&again, folder, NULL, commands[_i].line);
        ck_assert_msg(again.code == 0, "killed at call %d, then: %s", at, again.err);
        snprintf(said, sizeof said, "step %d: ", commands[_i].step);
        ck_assert_msg(strstr(again.out, said), "killed at call %d, then: %s", at, again.out);
        ck_same_pair(folder, wanted, "-wanted", (size_t)_i);
        ck_no_temporaries(folder);
        done(folder, commands[_i].after);
        ck_same_pair(folder, wanted, "", (size_t)_i);
        ck_assert_int_lt(at, CALLS_MOST);
    }
    /* fsync of both, each with its folder, and of the note; three renames, each with an fsync */
    ck_assert_int_gt(at, 11);
}
END_TEST

/* A folder in which the note of a step stands, and nothing is renamed yet. */
static void make_noted(char folder[FOLDER_PATH], const char *line)
{
    char listing[FOLDER_LISTING];
    for (int at = 1; at < CALLS_MOST; at++) {
        folder_create(folder);
        make_inputs(folder);
        ck_assert(run_killed(folder, line, at));
        folder_list(folder, listing);
        if (strstr(listing, ".s1.clstep-apply "))
            return;
    }
    ck_abort_msg("no call is behind the note");
}

/* Other gradients are another step. */
START_TEST(next_command)
{
    char wanted[FOLDER_PATH], folder[FOLDER_PATH];
    child result;
    folder_create(wanted);
    make_wanted(wanted, 1);
    make_noted(folder, commands[1].line);
    child_run(&result, folder, NULL, commands[1].after);
    ck_assert_int_eq(result.code, 0);
    ck_assert_ptr_nonnull(strstr(result.err, "step 2 of an earlier run, which was cut off, is "));
    ck_assert_ptr_nonnull(strstr(result.out, "step 3: 2 tensors"));
    ck_same_pair(folder, wanted, "", 1);
    ck_no_temporaries(folder);
}
END_TEST

/* Who changes a file meanwhile loses nothing. */
START_TEST(changed_meanwhile)
{
    char folder[FOLDER_PATH], before[FOLDER_LISTING], after[FOLDER_LISTING], note[FOLDER_PATH + 64];
    child result;
    make_noted(folder, commands[1].line);
    make_file(folder, "p1", params, 2);
    folder_list(folder, before);
    child_run(&result, folder, NULL, commands[1].line);
    ck_assert_int_eq(result.code, 1);
    ck_assert_ptr_nonnull(strstr(result.err, "p1 has been changed since"));
    ck_assert_ptr_nonnull(strstr(result.err, "remove "));
    ck_same_tensor(folder, "p1", "w", "p", "w");
    folder_list(folder, after);
    ck_assert_str_eq(before, after);
    snprintf(note, sizeof note, "%s/.s1.clstep-apply", folder);
    ck_assert_int_eq(unlink(note), 0);
    done(folder, commands[1].line);
    ck_no_temporaries(folder);
}
END_TEST

/* A step is not taken for the first one because its state was forgotten. */
START_TEST(forgotten_state)
{
    char folder[FOLDER_PATH];
    child result;
    folder_create(folder);
    make_inputs(folder);
    child_run(&result, folder, NULL,
              "apply --params @/p1 --grads @/g --out-params @/p2 --out-state @/s2");
    ck_assert_int_eq(result.code, 1);
    ck_assert_ptr_nonnull(strstr(result.err, "has taken 1 step; give the state"));
    done(folder, "apply --params @/p1 --grads @/g --out-params @/p2 --out-state @/s2 --new-state");
}
END_TEST

Suite *apply_killed_suite(void)
{
    Suite *suite = suite_create("apply_killed");
    TCase *tests = tcase_create("apply_killed");
    tcase_add_loop_test(tests, killed_anywhere, 0, COMMANDS);
    tcase_add_test(tests, next_command);
    tcase_add_test(tests, changed_meanwhile);
    tcase_add_test(tests, forgotten_state);
    suite_add_tcase(suite, tests);
    return suite;
}
