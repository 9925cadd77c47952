/* clstep apply: what it makes of files, and what it refuses with every file left as it was. */
#include "child.h"
#include "folder.h"
#include "suites.h"
#include "tensors.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- files */

static const entry params[] = {{"w", "F32", {3, 5}, 2, 1.5f}, {"b", "F32", {5}, 1, -0.25f}};
static const entry grads[] = {{"b", "F32", {5}, 1, 0.125f}, {"w", "F32", {3, 5}, 2, -0.5f}};

static void make_pair(const char *folder)
{
    make_file(folder, "p", params, 2);
    make_file(folder, "g", grads, 2);
}

/* ---- refusals */

static const struct {
    const char *line;
    int code;
    const char *said;
} refusals[] = {
    {"", 2, "--params is missing"},
    {"--params @/p", 2, "--grads is missing"},
    {"--params @/p --grads @/g", 2, "--out-params is missing"},
    {"--params @/p --grads @/g --out-params @/p2", 2, "--out-state is missing"},
    {"--params @/p --grads @/g --out-params @/x --out-state @/./x", 2, "one file"},
    {"--params @/p --grads @/g --out-params @/g --out-state @/s", 2, "replace an input"},
    {"--params @/p --grads @/g --out-params @/p2 --out-state @/p", 2, "replace an input"},
    {"--params @/p --grads @/g --state @/s1 --out-params @/s1 --out-state @/s", 2,
     "replace an input"},
    {"--params @/p --grads @/g --state @/p --out-params @/p --out-state @/s", 2,
     "no file that is both"},
    {"--params @/p --grads @/g --state @/p --out-params @/p2 --out-state @/p", 2,
     "no file that is both"},
    {"--params @/none --grads @/g --out-params @/p2 --out-state @/s", 1, "/none\"; check the path"},
    {"--params @/p --grads @/none --out-params @/p2 --out-state @/s", 1, "/none\"; check the path"},
    {"--params @/p --grads @/g --state @/none --out-params @/p2 --out-state @/s", 1,
     "there is no file \""},
    {"--params @/text --grads @/g --out-params @/p2 --out-state @/s", 1, "text"},
    {"--params @/p --grads @/text --out-params @/p2 --out-state @/s", 1, "text"},
    {"--params @/p --grads @/g --state @/g --out-params @/p2 --out-state @/s", 1,
     "no checkpoint of clstep"},
    {"--params @/p --grads @/g-less --out-params @/p2 --out-state @/s", 1, "no gradient for \"w\""},
    {"--params @/p --grads @/g-more --out-params @/p2 --out-state @/s", 1,
     "lacks; remove or rename it"},
    {"--params @/p --grads @/g-more --partial --out-params @/p2 --out-state @/s", 1,
     "gradient of \"extra\""},
    {"--params @/p --grads @/g-shape --out-params @/p2 --out-state @/s", 1,
     "/p, but its gradient has [15] in "},
    {"--params @/p --grads @/g-shape --out-params @/p2 --out-state @/s", 1,
     "/g-shape; reshape the gradient"},
    {"--params @/p --grads @/g-dtype --out-params @/p2 --out-state @/s", 1,
     "F32, BF16 and F16 can be updated"},
    {"--params @/p --grads @/g-nan --out-params @/p2 --out-state @/s", 1,
     "the gradient of \"b\" is NaN at element 0"},
    {"--params @/p --grads @/g-inf --out-params @/p2 --out-state @/s", 1,
     "the gradient of \"b\" is infinite at element 0"},
    {"--params @/p --grads @/g-large --out-params @/p2 --out-state @/s", 1,
     "square_avg of \"b\" is infinite at element 0 after the step"},
    {"--params @/odd --grads @/g-odd --out-params @/p2 --out-state @/s", 1,
     "has a gradient of \"b?[31m?red??\", which"},
    {"--params @/p --grads @/g-long --out-params @/p2 --out-state @/s", 1, "xxx\", which"},
    {"--params @/p --grads @/g --out-params @/p2 --out-state @/s --lr -1", 2, "lr is -1"},
    {"--params @/p --grads @/g --out-params @/p2 --out-state @/s --preset none", 2, "none"},
    {"--params @/p --grads @/g --out-params @/p2 --out-state @/s --device nothing-such", 1,
     "nothing-such"},
    {"--params @/p --grads @/g --out-params @/missing/p2 --out-state @/s", 1, "missing"},
    {"--params @/p --grads @/g --out-params @/p2 --out-state @/folder", 1, "folder"},
    {"--params @/p --grads @/g --state @/s1 --new-state --out-params @/p2 --out-state @/s", 2,
     "either --state or --new-state"},
    {"--params @/more --grads @/g-more --state @/s1 --out-params @/p2 --out-state @/s", 1,
     "has no state of \"extra\""},
    {"--params @/less --grads @/g-less --state @/s1 --out-params @/p2 --out-state @/s", 1,
     "/less lacks; give the state that belongs to "},
    {"--params @/p-resized --grads @/g-resized --state @/s1 --out-params @/p2 --out-state @/s", 1,
     "/s1 has 5; give the state that belongs to "},
    {"--params @/p1 --grads @/g --state @/s2 --out-params @/p2 --out-state @/s", 1,
     "is of step 1, but"},
};

static void make_refused(const char *folder)
{
    static const entry less[] = {{"b", "F32", {5}, 1, 1}};
    static const entry more[] = {
        {"b", "F32", {5}, 1, 1}, {"w", "F32", {3, 5}, 2, 1}, {"extra", "F32", {1}, 1, 1}};
    static const entry shape[] = {{"b", "F32", {5}, 1, 1}, {"w", "F32", {15}, 1, 1}};
    static const entry dtype[] = {{"b", "F32", {5}, 1, 1}, {"w", "I32", {3, 5}, 2, 1}};
    static const entry resized[] = {{"b", "F32", {6}, 1, 1}, {"w", "F32", {3, 5}, 2, 1}};
    static const entry large[] = {{"b", "F32", {5}, 1, 1e22f}, {"w", "F32", {3, 5}, 2, 1}};
    static const entry odd[] = {{"a\033[31m\nred\xC2\x9B", "F32", {5}, 1, 1}};
    static const entry odd_grad[] = {{"b\033[31m\nred\xC2\x9B", "F32", {5}, 1, 1}};
    const entry infinite[] = {{"b", "F32", {5}, 1, 1.0f / 0.0f}, {"w", "F32", {3, 5}, 2, 1}};
    const entry not_a_number[] = {{"b", "F32", {5}, 1, 0.0f / 0.0f}, {"w", "F32", {3, 5}, 2, 1}};
    make_pair(folder);
    make_file(folder, "g-less", less, 1);
    make_file(folder, "less", less, 1);
    make_file(folder, "g-more", more, 3);
    make_file(folder, "more", more, 3);
    make_file(folder, "g-shape", shape, 2);
    make_file(folder, "g-dtype", dtype, 2);
    make_file(folder, "g-nan", not_a_number, 2);
    make_file(folder, "g-inf", infinite, 2);
    make_file(folder, "g-large", large, 2);
    char name[3001] = "";
    const entry long_name = {name, "F32", {5}, 1, 1};
    memset(name, 'x', sizeof name - 1);
    make_file(folder, "g-long", &long_name, 1);
    make_file(folder, "odd", odd, 1);
    make_file(folder, "g-odd", odd_grad, 1);
    make_file(folder, "p-resized", resized, 2);
    make_file(folder, "g-resized", resized, 2);
    folder_write(folder, "text", "this is no such file", 20);
    char path[FOLDER_PATH + 64];
    snprintf(path, sizeof path, "mkdir %s/folder", folder);
    ck_assert_int_eq(system(path), 0);
    done(folder, "apply --params @/p --grads @/g --out-params @/p1 --out-state @/s1");
    done(folder, "apply --params @/p1 --grads @/g --state @/s1 --out-params @/p3 --out-state @/s2");
}

START_TEST(refuses)
{
    char folder[FOLDER_PATH], before[FOLDER_LISTING], after[FOLDER_LISTING], line[512];
    folder_create(folder);
    make_refused(folder);
    folder_list(folder, before);
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        child result;
        snprintf(line, sizeof line, "apply %s", refusals[i].line);
        child_run(&result, folder, NULL, line);
        ck_assert_msg(result.code == refusals[i].code && strstr(result.err, refusals[i].said),
                      "%s: code %d, no \"%s\" in: %s", line, result.code, refusals[i].said,
                      result.err);
        ck_assert_msg(strchr(result.err, '\n') == result.err + strlen(result.err) - 1,
                      "%s: more than a sentence: %s", line, result.err);
        ck_assert_str_eq(result.out, "");
        folder_list(folder, after);
        ck_assert_msg(strcmp(before, after) == 0, "%s: files changed:\n%s", line, after);
    }
}
END_TEST

/* Names that differ and lead to one file that is not there yet. */
START_TEST(same_outputs)
{
    char folder[FOLDER_PATH], command[2 * FOLDER_PATH + 64];
    child result;
    folder_create(folder);
    make_pair(folder);
    snprintf(command, sizeof command, "cd %s && ln -s l2 l1 && ln -s %s/s l2", folder, folder);
    ck_assert_int_eq(system(command), 0);
    child_run(&result, folder, NULL,
              "apply --params @/p --grads @/g --out-params @/l1 --out-state @/s");
    ck_assert_int_eq(result.code, 2);
    ck_assert_ptr_nonnull(strstr(result.err, "are one file"));
}
END_TEST

/* ---- what is made */

START_TEST(in_place)
{
    char folder[FOLDER_PATH], listing[FOLDER_LISTING];
    folder_create(folder);
    make_pair(folder);
    make_file(folder, "q", params, 2);
    done(folder,
         "apply --params @/p --grads @/g --out-params @/p1 --out-state @/s1 --momentum 0.5");
    done(folder, "apply --params @/p1 --grads @/g --state @/s1 --out-params @/p2 --out-state @/s2");
    done(folder, "apply --params @/q --grads @/g --out-params @/q --out-state @/t --momentum 0.5");
    done(folder, "apply --params @/q --grads @/g --state @/t --out-params @/q --out-state @/t");
    static const char *const arrays[] = {"w.square_avg", "b.square_avg", "w.momentum_buffer"};
    ck_same_tensor(folder, "q", "w", "p2", "w");
    ck_same_tensor(folder, "q", "b", "p2", "b");
    for (size_t i = 0; i < 3; i++)
        ck_same_tensor(folder, "t", arrays[i], "s2", arrays[i]);
    folder_list(folder, listing); /* no temporary file */
    ck_assert_ptr_null(strstr(listing, ".clstep"));
    size_t count;
    float *old = read_tensor(folder, "p", "w", &count);
    float *new = read_tensor(folder, "q", "w", &count);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(new[i] > old[i], "the gradient is negative, so w must grow");
    free(old);
    free(new);
}
END_TEST

/* In BF16 the numbers of this step are exact, and so are those of F32 cut to 16 bits. */
START_TEST(formats)
{
    static const entry upper[] = {{"w", "BF16", {3, 5}, 2, 1.5f}, {"b", "F32", {5}, 1, -0.25f}};
    static const entry upper_grads[] = {{"b", "BF16", {5}, 1, 0.125f},
                                        {"w", "F32", {3, 5}, 2, -0.5f}};
    char folder[FOLDER_PATH];
    folder_create(folder);
    make_pair(folder);
    make_file(folder, "p-upper", upper, 2);
    make_file(folder, "g-upper", upper_grads, 2);
    done(folder, "apply --params @/p --grads @/g --out-params @/q --out-state @/s --preset sgd "
                 "--lr 0.5");
    done(folder, "apply --params @/p-upper --grads @/g-upper --out-params @/q-upper --out-state "
                 "@/s-upper --preset sgd --lr 0.5");
    ck_same_tensor(folder, "q", "b", "q-upper", "b");
    size_t count, halves;
    float *whole = read_tensor(folder, "q", "w", &count);
    float *cut = read_tensor(folder, "q-upper", "w", &halves);
    ck_assert_uint_eq(count, 15);
    for (size_t i = 0; i < count; i++)
        ck_assert_mem_eq((char *)cut + 2 * i, (char *)&whole[i] + 2, 2);
    free(whole);
    free(cut);
}
END_TEST

/* What has no gradient stays as it is, whatever its type, and so does its state. */
START_TEST(partial)
{
    static const entry model[] = {{"w", "F32", {3, 5}, 2, 1.5f},
                                  {"counter", "I64", {1}, 0, 3},
                                  {"frozen", "F32", {7}, 1, 2},
                                  {"b", "F32", {5}, 1, -0.25f}};
    static const entry first[] = {{"b", "F32", {5}, 1, 1}, {"w", "F32", {3, 5}, 2, 1}};
    static const entry second[] = {{"w", "F32", {3, 5}, 2, 1}};
    char folder[FOLDER_PATH];
    folder_create(folder);
    make_file(folder, "p", model, 4);
    make_file(folder, "g1", first, 2);
    make_file(folder, "g2", second, 1);
    done(folder, "apply --params @/p --grads @/g1 --partial --out-params @/p1 --out-state @/s1");
    done(folder, "apply --params @/p1 --grads @/g2 --state @/s1 --partial --out-params @/p2 "
                 "--out-state @/s2");
    ck_same_tensor(folder, "p2", "counter", "p", "counter");
    ck_same_tensor(folder, "p2", "frozen", "p", "frozen");
    ck_same_tensor(folder, "p2", "b", "p1", "b");
    ck_same_tensor(folder, "s2", "b.square_avg", "s1", "b.square_avg");
    size_t count;
    float *before = read_tensor(folder, "p1", "w", &count);
    float *after = read_tensor(folder, "p2", "w", &count);
    ck_assert(memcmp(before, after, count * sizeof(float)) != 0);
    free(before);
    free(after);
}
END_TEST

/* The tensors of a checkpoint take a step without its state only if that is asked for: what is made
 * is no checkpoint any more. */
START_TEST(checkpoint_as_params)
{
    static const entry grad[] = {{"b", "F32", {5}, 1, 1}};
    char folder[FOLDER_PATH], path[FOLDER_PATH + 64];
    clstep_safetensors *file;
    clstep_checkpoint *checkpoint;
    folder_create(folder);
    make_file(folder, "b", grad, 1);
    make_file(folder, "none", NULL, 0);
    done(folder, "apply --params @/b --grads @/b --out-params @/p1 --out-state @/s1");
    child result;
    child_run(&result, folder, NULL,
              "apply --params @/s1 --grads @/none --partial --out-params @/p2 --out-state @/s2");
    ck_assert_int_eq(result.code, 1);
    ck_assert_ptr_nonnull(
        strstr(result.err, "has taken 1 step, and has the state in the same file"));
    done(folder, "apply --params @/s1 --grads @/none --partial --new-state --out-params @/p2 "
                 "--out-state @/s2");
    snprintf(path, sizeof path, "%s/p2", folder);
    ck_assert_int_eq(clstep_safetensors_open(&file, path), CLSTEP_OK);
    ck_assert_str_eq(clstep_safetensors_metadata(file, "clstep.step"), "1");
    clstep_safetensors_close(file);
    ck_assert_int_eq(clstep_checkpoint_open(&checkpoint, path), CLSTEP_INVALID_FILE);
}
END_TEST

/* Batches end in the middle of tensors. Both ways have the same elements in the same order. */
START_TEST(batches)
{
    enum { LONG = 9000000 };
    static const entry whole[] = {{"all", "F32", {LONG}, 1, 0.5f}};
    static const entry parts[] = {{"0", "F32", {1000}, 1, 0.5f},
                                  {"1", "F32", {LONG - 3000}, 1, 0.5f},
                                  {"2", "F32", {2000}, 1, 0.5f}};
    char folder[FOLDER_PATH];
    folder_create(folder);
    make_file(folder, "p", whole, 1);
    make_file(folder, "q", parts, 3);
    done(folder,
         "apply --params @/p --grads @/p --out-params @/p1 --out-state @/s1 --preset torch");
    done(folder,
         "apply --params @/q --grads @/q --out-params @/q1 --out-state @/t1 --preset torch");
    size_t count, part, at = 0;
    float *all = read_tensor(folder, "p1", "all", &count);
    float *state = read_tensor(folder, "s1", "all.square_avg", &count);
    for (size_t i = 0; i < 3; i++) {
        char name[24];
        snprintf(name, sizeof name, "%zu.square_avg", i);
        float *values = read_tensor(folder, "t1", name, &part);
        ck_assert(memcmp(values, state + at, part * sizeof(float)) == 0);
        free(values);
        name[1] = '\0';
        values = read_tensor(folder, "q1", name, &part);
        ck_assert(memcmp(values, all + at, part * sizeof(float)) == 0);
        free(values);
        at += part;
    }
    ck_assert_uint_eq(at, count);
    free(all);
    free(state);
}
END_TEST

/* Stopped at any moment: old files or new ones, nothing else. */
START_TEST(interrupted)
{
    enum { LONG = 30000000 };
    static const entry whole[] = {{"all", "F32", {LONG}, 1, 0.5f}};
    char folder[FOLDER_PATH], before[FOLDER_LISTING], after[FOLDER_LISTING];
    folder_create(folder);
    make_file(folder, "p", whole, 1);
    done(folder, "apply --params @/p --grads @/p --out-params @/p1 --out-state @/s1");
    folder_list(folder, before);
    int stopped = 0;
    for (int i = 0; i < 4; i++) {
        const child_setup setup = {.folder = folder};
        child result;
        child_start(&result, &setup,
                    "apply --params @/p1 --grads @/p --state @/s1 --out-params @/p1 "
                    "--out-state @/s1");
        const struct timespec pause = {.tv_nsec = 120000000L * (i + 1)};
        nanosleep(&pause, NULL);
        kill(result.pid, i % 2 ? SIGTERM : SIGINT);
        child_wait(&result);
        stopped += result.code != 0;
        folder_list(folder, after);
        ck_assert_str_eq(before, after);
    }
    ck_assert_int_gt(stopped, 0);
    done(folder, "apply --params @/p1 --grads @/p --state @/s1 --out-params @/p1 --out-state @/s1");
}
END_TEST

/* What ends the program while it writes, but for SIGKILL, leaves nothing: a message to a pipe that
 * nobody reads, and a limit on the size of files. */
START_TEST(no_way_to_go_on)
{
    static const entry bad[] = {{"w", "F32", {3, 5}, 2, 1}, {"b", "F32", {5}, 1, 1e22f}};
    char folder[FOLDER_PATH], before[FOLDER_LISTING], after[FOLDER_LISTING];
    folder_create(folder);
    make_pair(folder);
    make_file(folder, "bad", bad, 2);
    folder_list(folder, before);
    child result;
    child_run_as(&result, &(child_setup){.folder = folder, .unread = 1},
                 "apply --params @/p --grads @/bad --out-params @/p --out-state @/s");
    ck_assert_int_eq(result.ending, SIGPIPE);
    folder_list(folder, after);
    ck_assert_str_eq(before, after);
    child_run_as(&result, &(child_setup){.folder = folder, .limited = 1},
                 "apply --params @/p --grads @/g --out-params @/p --out-state @/s");
    ck_assert_int_eq(result.ending, 0);
    ck_assert_int_eq(result.code, 1);
    folder_list(folder, after);
    ck_assert_str_eq(before, after);
}
END_TEST

Suite *apply_suite(void)
{
    Suite *suite = suite_create("apply");
    TCase *tests = tcase_create("apply");
    tcase_add_test(tests, refuses);
    tcase_add_test(tests, in_place);
    tcase_add_test(tests, formats);
    tcase_add_test(tests, partial);
    tcase_add_test(tests, checkpoint_as_params);
    tcase_add_test(tests, batches);
    tcase_add_test(tests, interrupted);
    tcase_add_test(tests, no_way_to_go_on);
    tcase_add_test(tests, same_outputs);
    suite_add_tcase(suite, tests);
    return suite;
}
