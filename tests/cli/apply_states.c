/* clstep apply and states that it has not written: those of the library that it goes on with, and
 * those in other formats or by another rule, which it refuses. */
#include "child.h"
#include "folder.h"
#include "suites.h"
#include "tensors.h"

#include <stdio.h>
#include <string.h>

static const entry params[] = {{"w", "F32", {3, 5}, 2, 24}, {"b", "F32", {5}, 1, 24}};
static const entry halves[] = {{"w", "BF16", {3, 5}, 2, 24}, {"b", "BF16", {5}, 1, 24}};
static const entry grads[] = {{"w", "F32", {3, 5}, 2, 8}, {"b", "F32", {5}, 1, 8}};

#define GROUP(more)                                                                                \
    "{\"format\":1,\"step\":3,\"groups\":[{\"preset\":\"torch\"," more                             \
    "\"tensors\":[\"w\",\"b\"]}]}"

static const struct {
    const char *params;
    const char *about;
    entry state[4];
    size_t count;
    const char *said;
} rows[] = {
    {"p",
     GROUP("\"state_dtype\":\"BF16\","),
     {{"w.square_avg", "BF16", {3, 5}, 2, 1}, {"b.square_avg", "BF16", {5}, 1, 1}},
     2,
     "square_avg of \"w\" is BF16 in "},
    {"p",
     GROUP("\"state_dtype\":\"U8\","),
     {{"w.square_avg", "U8", {3, 5}, 2, 0},
      {"w.square_avg.scale", "U32", {1}, 1, 0},
      {"b.square_avg", "U8", {5}, 1, 0},
      {"b.square_avg.scale", "U32", {1}, 1, 0}},
     4,
     "square_avg of \"w\" is U8 in "},
    {"h",
     GROUP("\"param_storage\":\"master\","),
     {{"w.square_avg", "F32", {3, 5}, 2, 1},
      {"w.param_master", "F32", {3, 5}, 2, 1},
      {"b.square_avg", "F32", {5}, 1, 1},
      {"b.param_master", "F32", {5}, 1, 1}},
     4,
     "has param_master or param_residual beside parameters of 16 bits"},
    {"p",
     GROUP(""),
     {{"w.square_avg", "F32", {5, 3}, 2, 1}, {"b.square_avg", "F32", {6}, 1, 1}},
     2,
     "\"b\" has 5 elements, but its state in "},
    {"p",
     GROUP("\"first_elements\":[0,5],"),
     {{"w.square_avg", "F32", {3, 5}, 2, 1}, {"b.square_avg", "F32", {5}, 1, 1}},
     2,
     "numbers the elements of \"b\" from 5 on, which is no multiple of 128"},
};

START_TEST(other_formats)
{
    char folder[FOLDER_PATH], before[FOLDER_LISTING], after[FOLDER_LISTING], line[256];
    child result;
    folder_create(folder);
    make_file(folder, "p", params, 2);
    make_file(folder, "h", halves, 2);
    make_file(folder, "g", grads, 2);
    make_file_of(folder, "s", rows[_i].state, rows[_i].count, NULL, rows[_i].about);
    folder_list(folder, before);
    snprintf(line, sizeof line,
             "apply --params @/%s --grads @/g --state @/s --out-params @/p2 --out-state @/s2",
             rows[_i].params);
    child_run(&result, folder, NULL, line);
    ck_assert_msg(result.code == 1 && strstr(result.err, rows[_i].said), "%d: %s", result.code,
                  result.err);
    ck_assert_ptr_null(strstr(result.err, "clstep_")); /* no words of the interface */
    folder_list(folder, after);
    ck_assert_str_eq(before, after);
}
END_TEST

/* As clstep_checkpoint_save() writes it where "b" was left out of two steps. */
START_TEST(counts_of_the_library)
{
    static const char about[] =
        "{\"format\":1,\"step\":3,\"seed\":0,\"groups\":[{\"preset\":\"adam\",\"lr\":0.01,"
        "\"tensors\":[\"w\",\"b\"],\"tensor_steps\":[3,1]}]}";
    static const entry state[] = {{"w.exp_avg", "F32", {3, 5}, 2, 0.5f},
                                  {"w.exp_avg_sq", "F32", {3, 5}, 2, 0.25f},
                                  {"b.exp_avg", "F32", {5}, 1, 0.5f},
                                  {"b.exp_avg_sq", "F32", {5}, 1, 0.25f}};
    char folder[FOLDER_PATH], path[FOLDER_PATH + 64];
    clstep_checkpoint *checkpoint = NULL;
    folder_create(folder);
    make_file(folder, "p", params, 2);
    make_file(folder, "g", grads, 2);
    make_file_of(folder, "s", state, 4, NULL, about);
    done(folder, "apply --params @/p --grads @/g --state @/s --out-params @/p2 --out-state @/s2");
    snprintf(path, sizeof path, "%s/s2", folder);
    ck_assert_int_eq(clstep_checkpoint_open(&checkpoint, path), CLSTEP_OK);
    ck_assert_uint_eq(clstep_checkpoint_steps(checkpoint), 4);
    ck_assert_uint_eq(clstep_checkpoint_tensor_steps(checkpoint, 0, 0), 4);
    ck_assert_uint_eq(clstep_checkpoint_tensor_steps(checkpoint, 0, 1), 2);
    clstep_checkpoint_close(checkpoint);
    /* "b" as of a state whose every tensor has taken one step */
    make_file_of(folder, "one", state, 4, NULL,
                 "{\"format\":1,\"step\":1,\"groups\":[{\"preset\":\"adam\",\"lr\":0.01,"
                 "\"tensors\":[\"w\",\"b\"]}]}");
    done(folder, "apply --params @/p --grads @/g --state @/one --out-params @/q2 --out-state @/t2");
    ck_same_tensor(folder, "p2", "b", "q2", "b");
    ck_same_tensor(folder, "s2", "b.exp_avg_sq", "t2", "b.exp_avg_sq");
}
END_TEST

/* Options that change more than numbers of the state's rule; "s" has no momentum, "m" has. */
static const struct {
    const char *state;
    const char *options;
    const char *said;
} changes[] = {
    {"s", "--lr 1 --centered",
     "/s may change, and --centered changes more; leave that out, or begin a new state: "
     "--new-state instead of --state"},
    {"s", "--preset keras", "/s may change, and --preset changes more"},
    {"s", "--preset adam",
     "/s is a state of RMSprop, and Adam cannot go on with it; leave out --preset, or begin a new "
     "state: --new-state instead of --state"},
    {"s", "--rule lion", "and Lion cannot go on with it; leave out --rule"},
    {"s", "--momentum 0.9",
     "/s has no momentum, and --momentum adds it; leave that out, or first add momentum: clstep "
     "convert --inexact --momentum X"},
    {"m", "--momentum 0",
     "/m has momentum, and --momentum takes it away; give --momentum X above 0, or first remove "
     "momentum: clstep convert --inexact --momentum 0"},
    {"m", "--preset hinton", "/m has momentum, and --preset takes it away"},
};

static void make_states(const char *folder)
{
    make_file(folder, "p", params, 2);
    make_file(folder, "g", grads, 2);
    done(folder, "apply --params @/p --grads @/g --out-params @/p1 --out-state @/s");
    done(folder, "apply --params @/p --grads @/g --out-params @/q1 --out-state @/m --momentum 1");
}

START_TEST(keeps_its_rule)
{
    char folder[FOLDER_PATH], before[FOLDER_LISTING], after[FOLDER_LISTING], line[256];
    child result;
    folder_create(folder);
    make_states(folder);
    folder_list(folder, before);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        snprintf(line, sizeof line,
                 "apply --params @/p1 --grads @/g --state @/%s --out-params @/p2 --out-state @/s2 "
                 "%s",
                 changes[i].state, changes[i].options);
        child_run(&result, folder, NULL, line);
        ck_assert_msg(result.code == 2 && strstr(result.err, changes[i].said), "%s: %d: %s", line,
                      result.code, result.err);
        ck_assert_ptr_eq(strchr(result.err, '\n'), result.err + strlen(result.err) - 1);
        ck_assert_str_eq(result.out, "");
    }
    folder_list(folder, after);
    ck_assert_str_eq(before, after);
}
END_TEST

/* What the messages advise. */
START_TEST(changes_its_momentum)
{
    char folder[FOLDER_PATH];
    child result;
    folder_create(folder);
    make_states(folder);
    child_run(&result, folder, NULL,
              "convert --from clstep --to clstep --inexact --momentum 0.9 --in @/s --out @/s");
    ck_assert_msg(result.code == 0, "%s", result.err);
    child_run(&result, folder, NULL,
              "convert --from clstep --to clstep --inexact --momentum 0 --in @/m --out @/m");
    ck_assert_msg(result.code == 0, "%s", result.err);
    done(folder, "apply --params @/p1 --grads @/g --state @/s --out-params @/p2 --out-state @/s2 "
                 "--momentum 0.8");
    done(folder, "apply --params @/q1 --grads @/g --state @/m --out-params @/q2 --out-state @/m2 "
                 "--momentum 0");
}
END_TEST

/* The step of a gradient that is clipped is that of one which was clipped before; the state tells
 * the next step to clip, and an option no longer to do so. Norms are refused. */
START_TEST(clips)
{
    static const entry param = {"w", "F32", {4}, 1, 24}, grad = {"w", "F32", {4}, 1, 0};
    static const float g[] = {3, -4, 0.25f, 12}, clipped[] = {2, -2, 0.25f, 2};
    char folder[FOLDER_PATH];
    child result;
    folder_create(folder);
    make_file(folder, "p", &param, 1);
    make_file_of(folder, "g", &grad, 1, g, NULL);
    make_file_of(folder, "h", &grad, 1, clipped, NULL);
    done(folder, "apply --params @/p --grads @/g --out-params @/p1 --out-state @/s1 --clip value "
                 "--clip-bound 2");
    done(folder, "apply --params @/p --grads @/h --out-params @/q1 --out-state @/t1");
    ck_same_tensor(folder, "p1", "w", "q1", "w");
    done(folder, "apply --params @/p1 --grads @/g --state @/s1 --out-params @/p2 --out-state @/s2");
    done(folder, "apply --params @/q1 --grads @/h --state @/t1 --out-params @/q2 --out-state @/t2");
    ck_same_tensor(folder, "p2", "w", "q2", "w");
    ck_same_tensor(folder, "s2", "w.square_avg", "t2", "w.square_avg");
    done(folder, "apply --params @/p2 --grads @/h --state @/s2 --out-params @/p3 --out-state @/s3 "
                 "--clip none --clip-bound 0");
    done(folder, "apply --params @/q2 --grads @/h --state @/t2 --out-params @/q3 --out-state @/t3");
    ck_same_tensor(folder, "p3", "w", "q3", "w");
    child_run(&result, folder, NULL,
              "apply --params @/p3 --grads @/g --state @/s3 --out-params @/p4 --out-state @/s4 "
              "--clip global-norm --clip-bound 1");
    ck_assert_int_eq(result.code, 2);
    ck_assert_ptr_nonnull(strstr(result.err, "cannot clip by a norm"));
    child_run(&result, folder, NULL,
              "apply --params @/p --grads @/g --out-params @/p4 --out-state @/s4 --clip norm "
              "--clip-bound 1");
    ck_assert_int_eq(result.code, 2);
}
END_TEST

/* Options of the rule change all groups, and the step tells the rule of each. A name from a file
 * could clear the terminal. */
START_TEST(several_groups)
{
    static const char about[] =
        "{\"format\":1,\"step\":3,\"seed\":0,\"groups\":[{\"preset\":\"torch\",\"lr\":0.01,"
        "\"weight_decay\":0.5,\"tensors\":[\"w\",\"v\"]},{\"preset\":\"torch\",\"lr\":0.02,"
        "\"tensors\":[\"b\\u001b\"]}]}";
    static const entry model[] = {
        {"w", "F32", {3, 5}, 2, 24}, {"v", "F32", {5}, 1, 24}, {"b\033", "F32", {5}, 1, 24}};
    static const entry state[] = {{"w.square_avg", "F32", {3, 5}, 2, 0.5f},
                                  {"v.square_avg", "F32", {5}, 1, 0.5f},
                                  {"b\033.square_avg", "F32", {5}, 1, 0.5f}};
    char folder[FOLDER_PATH], line[256];
    child result;
    folder_create(folder);
    make_file(folder, "p", model, 3);
    make_file_of(folder, "s", state, 3, NULL, about);
    for (int changed = 0; changed < 2; changed++) {
        snprintf(line, sizeof line,
                 "apply --params @/p --grads @/p --state @/s --out-params @/p2 --out-state @/s2%s",
                 changed ? " --weight-decay 0.25" : "");
        child_run(&result, folder, NULL, line);
        ck_assert_msg(result.code == 0, "%s", result.err);
        const char *first =
            strstr(result.out, "\ngroup 1 of 2: 2 tensors, the first is \"w\"\nrule: ");
        const char *second = strstr(result.out, "\ngroup 2 of 2: \"b?\"\nrule: ");
        ck_assert_msg(first && second && first < second, "%s", result.out);
        ck_assert_ptr_nonnull(strstr(first, "lr 0.01,"));
        ck_assert_ptr_nonnull(strstr(second, "lr 0.02,"));
        const char *decay = strstr(first, changed ? "weight decay 0.25" : "weight decay 0.5");
        ck_assert_msg(decay && decay < second, "%s", result.out);
        ck_assert_msg((strstr(second, "weight decay 0.25") != NULL) == changed, "%s", result.out);
    }
}
END_TEST

Suite *apply_states_suite(void)
{
    Suite *suite = suite_create("apply_states");
    TCase *tests = tcase_create("apply_states");
    tcase_add_loop_test(tests, other_formats, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tests, counts_of_the_library);
    tcase_add_test(tests, keeps_its_rule);
    tcase_add_test(tests, changes_its_momentum);
    tcase_add_test(tests, clips);
    tcase_add_test(tests, several_groups);
    suite_add_tcase(suite, tests);
    return suite;
}
