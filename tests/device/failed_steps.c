/* Steps that fail on the device because an event that they wait for fails, while earlier steps
 * still run. Nothing runs after them, and clstep_optimizer_finish() waits for all and reports the
 * failure. */
#include "gates.h"
#include "layer_client.h"
#include "trial.h"

#include <clstep/store.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { FAILING_MOST = 12 };

static const char poisoned[] = "call clstep_optimizer_finish(), then go on";
static const char reported[] = "a step failed on the device";

/* ---- a step that is held up, and more behind it that fail */

typedef struct {
    trial trial;
    cl_event gate, broken;
    cl_event held;
    cl_event failed[FAILING_MOST];
    size_t count;
    pthread_t thread;
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

static void *open_gate_soon(void *gate)
{
    usleep(100000);
    clSetUserEventStatus(gate, CL_COMPLETE);
    return NULL;
}

static void jam_open_gate_soon(jam *j)
{
    ck_assert_int_eq(pthread_create(&j->thread, NULL, open_gate_soon, j->gate), 0);
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

/* Steps are refused until a finish, which waits for the step that is held up and tells once, be
 * it on the same queue or on another. A checkpoint can then be saved. */
static void behind_failures(cl_command_queue first, cl_command_queue second, size_t count)
{
    static jam j;
    void *bytes = NULL;
    size_t size = 0;
    cl_event done = NULL;
    jam_open(&j, first, count);
    for (int i = 0; i < 3; i++)
        ck_refused(clstep_optimizer_step(j.trial.optimizer, second, NULL, 0, NULL, &done),
                   CLSTEP_OPENCL_FAILED, poisoned);
    ck_assert_ptr_null(done);
    jam_open_gate_soon(&j);
    ck_refused(clstep_optimizer_finish(j.trial.optimizer), CLSTEP_OPENCL_FAILED, reported);
    ck_assert_int_eq(status_of(j.held), CL_COMPLETE);
    pthread_join(j.thread, NULL);
    ck_ok(clstep_optimizer_finish(j.trial.optimizer));
    ck_ok(clstep_checkpoint_save_memory(j.trial.optimizer, second, NULL, &bytes, &size));
    free(bytes);
    ck_ok(clstep_optimizer_step(j.trial.optimizer, second, NULL, 0, NULL, &done));
    ck_ok(clstep_optimizer_finish(j.trial.optimizer));
    ck_assert_int_eq(status_of(done), CL_COMPLETE);
    clReleaseEvent(done);
    jam_close(&j);
}

/* Not from an out-of-order queue on, where PoCL 3.1 aborts when two commands in a row fail. */
START_TEST(failures_do_not_disorder)
{
    cl_command_queue first = make_queue(0);
    cl_command_queue second = make_queue(0);
    cl_command_queue third = make_queue(CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
    behind_failures(first, first, 2);
    behind_failures(first, second, 2);
    behind_failures(second, third, 2);
    clReleaseCommandQueue(first);
    clReleaseCommandQueue(second);
    clReleaseCommandQueue(third);
}
END_TEST

START_TEST(many_failures)
{
    cl_command_queue queue = make_queue(0);
    behind_failures(queue, queue, FAILING_MOST);
    clReleaseCommandQueue(queue);
}
END_TEST

/* Where the step that is held up is on another queue than those that failed. */
START_TEST(finish_waits_on_all_queues)
{
    static jam j;
    cl_command_queue first = make_queue(0);
    cl_command_queue second = make_queue(0);
    const clstep_rule rule = preset_rule("hinton");
    trial_standard(&j.trial, "two queues", &rule);
    trial_open(&j.trial);
    trial_new_gradients(&j.trial);
    j.gate = make_gate();
    j.broken = make_gate();
    j.count = 1;
    ck_ok(clstep_optimizer_step(j.trial.optimizer, first, NULL, 1, &j.gate, &j.held));
    ck_ok(clstep_optimizer_step(j.trial.optimizer, second, NULL, 1, &j.broken, &j.failed[0]));
    ck_cl(clSetUserEventStatus(j.broken, -5));
    jam_open_gate_soon(&j);
    ck_refused(clstep_optimizer_finish(j.trial.optimizer), CLSTEP_OPENCL_FAILED, reported);
    ck_assert_int_eq(status_of(j.held), CL_COMPLETE);
    pthread_join(j.thread, NULL);
    ck_ok(clstep_optimizer_step(j.trial.optimizer, second, NULL, 0, NULL, NULL));
    ck_ok(clstep_optimizer_finish(j.trial.optimizer));
    jam_close(&j);
    clReleaseCommandQueue(first);
    clReleaseCommandQueue(second);
}
END_TEST

/* ---- finish */

/* Where waiting for an event fails, a finish that says OK has waited all the same; where nothing
 * can be waited for, it says so. */
START_TEST(finish_ok_means_complete)
{
    layer_open();
    static jam j;
    const clstep_rule rule = preset_rule("hinton");
    trial_standard(&j.trial, "finish", &rule);
    trial_open(&j.trial);
    trial_new_gradients(&j.trial);
    cl_command_queue queue = make_queue(0);
    j.gate = make_gate();
    ck_ok(clstep_optimizer_step(j.trial.optimizer, queue, NULL, 1, &j.gate, &j.held));
    layer_fail(LAYER_SYNCS, 1, CL_OUT_OF_HOST_MEMORY, 1);
    ck_refused(clstep_optimizer_finish(j.trial.optimizer), CLSTEP_OPENCL_FAILED, "clFinish");
    ck_assert_int_gt(status_of(j.held), CL_COMPLETE);
    layer_fail(LAYER_SYNCS, 1, CL_OUT_OF_HOST_MEMORY, 0);
    jam_open_gate_soon(&j);
    ck_ok(clstep_optimizer_finish(j.trial.optimizer));
    ck_assert_int_eq(status_of(j.held), CL_COMPLETE);
    layer_fail(-1, 0, 0, 0);
    pthread_join(j.thread, NULL);
    trial_expect_step(&j.trial, NULL);
    trial_compare(&j.trial);
    clReleaseEvent(j.held);
    clReleaseEvent(j.gate);
    clReleaseCommandQueue(queue);
    trial_close(&j.trial);
}
END_TEST

Suite *failed_steps_suite(void)
{
    Suite *suite = suite_create("failed_steps");
    TCase *tests = tcase_create("failed_steps");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_test(tests, failures_do_not_disorder);
    tcase_add_test(tests, many_failures);
    tcase_add_test(tests, finish_waits_on_all_queues);
    tcase_add_test(tests, finish_ok_means_complete);
    suite_add_tcase(suite, tests);
    return suite;
}
