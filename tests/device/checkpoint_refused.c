/* Loads that are refused for other reasons than in the other suites: arguments, rules, files that
 * change, and loads at a wrong time. Each leaves every bit of the optimizer unchanged. */
#include "checkpoint_files.h"
#include "checkpoint_parts.h"
#include "layer_client.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Parameters, state, counts of steps, seed and rule: all that a checkpoint has. */
static void refuse(parts_model *m, const clstep_checkpoint *checkpoint,
                   const clstep_load_options *options, clstep_status wanted, const char *said)
{
    parts_saved before = parts_save(m, 1);
    ck_refused(clstep_checkpoint_load(checkpoint, m->optimizer, the.queue, options), wanted, said);
    ck_assert_str_eq(clstep_last_error()->call, "clstep_checkpoint_load");
    parts_saved after = parts_save(m, 1);
    ck_assert_msg(before.size == after.size && memcmp(before.bytes, after.bytes, after.size) == 0,
                  "\"%s\", but the optimizer has changed", said);
    parts_forget(&before);
    parts_forget(&after);
}

static void open_adam(void)
{
    open_folder();
    parts_rule = preset_rule("adam");
    parts_state_storage = CLSTEP_STATE_FULL;
    parts_param_dtype = CLSTEP_DTYPE_FLOAT32;
}

/* That has taken steps, which the one of the checkpoint has not. */
static parts_model trained(void)
{
    parts_model m = parts_make(abc, 3, 1);
    parts_step(&m, NULL);
    parts_step(&m, "001");
    return m;
}

START_TEST(arguments)
{
    clstep_tensor_name names[3] = {{.name = "a"}, {.name = ""}, {.name = "c"}};
    clstep_load_options options = parts_options(1, 0);
    parts_model old = parts_make(abc, 3, 1), m = trained();
    parts_saved file = parts_save(&old, 1);
    ck_refused(clstep_checkpoint_load(NULL, m.optimizer, the.queue, NULL), CLSTEP_INVALID_ARGUMENT,
               "checkpoint is NULL");
    ck_refused(clstep_checkpoint_load(file.checkpoint, NULL, the.queue, NULL),
               CLSTEP_INVALID_ARGUMENT, "optimizer is NULL");
    ck_refused(clstep_checkpoint_load(file.checkpoint, m.optimizer, NULL, NULL),
               CLSTEP_INVALID_ARGUMENT, "queue is NULL");
    options.names = names;
    options.name_count = 3;
    refuse(&m, file.checkpoint, &options, CLSTEP_INVALID_ARGUMENT,
           "names[1].name is NULL or empty");
    options.size = 0;
    refuse(&m, file.checkpoint, &options, CLSTEP_INVALID_ARGUMENT, "CLSTEP_LOAD_OPTIONS_INIT");
    parts_forget(&file);
    parts_drop(&old);
    parts_drop(&m);
}
END_TEST

/* The optimizer's rule is `rule`, the checkpoint's adam with amsgrad. */
START_TEST(other_rules)
{
    static const struct {
        const char *preset;
        int amsgrad, maximize;
    } rows[] = {{"adam", 0, 0}, {"adamw", 1, 0}, {"nadam", 0, 0}, {"torch", 0, 0}, {"adam", 1, 1}};
    clstep_load_options options = parts_options(1, 0);
    parts_rule.amsgrad = 1;
    parts_model old = parts_make(abc, 3, 1);
    parts_saved file = parts_save(&old, 1);
    parts_rule = preset_rule(rows[_i].preset);
    parts_rule.amsgrad = rows[_i].amsgrad;
    parts_rule.maximize = rows[_i].maximize;
    parts_model m = trained();
    refuse(&m, file.checkpoint, &options, CLSTEP_INVALID_ARGUMENT,
           "the rule of group 0 has other switches in the checkpoint");
    options.convert = options.keep_rules = 1; /* converts no rules */
    refuse(&m, file.checkpoint, &options, CLSTEP_INVALID_ARGUMENT,
           "create the optimizer with clstep_checkpoint_rule()");
    parts_forget(&file);
    parts_drop(&old);
    parts_drop(&m);
}
END_TEST

/* A checkpoint of a run that did not clip. */
START_TEST(clipping_from_now_on)
{
    clstep_load_options options = parts_options(1, 0);
    parts_model old = parts_make(abc, 3, 1);
    parts_saved file = parts_save(&old, 1);
    parts_rule.clip = _i ? CLSTEP_CLIP_GLOBAL_NORM : CLSTEP_CLIP_VALUE;
    parts_rule.clip_bound = 1;
    parts_model m = trained();
    options.keep_rules = _i;
    ck_ok(clstep_checkpoint_load(file.checkpoint, m.optimizer, the.queue, &options));
    clstep_rule rule = CLSTEP_RULE_INIT;
    ck_ok(clstep_optimizer_get_rule(m.optimizer, 0, &rule));
    ck_assert_int_eq(rule.clip, parts_rule.clip);
    parts_step(&m, NULL);
    ck_ok(clstep_optimizer_finish(m.optimizer));
    parts_forget(&file);
    parts_drop(&old);
    parts_drop(&m);
}
END_TEST

/* A file that has become shorter since it was opened. */
START_TEST(shorter_file)
{
    struct stat is;
    clstep_checkpoint *checkpoint = NULL;
    clstep_save_options save = CLSTEP_SAVE_OPTIONS_INIT;
    const clstep_load_options options = parts_options(0, 0);
    parts_model old = parts_make(abc, 3, 1), m = trained();
    ck_ok(clstep_checkpoint_save(old.optimizer, the.queue, &save, path("file", 0)));
    ck_ok(clstep_checkpoint_open(&checkpoint, path("file", 0)));
    ck_assert_int_eq(stat(path("file", 0), &is), 0);
    ck_assert_int_eq(truncate(path("file", 0), is.st_size - 4), 0);
    refuse(&m, checkpoint, &options, CLSTEP_FILE_FAILED, "was longer when it");
    ck_assert_ptr_null(strstr(clstep_last_error()->message, "load it again"));
    clstep_checkpoint_close(checkpoint);
    parts_drop(&old);
    parts_drop(&m);
}
END_TEST

/* A step of which a part is enqueued must be completed first. */
START_TEST(incomplete_step)
{
    layer_open();
    const clstep_rule rules[] = {preset_rule("torch"), preset_rule("adam")};
    clstep_checkpoint *checkpoint = NULL;
    void *bytes, *again;
    size_t size, size_again;
    cl_mem p = make_buffer(NULL, 256), g = make_buffer(NULL, 256);
    clstep_tensor tensors[2] = {{.param = p, .grad = g, .count = 100, .name = "a"},
                                {.param = p, .grad = g, .count = 100, .name = "b"}};
    tensors[1].param_offset = tensors[1].grad_offset = 128;
    clstep_group groups[2];
    for (size_t i = 0; i < 2; i++)
        groups[i] = (clstep_group){CLSTEP_GROUP_SIZES, .rule = &rules[i], .tensors = &tensors[i],
                                   .tensor_count = 1};
    clstep_optimizer *optimizer = NULL;
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 2, groups, NULL, NULL));
    ck_ok(clstep_checkpoint_save_memory(optimizer, the.queue, NULL, &bytes, &size));
    ck_ok(clstep_checkpoint_open_memory(&checkpoint, bytes, size));
    layer_fail(LAYER_KERNEL_LAUNCHES, 2, CL_OUT_OF_RESOURCES, 0);
    ck_refused(clstep_optimizer_step(optimizer, the.queue, NULL, 0, NULL, NULL), CLSTEP_INCOMPLETE,
               "1 of 2 launches");
    layer_fail(-1, 0, 0, 0);
    ck_refused(clstep_checkpoint_load(checkpoint, optimizer, the.queue, NULL),
               CLSTEP_INVALID_ARGUMENT, "the last step is incomplete");
    ck_ok(clstep_optimizer_step(optimizer, the.queue, NULL, 0, NULL, NULL));
    ck_assert_uint_eq(steps_of(optimizer), 1);
    ck_ok(clstep_checkpoint_load(checkpoint, optimizer, the.queue, NULL));
    ck_assert_uint_eq(steps_of(optimizer), 0);
    ck_ok(clstep_checkpoint_save_memory(optimizer, the.queue, NULL, &again, &size_again));
    ck_assert_uint_eq(size, size_again);
    ck_assert_mem_eq(again, bytes, size);
    clstep_checkpoint_close(checkpoint);
    clstep_store_free(bytes);
    clstep_store_free(again);
    clstep_optimizer_destroy(optimizer);
    clReleaseMemObject(p);
    clReleaseMemObject(g);
}
END_TEST

/* The driver would hang in a forked child. */
START_TEST(after_fork)
{
    const clstep_load_options options = parts_options(1, 0);
    parts_model m = trained();
    parts_saved file = parts_save(&m, 1);
    const pid_t child = fork();
    if (child == 0) {
        alarm(600); /* a driver that hangs */
        const clstep_status status =
            clstep_checkpoint_load(file.checkpoint, m.optimizer, the.queue, &options);
        _exit(status == CLSTEP_UNSUPPORTED && strstr(clstep_last_error()->message, "fork") ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    parts_forget(&file);
    parts_drop(&m);
}
END_TEST

/* A failure is told of the call that was made, not of those that it makes. */
START_TEST(calls_by_name)
{
    static const char no_file[] = "no checkpoint";
    clstep_checkpoint *checkpoint = NULL;
    parts_model m = trained();
    parts_saved file = parts_save(&m, 0);
    ck_refused(clstep_checkpoint_save(m.optimizer, the.queue, NULL, "/no/such/folder/file"),
               CLSTEP_FILE_FAILED, "/no/such/folder");
    ck_assert_str_eq(clstep_last_error()->call, "clstep_checkpoint_save");
    ck_refused(clstep_checkpoint_open(&checkpoint, path("none", 0)), CLSTEP_FILE_MISSING, "none");
    ck_assert_str_eq(clstep_last_error()->call, "clstep_checkpoint_open");
    ck_refused(clstep_checkpoint_open_memory(&checkpoint, no_file, sizeof no_file),
               CLSTEP_INVALID_FILE, "");
    ck_assert_str_eq(clstep_last_error()->call, "clstep_checkpoint_open_memory");
    parts_forget(&file);
    parts_drop(&m);
}
END_TEST

Suite *checkpoint_refused_suite(void)
{
    Suite *suite = suite_create("checkpoint_refused");
    TCase *tests = tcase_create("checkpoint_refused");
    tcase_add_checked_fixture(tests, open_adam, close_folder);
    tcase_add_test(tests, arguments);
    /* kernels are built for each */
    tcase_add_loop_test(tests, other_rules, 0, getenv("CLSTEP_QUICK") ? 1 : 5);
    tcase_add_loop_test(tests, clipping_from_now_on, 0, 2);
    tcase_add_test(tests, shorter_file);
    tcase_add_test(tests, incomplete_step);
    tcase_add_test(tests, after_fork);
    tcase_add_test(tests, calls_by_name);
    suite_add_tcase(suite, tests);
    return suite;
}
