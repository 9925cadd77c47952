/* clstep convert: what it makes of files, and what it refuses with every file left as it was. */
#include "child.h"
#include "folder.h"
#include "suites.h"
#include "tensors.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A state of PyTorch after 5 steps, in a file that does not tell its rule. */
static const entry torch[] = {{"w", "F32", {3, 5}, 2, 1.5f},
                              {"w.square_avg", "F32", {3, 5}, 2, 0.25f},
                              {"w.momentum_buffer", "F32", {3, 5}, 2, -0.5f},
                              {"w.step", "F32", {0}, 0, 40}};
/* The same without momentum, and without the count. */
static const entry plain[] = {{"w.square_avg", "F32", {3, 5}, 2, 0.25f}};
static const entry half[] = {{"w.square_avg", "F32", {3, 5}, 2, 0.25f},
                             {"w.momentum_buffer", "F32", {2, 5}, 2, -0.5f},
                             {"w.step", "F32", {0}, 0, 40}};
static const entry keras[] = {{"rmsprop/w_velocity", "F32", {4}, 1, 0.25f},
                              {"rmsprop/learning_rate", "F32", {0}, 0, 2},
                              {"rmsprop/iteration", "F32", {0}, 0, 56}};

static void make_files(const char *folder)
{
    const entry nan[] = {{"w.square_avg", "F32", {4}, 1, 0.0f / 0.0f},
                         {"w.step", "F32", {0}, 0, 40}};
    make_file(folder, "torch", torch, 4);
    make_file(folder, "plain", plain, 1);
    make_file(folder, "half", half, 3);
    make_file(folder, "keras", keras, 3);
    make_file(folder, "nan", nan, 2);
    folder_write(folder, "text", "this is no such file", 20);
    done(folder, "convert --from torch --to clstep --in @/torch --out @/told --momentum 0.9");
}

/* ---- refusals */

static const struct {
    const char *line;
    int code;
    const char *said;
} refusals[] = {
    {"", 2, "--from is missing"},
    {"--from torch", 2, "--to is missing"},
    {"--from torch --to clstep", 2, "--in is missing"},
    {"--from torch --to clstep --in @/torch", 2, "--out is missing"},
    {"--from torch --to clstep --in @/torch --out @/o extra", 2, "options only"},
    {"--from torch --to clstep --in @/none --out @/o", 1, "/none\"; check the path"},
    {"--from torch --to clstep --in @/text --out @/o", 1, "text: "},
    {"--from lasagne --to clstep --in @/torch --out @/o", 2, "--from takes clstep, torch, "},
    {"--from lasagne --to clstep --in @/torch --out @/o --lr 1", 2, "--from takes"},
    {"--from torch --to lasagne --in @/torch --out @/o --momentum 0.9", 2, "--to takes"},
    {"--from clstep --to torch --in @/torch --out @/o", 1, "torch: the file is no checkpoint"},
    {"--from clstep --to torch --in @/torch --out @/o --lr 1", 1, "no checkpoint"},
    {"--from torch --to clstep --in @/plain --out @/o", 2, "were taken; give --steps"},
    {"--from torch --to clstep --in @/plain --out @/o --steps some", 2, "--steps takes a count"},
    {"--from torch --to clstep --in @/torch --out @/o --steps 4", 2, "--steps is 4, but"},
    {"--from torch --to clstep --in @/told --out @/o --steps 5", 2, "leave --steps out"},
    {"--from torch --to clstep --in @/torch --out @/o", 1,
     "torch: \"w.momentum_buffer\" is no array of this rule"},
    {"--from torch --to clstep --in @/torch --out @/o --momentum 0.9 --centered", 1,
     "\"w.grad_avg\" is missing"},
    {"--from torch --to clstep --in @/half --out @/o --momentum 0.9", 1, "has another shape"},
    {"--from torch --to clstep --in @/nan --out @/o", 1, "nan: square_avg of \"w\" is NaN"},
    {"--from torch --to clstep --in @/torch --out @/o --momentum -2", 2, "momentum is -2"},
    {"--from torch --to clstep --in @/torch --out @/o --preset none", 2, "none"},
    {"--from torch --to clstep --in @/told --out @/o --momentum -2", 2, "momentum is -2"},
    {"--from clstep --to clstep --in @/told --out @/o --rule rprop", 2, "no rule \"rprop\""},
    {"--from keras --to clstep --in @/keras --out @/o --rho 0.8", 2,
     "give the rule an --lr of 0.25"},
    {"--from clstep --to clstep --in @/told --out @/o --momentum 0", 1, "momentum buffer is lost"},
    {"--from clstep --to keras --in @/told --out @/o --rule adam", 1, "RMSprop only"},
    {"--from torch --to clstep --in @/told --out @/missing/o", 1, "missing"},
    {"--from torch --to clstep --in @/told --out @/folder", 1, "folder"},
};

START_TEST(refuses)
{
    char folder[FOLDER_PATH], before[FOLDER_LISTING], after[FOLDER_LISTING], line[512];
    folder_create(folder);
    make_files(folder);
    snprintf(line, sizeof line, "mkdir %s/folder", folder);
    ck_assert_int_eq(system(line), 0);
    folder_list(folder, before);
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        child result;
        snprintf(line, sizeof line, "convert %s", refusals[i].line);
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

/* A refusal names everything that is not exact, but for what only a look at the elements shows. */
START_TEST(refusal_names_all)
{
    static const char *const sentences[] = {
        "clstep: not exact: eps is on the other side of the root: ",
        "clstep: not exact: lr is outside the momentum buffer in the source and inside it in ",
        "clstep: the translation is not exact: the target rounds as keras does, the source as "
        "torch: "};
    char folder[FOLDER_PATH], before[FOLDER_LISTING], after[FOLDER_LISTING];
    child result;
    folder_create(folder);
    make_files(folder);
    folder_list(folder, before);
    child_run(&result, folder, NULL,
              "convert --from torch --to keras --in @/torch --out @/o --momentum 0.9");
    ck_assert_int_eq(result.code, 1);
    ck_assert_str_eq(result.out, "");
    const char *line = result.err;
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
        ck_assert_msg(strncmp(line, sentences[i], strlen(sentences[i])) == 0, "no \"%s\" in: %s",
                      sentences[i], result.err);
        line += strcspn(line, "\n") + 1;
    }
    ck_assert_str_eq(line, "");
    folder_list(folder, after);
    ck_assert_str_eq(before, after);
}
END_TEST

/* A refusal leaves the target what it was, byte for byte, in place too. */
START_TEST(refused_in_place)
{
    static char before[4096], after[4096];
    char folder[FOLDER_PATH];
    child result;
    folder_create(folder);
    make_files(folder);
    const size_t size = folder_read(folder, "told", before, sizeof before);
    child_run(&result, folder, NULL, "convert --from torch --to tf1 --in @/told --out @/told");
    ck_assert_int_eq(result.code, 1);
    ck_assert_uint_eq(folder_read(folder, "told", after, sizeof after), size);
    ck_assert_mem_eq(before, after, size);
}
END_TEST

/* ---- what is made */

static void said(child *result, const char *folder, const char *line, const char *part)
{
    child_run(result, folder, NULL, line);
    ck_assert_msg(result->code == 0 && result->err[0] == '\0', "%s: %s", line, result->err);
    ck_assert_msg(strstr(result->out, part), "%s: no \"%s\" in: %s", line, part, result->out);
}

static const char *const arrays[] = {"w", "w.square_avg", "w.momentum_buffer"};

START_TEST(exact)
{
    char folder[FOLDER_PATH];
    child result;
    folder_create(folder);
    make_files(folder);
    said(&result, folder, "convert --from clstep --to torch --in @/told --out @/back",
         "clstep to torch, exact\n");
    for (size_t i = 0; i < 3; i++) {
        ck_same_tensor(folder, "torch", arrays[i], "told", arrays[i]);
        ck_same_tensor(folder, "torch", arrays[i], "back", arrays[i]);
    }
    ck_same_tensor(folder, "torch", "w.step", "back", "w.step");
    said(&result, folder, "convert --from torch --to clstep --in @/plain --steps 3 --out @/three",
         "exact\n");
}
END_TEST

/* Each thing on a line of its own; the rest of the translation is done. */
START_TEST(inexact)
{
    char folder[FOLDER_PATH];
    child result;
    folder_create(folder);
    make_files(folder);
    said(&result, folder, "convert --from torch --to keras --inexact --in @/told --out @/k",
         "not exact: eps is on the other side of the root");
    size_t lines = 0;
    for (const char *line = result.out; *line; line = strchr(line, '\n') + 1, lines++)
        ck_assert_int_eq(strncmp(line, "not exact: ", 11), 0);
    ck_assert_uint_eq(lines, 4); /* roundings, eps, lr in the buffer, its elements */
    ck_same_tensor(folder, "k", "rmsprop/w_velocity", "torch", "w.square_avg");
    size_t count;
    float *buffer = read_tensor(folder, "k", "rmsprop/w_momentum", &count);
    for (size_t i = 0; i < count; i++) {
        const double wanted = -0.5 * (double)(i + 1) / 8 * (double)0.01f;
        ck_assert(buffer[i] == (float)wanted);
    }
    free(buffer);
}
END_TEST

/* A file that tells its rule may get another one. */
START_TEST(changed)
{
    char folder[FOLDER_PATH];
    child result;
    folder_create(folder);
    make_files(folder);
    said(&result, folder, "convert --from clstep --to clstep --in @/told --out @/told --lr 0.5",
         "exact\n");
    said(&result, folder, "convert --from clstep --to keras --inexact --in @/told --out @/k",
         "multiplied by lr (0.5)");
    said(&result, folder,
         "convert --from clstep --to clstep --inexact --momentum 0 --in @/told --out @/told",
         "not exact: the momentum buffer is lost");
    said(&result, folder, "convert --from clstep --to torch --in @/told --out @/told", "exact\n");
    said(&result, folder,
         "convert --from torch --to optax --inexact --preset optax --in @/told --out @/told",
         "the target rounds as optax does, the source as torch");
    ck_same_tensor(folder, "told", "nu.w", "torch", "w.square_avg");
}
END_TEST

/* Stopped at any moment: the old file or the new one, nothing else. */
START_TEST(interrupted)
{
    static const entry large[] = {{"w.square_avg", "F32", {30000000}, 1, 0.5f},
                                  {"w.step", "F32", {0}, 0, 40}};
    char folder[FOLDER_PATH], before[FOLDER_LISTING], after[FOLDER_LISTING];
    folder_create(folder);
    make_file(folder, "f", large, 2);
    done(folder, "convert --from torch --to clstep --in @/f --out @/f");
    folder_list(folder, before);
    int stopped = 0;
    for (int i = 0; i < 4; i++) {
        const child_setup setup = {.folder = folder};
        child result;
        child_start(&result, &setup, "convert --from clstep --to clstep --in @/f --out @/f");
        const struct timespec pause = {.tv_nsec = 40000000L * (i + 1)};
        nanosleep(&pause, NULL);
        kill(result.pid, i % 2 ? SIGTERM : SIGINT);
        child_wait(&result);
        stopped += result.ending != 0;
        folder_list(folder, after);
        ck_assert_str_eq(before, after);
    }
    ck_assert_int_gt(stopped, 0);
    done(folder, "convert --from clstep --to clstep --in @/f --out @/f");
}
END_TEST

Suite *convert_suite(void)
{
    Suite *suite = suite_create("convert");
    TCase *tests = tcase_create("convert");
    tcase_add_test(tests, refuses);
    tcase_add_test(tests, refusal_names_all);
    tcase_add_test(tests, refused_in_place);
    tcase_add_test(tests, exact);
    tcase_add_test(tests, inexact);
    tcase_add_test(tests, changed);
    tcase_add_test(tests, interrupted);
    suite_add_tcase(suite, tests);
    return suite;
}
