/* Fault injection: every OpenCL call that makes, changes or enqueues something, and every
 * allocation, fails once, and then always, at every place. The status reports it, nothing leaks,
 * and repeating the call gives the bits of a run without faults. */
#include "allocation.h"
#include "gates.h"
#include "layer_client.h"
#include "trial.h"

#include <clstep/store.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PLACES_MAX = 1000 };

/* Seventy buffers: three launches. */
static void start(trial *t)
{
    clstep_rule rule = preset_rule("hinton");
    rule.momentum = 0.9;
    trial_standard(t, "faults", &rule);
    trial_own_buffers(t);
    for (size_t i = 0; i < t->tensor_count; i++)
        t->tensors[i].count = 10 + i;
    trial_open(t);
}

static clstep_status create_again(const trial *t, clstep_engine **engine,
                                  clstep_optimizer **optimizer)
{
    clstep_tensor tensors[TRIAL_TENSORS_MAX] = {0};
    for (size_t i = 0; i < t->tensor_count; i++)
        tensors[i] = (clstep_tensor){.param = t->params[i],
                                     .grad = t->grads[i],
                                     .param_offset = t->tensors[i].param_offset,
                                     .grad_offset = t->tensors[i].grad_offset,
                                     .count = t->tensors[i].count};
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &t->rules[0], .tensors = tensors,
                                .tensor_count = t->tensor_count};
    *optimizer = NULL;
    clstep_status status = clstep_engine_create(engine, the.context, the.device, NULL);
    if (status == CLSTEP_OK)
        status = clstep_optimizer_create(optimizer, *engine, the.queue, 1, &group, NULL, NULL);
    ck_assert_int_eq(*optimizer == NULL, status != CLSTEP_OK);
    return status;
}

static void creation_with_faults(int sticky)
{
    layer_open();
    static trial t;
    start(&t);
    const long live = layer_live();
    unsigned long place = 1;
    for (; place < PLACES_MAX; place++) {
        clstep_engine *engine;
        clstep_optimizer *optimizer;
        layer_fail(-1, place, CL_OUT_OF_RESOURCES, sticky);
        clstep_status status = create_again(&t, &engine, &optimizer);
        layer_fail(-1, 0, 0, 0);
        if (status != CLSTEP_OK) {
            ck_assert(status == CLSTEP_OPENCL_FAILED || status == CLSTEP_BUILD_FAILED);
            ck_assert_int_eq(clstep_last_error()->cl_code, CL_OUT_OF_RESOURCES);
        }
        clstep_optimizer_destroy(optimizer);
        clstep_engine_destroy(engine);
        ck_assert_msg(layer_live() == live, "fault at call %lu: %ld references left", place,
                      layer_live() - live);
        if (status == CLSTEP_OK)
            break;
    }
    ck_assert_uint_gt(place, 100); /* retains of 70 tensors, buffers, arguments, fills */
    ck_assert_uint_lt(place, PLACES_MAX);
    trial_close(&t);
}

START_TEST(creation)
{
    creation_with_faults(_i);
}
END_TEST

START_TEST(creation_without_memory)
{
    layer_open();
    static trial t;
    start(&t);
    const long live = layer_live();
    unsigned long place = 1;
    for (; place < PLACES_MAX; place++) {
        clstep_engine *engine;
        clstep_optimizer *optimizer;
        allocation_fail(place);
        clstep_status status = create_again(&t, &engine, &optimizer);
        allocation_fail(0);
        ck_assert(status == CLSTEP_OK || status == CLSTEP_OUT_OF_MEMORY);
        clstep_optimizer_destroy(optimizer);
        clstep_engine_destroy(engine);
        ck_assert_int_eq(layer_live(), live);
        if (status == CLSTEP_OK)
            break;
    }
    ck_assert_uint_gt(place, 10);
    ck_assert_uint_lt(place, PLACES_MAX);
    trial_close(&t);
}
END_TEST

/* Repeats a step that faults until it is whole. Says how many attempts that took. */
static int step_until_whole(trial *t, cl_command_queue queue, cl_event *event)
{
    for (int attempts = 1;; attempts++) {
        clstep_status status = clstep_optimizer_step(t->optimizer, queue, NULL, 0, NULL, event);
        if (status == CLSTEP_OK)
            return attempts;
        ck_assert_ptr_null(*event);
        ck_assert(status == CLSTEP_OPENCL_FAILED || status == CLSTEP_INCOMPLETE);
        ck_assert_int_eq(clstep_last_error()->cl_code, CL_OUT_OF_RESOURCES);
        ck_assert_int_lt(attempts, 3);
        layer_fail(-1, 0, 0, 0);
        /* numbers that change meanwhile must not enter a step that has begun */
        if (status == CLSTEP_INCOMPLETE) {
            clstep_rule other = t->rules[0];
            other.lr = 123;
            ck_ok(clstep_optimizer_set_rule(t->optimizer, 0, &other));
        }
    }
}

static void steps_with_faults(cl_command_queue_properties properties)
{
    layer_open();
    static trial t;
    start(&t);
    cl_command_queue queue = make_queue(properties);
    int repeated = 0;
    for (unsigned long place = 1; place <= 8; place++) {
        trial_new_gradients(&t);
        t.rules[0].lr = 0.001 * (double)place; /* else a kernel already has its numbers */
        ck_ok(clstep_optimizer_set_rule(t.optimizer, 0, &t.rules[0]));
        ck_ok(clstep_optimizer_finish(t.optimizer));
        const long live = layer_live();
        cl_event done = NULL;
        layer_fail(-1, place, CL_OUT_OF_RESOURCES, 0);
        repeated += step_until_whole(&t, queue, &done) > 1;
        layer_fail(-1, 0, 0, 0);
        ck_cl(clWaitForEvents(1, &done));
        clReleaseEvent(done);
        ck_ok(clstep_optimizer_finish(t.optimizer));
        ck_assert_int_eq(layer_live(), live);
        ck_ok(clstep_optimizer_set_rule(t.optimizer, 0, &t.rules[0]));
        trial_expect_step(&t, NULL);
        trial_compare(&t);
        ck_assert_uint_eq(steps_of(t.optimizer), place);
    }
    ck_assert_int_ge(repeated, 6); /* arguments and launches of three kernels */
    clReleaseCommandQueue(queue);
    trial_close(&t);
}

START_TEST(steps_in_order)
{
    steps_with_faults(0);
}
END_TEST

START_TEST(steps_out_of_order)
{
    steps_with_faults(CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
}
END_TEST

/* The rest of a step waits for what its begin waits for, on the same queue, whatever the caller
 * says. */
static void resume_behind_a_gate(cl_command_queue_properties properties)
{
    layer_open();
    static trial t;
    start(&t);
    trial_new_gradients(&t);
    cl_command_queue queue = make_queue(properties);
    cl_event gate = make_gate();
    cl_event done = NULL;
    layer_fail(LAYER_KERNEL_LAUNCHES, 2, CL_OUT_OF_RESOURCES, 0);
    ck_refused(clstep_optimizer_step(t.optimizer, queue, NULL, 1, &gate, &done), CLSTEP_INCOMPLETE,
               "1 of 3 launches");
    layer_fail(-1, 0, 0, 0);
    ck_refused(clstep_optimizer_step(t.optimizer, the.queue, NULL, 0, NULL, &done),
               CLSTEP_INVALID_ARGUMENT, "give the queue of that step");
    ck_refused(clstep_optimizer_set_steps(t.optimizer, 9), CLSTEP_INVALID_ARGUMENT, "incomplete");
    layer_fail(LAYER_ARGUMENTS, 1, CL_OUT_OF_RESOURCES, 0); /* the second kernel has its own */
    ck_refused(clstep_optimizer_step(t.optimizer, queue, NULL, 0, NULL, &done), CLSTEP_INCOMPLETE,
               "2 of 3 launches");
    layer_fail(-1, 0, 0, 0);
    ck_ok(clstep_optimizer_step(t.optimizer, queue, NULL, 0, NULL, &done));
    let_run(queue);
    trial_compare(&t); /* nothing has changed yet */
    ck_cl(clSetUserEventStatus(gate, CL_COMPLETE));
    ck_cl(clWaitForEvents(1, &done));
    trial_expect_step(&t, NULL);
    trial_compare(&t);
    clReleaseEvent(done);
    clReleaseEvent(gate);
    clReleaseCommandQueue(queue);
    trial_close(&t);
}

START_TEST(resume_in_order)
{
    resume_behind_a_gate(0);
}
END_TEST

START_TEST(resume_out_of_order)
{
    resume_behind_a_gate(CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
}
END_TEST

/* An event of the wait list that fails: no part of the step is executed, and that is told until it
 * is finished. */
START_TEST(wait_list_fails)
{
    static trial t;
    start(&t);
    trial_new_gradients(&t);
    cl_command_queue queue = make_queue(CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
    cl_event gate = make_gate();
    cl_event done = NULL;
    ck_ok(clstep_optimizer_step(t.optimizer, queue, NULL, 1, &gate, &done));
    ck_cl(clSetUserEventStatus(gate, -5));
    ck_assert_int_ne(clWaitForEvents(1, &done), CL_SUCCESS);
    clReleaseEvent(done);
    ck_refused(clstep_optimizer_step(t.optimizer, queue, NULL, 1, &gate, &done),
               CLSTEP_INVALID_ARGUMENT, "wait_list[0] has failed");
    for (int i = 0; i < 2; i++)
        ck_refused(clstep_optimizer_step(t.optimizer, queue, NULL, 0, NULL, &done),
                   CLSTEP_OPENCL_FAILED, "an earlier step failed on the device");
    ck_assert_ptr_null(done);
    ck_refused(clstep_optimizer_finish(t.optimizer), CLSTEP_OPENCL_FAILED,
               "a step failed on the device");
    trial_compare(&t); /* untouched */
    ck_ok(clstep_optimizer_step(t.optimizer, queue, NULL, 0, NULL, &done));
    ck_cl(clWaitForEvents(1, &done));
    t.step = 1; /* the failed step was counted */
    trial_expect_step(&t, NULL);
    trial_compare(&t);
    clReleaseEvent(done);
    clReleaseEvent(gate);
    clReleaseCommandQueue(queue);
    trial_close(&t);
}
END_TEST

/* However many steps fail, finish tells once, and all is well after it. Nothing is flushed before,
 * so that drivers can be held to it that run commands when the host waits only. */
START_TEST(twelve_steps_fail)
{
    enum { STEPS = 12 };
    static trial t;
    void *bytes = NULL;
    size_t size = 0;
    const clstep_rule rule = preset_rule("hinton");
    trial_standard(&t, "twelve steps", &rule); /* one launch each, whose event is held here */
    trial_open(&t);
    trial_new_gradients(&t);
    ck_ok(clstep_optimizer_finish(t.optimizer));
    cl_event broken = make_gate(), failed[STEPS];
    cl_command_queue queue = make_queue(0); /* on which rusticl takes no more behind a failure */
    for (int i = 0; i < STEPS; i++)
        ck_ok(clstep_optimizer_step(t.optimizer, queue, NULL, i == 0, i ? NULL : &broken,
                                    &failed[i]));
    ck_cl(clSetUserEventStatus(broken, -5));
    ck_refused(clstep_optimizer_finish(t.optimizer), CLSTEP_OPENCL_FAILED,
               "a step failed on the device");
    ck_ok(clstep_optimizer_finish(t.optimizer));
    trial_compare(&t); /* untouched */
    ck_ok(clstep_checkpoint_save_memory(t.optimizer, the.queue, NULL, &bytes, &size));
    free(bytes);
    ck_ok(clstep_optimizer_step(t.optimizer, the.queue, NULL, 0, NULL, NULL));
    ck_ok(clstep_optimizer_finish(t.optimizer));
    t.step = STEPS;
    trial_expect_step(&t, NULL);
    trial_compare(&t);
    for (int i = 0; i < STEPS; i++)
        clReleaseEvent(failed[i]);
    clReleaseEvent(broken);
    clReleaseCommandQueue(queue);
    trial_close(&t);
}
END_TEST

/* A build that fails hands over its log, with device, options and numbered source. */
START_TEST(build_log)
{
    layer_open();
    static trial t;
    start(&t);
    clstep_engine *engine;
    clstep_optimizer *optimizer;
    ck_ok(clstep_engine_create(&engine, the.context, the.device, NULL));
    size_t needed = 0;
    ck_ok(clstep_engine_build_log(engine, NULL, 0, &needed));
    ck_assert_uint_eq(needed, 1);
    const clstep_tensor tensor = {.param = t.params[0], .grad = t.grads[0], .count = 4};
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &t.rules[0], .tensors = &tensor,
                                .tensor_count = 1};
    layer_fail(LAYER_PROGRAMS, 2, CL_BUILD_PROGRAM_FAILURE, 0); /* create, then build */
    ck_refused(clstep_optimizer_create(&optimizer, engine, the.queue, 1, &group, NULL, NULL),
               CLSTEP_BUILD_FAILED, "CL_BUILD_PROGRAM_FAILURE");
    layer_fail(-1, 0, 0, 0);
    ck_assert_ptr_null(optimizer);
    ck_ok(clstep_engine_build_log(engine, NULL, 0, &needed));
    char *log = malloc(needed);
    ck_ok(clstep_engine_build_log(engine, log, needed, NULL));
    ck_assert_uint_eq(strlen(log) + 1, needed);
    ck_assert_ptr_nonnull(strstr(log, "-D RULE_RMSPROP=1"));
    ck_assert_ptr_nonnull(strstr(log, "clstep_update("));
    ck_assert_ptr_nonnull(strstr(log, "    0  #line 1 \"kernels/update/update.cl\""));
    char start_of_it[8];
    ck_ok(clstep_engine_build_log(engine, start_of_it, sizeof start_of_it, &needed));
    ck_assert_uint_eq(strlen(start_of_it), 7);
    free(log);
    /* and the next attempt succeeds */
    ck_ok(clstep_optimizer_create(&optimizer, engine, the.queue, 1, &group, NULL, NULL));
    clstep_optimizer_destroy(optimizer);
    clstep_engine_destroy(engine);
    trial_close(&t);
}
END_TEST

/* A forked child gets an error at once, where the driver would hang. */
START_TEST(fork_is_noticed)
{
    static trial t;
    start(&t);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        alarm(600); /* a driver that hangs */
        const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &t.rules[0]};
        clstep_optimizer *optimizer;
        const int noticed = clstep_optimizer_step(t.optimizer, the.queue, NULL, 0, NULL, NULL) ==
                                CLSTEP_UNSUPPORTED &&
                            clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group,
                                                    NULL, NULL) == CLSTEP_UNSUPPORTED &&
                            strstr(clstep_last_error()->message, "fork") != NULL;
        _exit(noticed ? 0 : 1);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    trial_close(&t);
}
END_TEST

Suite *failure_suite(void)
{
    Suite *suite = suite_create("failure");
    TCase *tests = tcase_create("failure");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_loop_test(tests, creation, 0, 2);
    tcase_add_test(tests, creation_without_memory);
    tcase_add_test(tests, steps_in_order);
    tcase_add_test(tests, steps_out_of_order);
    if (!getenv("CLSTEP_NO_GATES")) {
        tcase_add_test(tests, resume_in_order);
        tcase_add_test(tests, resume_out_of_order);
        tcase_add_test(tests, wait_list_fails);
    }
    tcase_add_test(tests, twelve_steps_fail);
    tcase_add_test(tests, build_log);
    tcase_add_test(tests, fork_is_noticed);
    suite_add_tcase(suite, tests);
    return suite;
}
