/* Saving and loading: no part of the state is lost, and a refused call changes nothing. */
#include "cases.h"
#include "checkpoint_files.h"
#include "layer_client.h"
#include "resume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void resume_elsewhere(size_t count)
{
    char number[24];
    snprintf(number, sizeof number, "%zu", count);
    const pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "device", "--resume", folder, number, (char *)NULL);
        _exit(127);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the other process failed");
}

/* What is saved depends on the arrays that a rule keeps, not on its roundings: all switches of
 * PyTorch's rules and of our own, of the other presets the plainest and the last. */
static size_t choose_cases(const char *preset, rule_case *cases)
{
    const size_t count = make_cases(preset, cases);
    const int arithmetic = cases[0].rule.rounding;
    if (count < 3 || (!getenv("CLSTEP_QUICK") && (arithmetic == preset_rule("hinton").rounding ||
                                                  arithmetic == preset_rule("torch").rounding)))
        return count;
    cases[1] = cases[count - 1];
    return 2;
}

/* The first step differs from the others for SGD, and with bias correction: the first cases are
 * saved before it too, behind the others. */
static size_t repeat_cases(rule_case *cases, size_t count)
{
    const size_t repeated = count < 2 ? count : 2;
    ck_assert_uint_le(count + repeated, CASES_MAX);
    memcpy(cases + count, cases, repeated * sizeof *cases);
    return repeated;
}

/* Kernels are built for each preset: 25 s of a CPU for all of them. */
static int every(void)
{
    return getenv("CLSTEP_QUICK") ? 10 : 1;
}

/* Whole runs against runs that stop in the middle and go on in a new process: the files must be
 * equal in every byte, parameters, state, rule and step. */
START_TEST(new_process)
{
    static rule_case cases[CASES_MAX];
    const size_t count = choose_cases(clstep_preset((size_t)(_i * every()))->name, cases);
    const size_t all = count + repeat_cases(cases, count);
    for (size_t i = 0; i < all; i++) {
        const unsigned half = i < count ? RESUME_HALF : 0;
        model m;
        model_open(&m, &cases[i].rule);
        model_train(&m, 0, half);
        model_save(&m, path("half", i));
        model_train(&m, half, RESUME_WHOLE);
        model_save(&m, path("whole", i));
        model_close(&m);
    }
    resume_elsewhere(all);
    for (size_t i = 0; i < all; i++)
        ck_same_file(cases[i].name, path("whole", i), path("resumed", i));
}
END_TEST

/* ---- refusals: the optimizer is what it was */

static clstep_rule momentum_rule(void)
{
    clstep_rule rule = preset_rule("torch");
    rule.momentum = 0.9;
    return rule;
}

static model trained(void)
{
    const clstep_rule rule = momentum_rule();
    model m;
    model_open(&m, &rule);
    model_train(&m, 0, RESUME_HALF);
    return m;
}

static clstep_load_options load_options(void)
{
    clstep_load_options options = CLSTEP_LOAD_OPTIONS_INIT;
    options.names = model_names;
    options.name_count = RESUME_GROUPS * RESUME_TENSORS;
    return options;
}

/* The checkpoint at `of` is refused, and the model's state stays bit for bit. */
static void refuse_load(model *m, const char *of, const clstep_load_options *options,
                        clstep_status wanted, const char *part)
{
    model_save(m, path("before", 0));
    clstep_checkpoint *checkpoint;
    ck_ok(clstep_checkpoint_open(&checkpoint, of));
    ck_refused(clstep_checkpoint_load(checkpoint, m->optimizer, the.queue, options), wanted, part);
    clstep_checkpoint_close(checkpoint);
    model_save(m, path("after", 0));
    ck_same_file(part, path("before", 0), path("after", 0));
}

START_TEST(loads_that_do_not_fit)
{
    model m = trained();
    model_save(&m, path("good", 0));
    clstep_load_options options = load_options();
    options.name_count = 3;
    refuse_load(&m, path("good", 0), &options, CLSTEP_INVALID_ARGUMENT, "name_count is 3");
    options = load_options();
    options.names = NULL;
    refuse_load(&m, path("good", 0), &options, CLSTEP_INVALID_ARGUMENT, "\"0.0\" of group 0");
    clstep_tensor_name twice[RESUME_GROUPS * RESUME_TENSORS];
    memcpy(twice, model_names, sizeof twice);
    twice[4].name = "dense.0.w";
    twice[4].shape = NULL;
    options = load_options();
    options.names = twice;
    refuse_load(&m, path("good", 0), &options, CLSTEP_INVALID_ARGUMENT, "given to two tensors");
    memcpy(twice, model_names, sizeof twice);
    twice[0].name = "a/b:0";
    twice[1].name = "bias";
    twice[0].shape = twice[1].shape = NULL;
    refuse_load(&m, path("good", 0), &options, CLSTEP_INVALID_ARGUMENT,
                "has 7 elements in the checkpoint");
    memcpy(twice, model_names, sizeof twice);
    const uint64_t wrong[] = {3, 5};
    twice[3].shape = wrong;
    refuse_load(&m, path("good", 0), &options, CLSTEP_INVALID_ARGUMENT, "makes 15 elements");
    model_close(&m);

    clstep_rule other = preset_rule("keras");
    other.momentum = 0.9;
    model_open(&m, &other);
    options = load_options();
    refuse_load(&m, path("good", 0), &options, CLSTEP_INVALID_ARGUMENT, "other switches");
    model_close(&m);
    other = preset_rule("torch");
    model_open(&m, &other);
    refuse_load(&m, path("good", 0), &options, CLSTEP_INVALID_ARGUMENT,
                "only one of them has momentum");
    model_close(&m);
}
END_TEST

START_TEST(loads_without_params)
{
    model m = trained();
    clstep_save_options save = CLSTEP_SAVE_OPTIONS_INIT;
    ck_ok(clstep_checkpoint_save(m.optimizer, the.queue, &save, path("unnamed", 0)));
    clstep_load_options options = CLSTEP_LOAD_OPTIONS_INIT;
    options.with_params = 1;
    refuse_load(&m, path("unnamed", 0), &options, CLSTEP_INVALID_ARGUMENT, "no parameter \"0.0\"");
    options.with_params = 0;
    options.keep_rules = 1;
    m.rules[0].lr = 0.125;
    ck_ok(clstep_optimizer_set_rule(m.optimizer, 0, &m.rules[0]));
    ck_ok(clstep_optimizer_set_steps(m.optimizer, 77));
    clstep_checkpoint *checkpoint;
    ck_ok(clstep_checkpoint_open(&checkpoint, path("unnamed", 0)));
    ck_ok(clstep_checkpoint_load(checkpoint, m.optimizer, the.queue, &options));
    clstep_rule rule = CLSTEP_RULE_INIT;
    ck_ok(clstep_optimizer_get_rule(m.optimizer, 0, &rule));
    ck_assert(rule.lr == 0.125);
    ck_assert_uint_eq(steps_of(m.optimizer), RESUME_HALF);
    options.keep_rules = 0;
    ck_ok(clstep_checkpoint_load(checkpoint, m.optimizer, the.queue, &options));
    ck_ok(clstep_optimizer_get_rule(m.optimizer, 0, &rule));
    ck_assert(rule.lr == momentum_rule().lr);
    clstep_checkpoint_close(checkpoint);
    model_close(&m);
}
END_TEST

static void poison(model *m, const char *state, float value)
{
    clstep_state_array array = CLSTEP_STATE_ARRAY_INIT;
    ck_ok(clstep_optimizer_find_state_array(m->optimizer, 1, 3, state, &array));
    write_buffer(array.buffer, array.offset + 160, &value, 1);
}

/* A state that cannot go on replaces no sound one, and is not loaded. */
START_TEST(bad_numbers)
{
    static const struct {
        const char *state;
        float value;
        const char *part;
    } bad[] = {{"square_avg", -1e-30f, "square_avg of \"2.dense.0.w\" is -1e-30 at element 160"},
               {"square_avg", 0.0f / 0.0f, "at element 160"},
               {"square_avg", 1.0f / 0.0f, "is inf at element 160"},
               {"momentum_buffer", -1.0f / 0.0f, "is -inf at element 160"},
               {"momentum_buffer", 0.0f / 0.0f, "momentum_buffer of \"2.dense.0.w\""}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        model m = trained();
        model_save(&m, path("good", 0));
        size_t size, size_now;
        char *before = contents(path("good", 0), &size);
        poison(&m, bad[i].state, bad[i].value);
        clstep_save_options save = CLSTEP_SAVE_OPTIONS_INIT;
        save.names = model_names;
        save.name_count = RESUME_GROUPS * RESUME_TENSORS;
        ck_refused(clstep_checkpoint_save(m.optimizer, the.queue, &save, path("good", 0)),
                   CLSTEP_INVALID_ARGUMENT, bad[i].part);
        char *now = contents(path("good", 0), &size_now);
        ck_assert(size == size_now && memcmp(before, now, size) == 0);
        ck_assert_uint_eq(count_files(), 1);
        model_save(&m, path("bad", 0)); /* allows NaN */
        model_close(&m);
        m = trained();
        const clstep_load_options options = load_options();
        refuse_load(&m, path("bad", 0), &options, CLSTEP_INVALID_FILE, "at element 160");
        model_close(&m);
        close_folder();
        strcpy(folder + strlen(folder) - 6, "XXXXXX");
        open_folder();
        free(before);
        free(now);
    }
}
END_TEST

START_TEST(memory)
{
    model m = trained();
    model_save(&m, path("file", 0));
    clstep_save_options save = CLSTEP_SAVE_OPTIONS_INIT;
    save.names = model_names;
    save.name_count = RESUME_GROUPS * RESUME_TENSORS;
    save.with_params = 1;
    void *bytes;
    size_t size, file_size;
    ck_ok(clstep_checkpoint_save_memory(m.optimizer, the.queue, &save, &bytes, &size));
    char *file = contents(path("file", 0), &file_size);
    ck_assert_uint_eq(size, file_size);
    ck_assert_int_eq(memcmp(bytes, file, size), 0);
    model_train(&m, RESUME_HALF, RESUME_WHOLE);
    model_save(&m, path("whole", 0));
    clstep_checkpoint *checkpoint;
    ck_ok(clstep_checkpoint_open_memory(&checkpoint, bytes, size));
    clstep_load_options options = load_options();
    options.with_params = 1;
    ck_ok(clstep_checkpoint_load(checkpoint, m.optimizer, the.queue, &options));
    clstep_checkpoint_close(checkpoint);
    clstep_store_free(bytes);
    model_train(&m, RESUME_HALF, RESUME_WHOLE);
    model_save(&m, path("again", 0));
    ck_same_file("from memory", path("whole", 0), path("again", 0));
    model_close(&m);
    free(file);
}
END_TEST

/* Every OpenCL read fails once: the old file stays, nothing is left over. Every write fails once:
 * that is told, and a second load is good. What is not written is not said to be. */
START_TEST(opencl_fails)
{
    layer_open();
    model m = trained();
    model_save(&m, path("good", 0));
    size_t size, size_now;
    char *before = contents(path("good", 0), &size);
    clstep_save_options save = CLSTEP_SAVE_OPTIONS_INIT;
    save.names = model_names;
    save.name_count = RESUME_GROUPS * RESUME_TENSORS;
    save.with_params = 1;
    unsigned place = 1;
    for (;; place++) {
        layer_fail(LAYER_TRANSFERS, place, CL_OUT_OF_RESOURCES, 0);
        const clstep_status status =
            clstep_checkpoint_save(m.optimizer, the.queue, &save, path("good", 0));
        layer_fail(-1, 0, 0, 0);
        if (status == CLSTEP_OK)
            break;
        ck_refused(status, CLSTEP_OPENCL_FAILED, "clEnqueueReadBuffer");
        char *now = contents(path("good", 0), &size_now);
        ck_assert(size == size_now && memcmp(before, now, size) == 0);
        free(now);
        ck_assert_uint_eq(count_files(), 1);
    }
    ck_assert_uint_gt(place, 3); /* a run of each of three arrays */
    free(before);
    clstep_checkpoint *checkpoint;
    ck_ok(clstep_checkpoint_open(&checkpoint, path("good", 0)));
    clstep_load_options options = load_options();
    options.with_params = 1;
    for (place = 1;; place++) {
        layer_fail(LAYER_TRANSFERS, place, CL_OUT_OF_RESOURCES, 0);
        const clstep_status status =
            clstep_checkpoint_load(checkpoint, m.optimizer, the.queue, &options);
        layer_fail(-1, 0, 0, 0);
        if (status == CLSTEP_OK)
            break;
        ck_refused(status, CLSTEP_OPENCL_FAILED, "could not be written to the device");
        ck_assert_int_eq(place > 1, strstr(clstep_last_error()->message, "load it again") != NULL);
    }
    ck_assert_uint_gt(place, 3);
    clstep_checkpoint_close(checkpoint);
    model_save(&m, path("again", 0));
    ck_same_file("after failures", path("good", 0), path("again", 0));
    model_close(&m);
}
END_TEST

/* A queue of another context moves nothing, and nobody says that it has. */
START_TEST(foreign_queue)
{
    model m = trained();
    model_save(&m, path("good", 0));
    cl_int code;
    cl_context context = clCreateContext(NULL, 1, &the.device, NULL, NULL, &code);
    ck_cl(code);
    cl_command_queue queue = clCreateCommandQueue(context, the.device, 0, &code);
    ck_cl(code);
    clstep_checkpoint *checkpoint;
    ck_ok(clstep_checkpoint_open(&checkpoint, path("good", 0)));
    const clstep_load_options options = load_options();
    ck_refused(clstep_checkpoint_load(checkpoint, m.optimizer, queue, &options),
               CLSTEP_INVALID_ARGUMENT, "queue belongs to another context");
    ck_assert_ptr_null(strstr(clstep_last_error()->message, "load it again"));
    ck_refused(clstep_checkpoint_save(m.optimizer, queue, NULL, path("bad", 0)),
               CLSTEP_INVALID_ARGUMENT, "queue belongs to another context");
    ck_assert_uint_eq(count_files(), 1);
    clstep_checkpoint_close(checkpoint);
    clReleaseCommandQueue(queue);
    clReleaseContext(context);
    model_save(&m, path("again", 0));
    ck_same_file("after a foreign queue", path("good", 0), path("again", 0));
    model_close(&m);
}
END_TEST

Suite *checkpoint_suite(void)
{
    Suite *suite = suite_create("checkpoint");
    TCase *tests = tcase_create("checkpoint");
    tcase_add_checked_fixture(tests, open_folder, close_folder);
    int presets = 0;
    while (clstep_preset((size_t)presets))
        presets++;
    /* Files are not what Oclgrind looks into, and processes take minutes there. */
    tcase_add_loop_test(tests, new_process, 0,
                        getenv("CLSTEP_NO_GATES") ? 2 : (presets - 1) / every() + 1);
    tcase_add_test(tests, loads_that_do_not_fit);
    tcase_add_test(tests, loads_without_params);
    tcase_add_test(tests, bad_numbers);
    tcase_add_test(tests, memory);
    tcase_add_test(tests, opencl_fails);
    tcase_add_test(tests, foreign_queue);
    suite_add_tcase(suite, tests);
    return suite;
}
