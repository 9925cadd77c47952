/* clstep apply and states that it has not written: those of the library that it goes on with, and
 * those in other formats, which it refuses. */
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

Suite *apply_states_suite(void)
{
    Suite *suite = suite_create("apply_states");
    TCase *tests = tcase_create("apply_states");
    tcase_add_loop_test(tests, other_formats, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tests, counts_of_the_library);
    suite_add_tcase(suite, tests);
    return suite;
}
