/* Steps that fail on the device, because of what they waited for, while others before them still
 * run.
 */
#include "gates.h"
#include "layer_client.h"
#include "trial.h"

#include <pthread.h>
#include <unistd.h>

enum { FAILING_MOST = 12 };

/* A step that is held up, and more behind it that fail. */
typedef struct {
    trial trial;
    cl_event gate, broken;
    cl_event held;
    cl_event failed[FAILING_MOST];
    size_t count;
} jam;

static void jam_open(jam *j, cl_command_queue queue, size_t count)
{
    const clstep_rule rule = preset_rule("hinton");
    trial_standard(&j->trial, "failed steps", &rule);
    trial_open(&j->trial);
    trial_new_gradients(&j->trial);
    j->gate = make_gate();
    j->broken = make_gate();
    j->count = count;
    ck_ok(clstep_optimizer_step(j->trial.optimizer, queue, NULL, 1, &j->gate, &j->held));
    for (size_t i = 0; i < count; i++)
        ck_ok(clstep_optimizer_step(j->trial.optimizer, queue, NULL, i == 0, i ? NULL : &j->broken,
                                    &j->failed[i]));
    ck_cl(clSetUserEventStatus(j->broken, -5));
    ck_assert_int_ne(clWaitForEvents((cl_uint)count, j->failed), CL_SUCCESS);
}

/* Compares with the step that was held up and one behind the failed ones, which were counted. */
static void jam_close(jam *j)
{
    trial_expect_step(&j->trial, NULL);
    j->trial.step += j->count;
    trial_expect_step(&j->trial, NULL);
    trial_compare(&j->trial);
    for (size_t i = 0; i < j->count; i++)
        clReleaseEvent(j->failed[i]);
    clReleaseEvent(j->held);
    clReleaseEvent(j->broken);
    clReleaseEvent(j->gate);
    trial_close(&j->trial);
}

/* What follows is told of the failures, and is executed behind the step that is held up, be it on
 * the same queue or on another. */
static void behind_failures(cl_command_queue first, cl_command_queue second)
{
    static jam j;
    cl_event done = NULL;
    jam_open(&j, first, 2);
    ck_refused(clstep_optimizer_step(j.trial.optimizer, second, NULL, 0, NULL, &done),
               CLSTEP_OPENCL_FAILED, "the 2 steps before this one failed");
    ck_ok(clstep_optimizer_step(j.trial.optimizer, second, NULL, 0, NULL, &done));
    let_run(second);
    trial_compare(&j.trial); /* nothing has changed yet */
    ck_cl(clSetUserEventStatus(j.gate, CL_COMPLETE));
    ck_ok(clstep_optimizer_finish(j.trial.optimizer));
    ck_assert_int_eq(status_of(done), CL_COMPLETE);
    clReleaseEvent(done);
    jam_close(&j);
}

static void *open_gate_soon(void *gate)
{
    usleep(100000);
    clSetUserEventStatus(gate, CL_COMPLETE);
    return NULL;
}

/* Where more have failed than the optimizer keeps events, steps have to wait for a finish, and that
 * waits for the one that is held up. */
START_TEST(more_failures_than_are_kept)
{
    static jam j;
    pthread_t thread;
    cl_command_queue queue = make_queue(0);
    jam_open(&j, queue, FAILING_MOST);
    ck_refused(clstep_optimizer_step(j.trial.optimizer, queue, NULL, 0, NULL, NULL),
               CLSTEP_OPENCL_FAILED, "at least the 8 steps before this one failed");
    ck_refused(clstep_optimizer_step(j.trial.optimizer, queue, NULL, 0, NULL, NULL),
               CLSTEP_OPENCL_FAILED, "call clstep_optimizer_finish()");
    ck_assert_int_eq(pthread_create(&thread, NULL, open_gate_soon, j.gate), 0);
    ck_ok(clstep_optimizer_finish(j.trial.optimizer));
    ck_assert_int_eq(status_of(j.held), CL_COMPLETE);
    pthread_join(thread, NULL);
    ck_ok(clstep_optimizer_step(j.trial.optimizer, queue, NULL, 0, NULL, NULL));
    ck_ok(clstep_optimizer_finish(j.trial.optimizer));
    jam_close(&j);
    clReleaseCommandQueue(queue);
}
END_TEST

/* A finish that has to tell of failures has waited for all, too. */
START_TEST(finish_waits_behind_failures)
{
    static jam j;
    pthread_t thread;
    cl_command_queue queue = make_queue(0);
    jam_open(&j, queue, _i ? FAILING_MOST : 2);
    ck_assert_int_eq(pthread_create(&thread, NULL, open_gate_soon, j.gate), 0);
    ck_refused(clstep_optimizer_finish(j.trial.optimizer), CLSTEP_OPENCL_FAILED,
               "steps before this one failed");
    ck_assert_int_eq(status_of(j.held), CL_COMPLETE);
    pthread_join(thread, NULL);
    ck_ok(clstep_optimizer_finish(j.trial.optimizer));
    ck_ok(clstep_optimizer_step(j.trial.optimizer, queue, NULL, 0, NULL, NULL));
    ck_ok(clstep_optimizer_finish(j.trial.optimizer));
    jam_close(&j);
    clReleaseCommandQueue(queue);
}
END_TEST

/* Not from an out-of-order queue on, where PoCL 3.1 aborts when two commands in a row fail. */
START_TEST(failures_do_not_disorder)
{
    cl_command_queue first = make_queue(0);
    cl_command_queue second = make_queue(0);
    cl_command_queue third = make_queue(CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
    behind_failures(first, first);
    behind_failures(first, second);
    behind_failures(second, third);
    clReleaseCommandQueue(first);
    clReleaseCommandQueue(second);
    clReleaseCommandQueue(third);
}
END_TEST

/* Nothing follows where the first values of the state could not be written, however many steps were
 * enqueued behind them. */
START_TEST(first_values_fail)
{
    layer_open();
    static trial t;
    const clstep_rule rule = preset_rule("hinton");
    trial_standard(&t, "first values", &rule);
    trial_open(&t);
    const clstep_tensor tensor = {.param = t.params[0], .grad = t.grads[0], .count = 4};
    const clstep_group group = {.rule = &rule, .tensors = &tensor, .tensor_count = 1};
    cl_command_queue queue = make_queue(0);
    cl_event gate = make_gate(), first = NULL;
    clstep_optimizer *optimizer;
    ck_cl(clEnqueueBarrierWithWaitList(queue, 1, &gate, NULL));
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, queue, 1, &group, NULL, &first));
    for (int i = 0; i < (_i ? FAILING_MOST : 1); i++)
        ck_ok(clstep_optimizer_step(optimizer, queue, NULL, 0, NULL, NULL));
    ck_cl(clSetUserEventStatus(gate, CL_COMPLETE));
    ck_cl(clFinish(queue));
    layer_fail_event(first);
    for (int i = 0; i < 3; i++)
        ck_refused(clstep_optimizer_step(optimizer, queue, NULL, 0, NULL, NULL),
                   CLSTEP_OPENCL_FAILED, "the first values of the state could not be written");
    ck_refused(clstep_optimizer_finish(optimizer), CLSTEP_OPENCL_FAILED, "the first values");
    layer_fail_event(NULL);
    clstep_optimizer_destroy(optimizer);
    clReleaseEvent(first);
    clReleaseEvent(gate);
    clReleaseCommandQueue(queue);
    trial_close(&t);
}
END_TEST

Suite *failed_steps_suite(void)
{
    Suite *suite = suite_create("failed_steps");
    TCase *tests = tcase_create("failed_steps");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_test(tests, failures_do_not_disorder);
    tcase_add_test(tests, more_failures_than_are_kept);
    tcase_add_loop_test(tests, finish_waits_behind_failures, 0, 2);
    tcase_add_loop_test(tests, first_values_fail, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}
