/* Steps that fail on the device, because of what they waited for or by themselves, while others
 * before them still run: nothing after them runs, and clstep_optimizer_finish() waits for all and
 * reports the failure. */
#include "gates.h"
#include "layer_client.h"
#include "trial.h"

#include <clstep/store.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { FAILING_MOST = 12 };

static const char poisoned[] = "call clstep_optimizer_finish(), and go on after it";
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

/* ---- a launch that fails by itself */

/* Seventy buffers: three launches. */
static void open_three(trial *t)
{
    clstep_rule rule = preset_rule("hinton");
    rule.momentum = 0.9;
    trial_standard(t, "three launches", &rule);
    trial_own_buffers(t);
    trial_open(t);
    ck_assert_uint_eq(clstep_optimizer_launches(t->optimizer), 3);
    trial_new_gradients(t);
}

static float read_param(const trial *t, size_t index)
{
    float value = 0;
    ck_assert_uint_gt(t->tensors[index].count, 0);
    ck_cl(clEnqueueReadBuffer(the.queue, t->params[index], CL_TRUE,
                              t->tensors[index].param_offset * sizeof value, sizeof value, &value,
                              0, NULL, NULL));
    return value;
}

/* Whichever launch of a step fails, that is told, those after it do not run, and the step's event
 * fails. */
static void launch_fails(cl_command_queue_properties properties, unsigned long place)
{
    layer_open();
    static trial t;
    cl_event done = NULL, later = NULL;
    open_three(&t);
    cl_command_queue queue = make_queue(properties);
    const float first = read_param(&t, 1), last = read_param(&t, t.tensor_count - 1);
    layer_fail_later(LAYER_KERNEL_LAUNCHES, place);
    ck_ok(clstep_optimizer_step(t.optimizer, queue, NULL, 0, NULL, &done));
    ck_ok(clstep_optimizer_step(t.optimizer, queue, NULL, 0, NULL, &later));
    let_run(queue);
    ck_assert_int_gt(status_of(done), CL_COMPLETE);
    ck_cl(layer_fail_now(CL_OUT_OF_RESOURCES));
    let_run(queue);
    ck_assert_int_lt(status_of(done), 0);
    ck_assert_int_lt(status_of(later), 0);
    ck_refused(clstep_optimizer_step(t.optimizer, queue, NULL, 0, NULL, NULL), CLSTEP_OPENCL_FAILED,
               poisoned);
    ck_refused(clstep_optimizer_finish(t.optimizer), CLSTEP_OPENCL_FAILED, reported);
    ck_assert_int_eq(read_param(&t, 1) == first, place == 1);
    ck_assert(read_param(&t, t.tensor_count - 1) == last);
    ck_ok(clstep_optimizer_finish(t.optimizer));
    ck_assert_uint_eq(clstep_optimizer_steps(t.optimizer), 2);
    if (place == 1) {
        trial_compare(&t); /* untouched */
        ck_ok(clstep_optimizer_step(t.optimizer, queue, NULL, 0, NULL, NULL));
        ck_ok(clstep_optimizer_finish(t.optimizer));
        t.step = 2;
        trial_expect_step(&t, NULL);
        trial_compare(&t);
    }
    clReleaseEvent(done);
    clReleaseEvent(later);
    clReleaseCommandQueue(queue);
    trial_close(&t);
}

START_TEST(launch_fails_in_order)
{
    launch_fails(0, (unsigned long)_i);
}
END_TEST

START_TEST(launch_fails_out_of_order)
{
    launch_fails(CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE, (unsigned long)_i);
}
END_TEST

/* A step of which a part is enqueued when that fails is over. */
START_TEST(incomplete_step_fails)
{
    layer_open();
    static trial t;
    open_three(&t);
    cl_command_queue queue = make_queue(0);
    layer_fail_later(LAYER_KERNEL_LAUNCHES, 1);
    layer_fail(LAYER_KERNEL_LAUNCHES, 2, CL_OUT_OF_RESOURCES, 0);
    ck_refused(clstep_optimizer_step(t.optimizer, queue, NULL, 0, NULL, NULL), CLSTEP_INCOMPLETE,
               "1 of 3 launches");
    layer_fail(-1, 0, 0, 0);
    ck_cl(layer_fail_now(CL_OUT_OF_RESOURCES));
    ck_refused(clstep_optimizer_step(t.optimizer, queue, NULL, 0, NULL, NULL), CLSTEP_OPENCL_FAILED,
               poisoned);
    ck_refused(clstep_optimizer_finish(t.optimizer), CLSTEP_OPENCL_FAILED, "CL_OUT_OF_RESOURCES");
    ck_ok(clstep_optimizer_step(t.optimizer, queue, NULL, 0, NULL, NULL));
    ck_ok(clstep_optimizer_finish(t.optimizer));
    t.step = 1;
    trial_expect_step(&t, NULL);
    trial_compare(&t);
    clReleaseCommandQueue(queue);
    trial_close(&t);
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

/* A failure that cannot be waited out stays to be reported. */
START_TEST(finish_reports_at_last)
{
    layer_open();
    static trial t;
    open_three(&t);
    layer_fail_later(LAYER_KERNEL_LAUNCHES, 1);
    ck_ok(clstep_optimizer_step(t.optimizer, the.queue, NULL, 0, NULL, NULL));
    ck_cl(layer_fail_now(CL_OUT_OF_RESOURCES));
    layer_fail(LAYER_SYNCS, 1, CL_OUT_OF_HOST_MEMORY, 1);
    ck_refused(clstep_optimizer_finish(t.optimizer), CLSTEP_OPENCL_FAILED, "clFinish");
    layer_fail(-1, 0, 0, 0);
    ck_refused(clstep_optimizer_step(t.optimizer, the.queue, NULL, 0, NULL, NULL),
               CLSTEP_OPENCL_FAILED, poisoned);
    ck_refused(clstep_optimizer_finish(t.optimizer), CLSTEP_OPENCL_FAILED, reported);
    ck_ok(clstep_optimizer_finish(t.optimizer));
    trial_compare(&t);
    trial_close(&t);
}
END_TEST

/* ---- first values, tables, queues */

/* Nothing ever follows where the first values of the state could not be written. */
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
    cl_event first = NULL;
    clstep_optimizer *optimizer;
    layer_fail_later(LAYER_FILLS, 1);
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, queue, 1, &group, NULL, &first));
    for (int i = 0; i < _i; i++)
        ck_ok(clstep_optimizer_step(optimizer, queue, NULL, 0, NULL, NULL));
    ck_cl(layer_fail_now(CL_OUT_OF_RESOURCES));
    let_run(queue);
    ck_assert_int_lt(status_of(first), 0);
    for (int i = 0; i < 3; i++) {
        ck_refused(clstep_optimizer_step(optimizer, queue, NULL, 0, NULL, NULL),
                   CLSTEP_OPENCL_FAILED, "call clstep_optimizer_finish()");
        ck_refused(clstep_optimizer_finish(optimizer), CLSTEP_OPENCL_FAILED,
                   "the first values of the state could not be written");
    }
    clstep_optimizer_destroy(optimizer);
    trial_compare(&t);
    clReleaseEvent(first);
    clReleaseCommandQueue(queue);
    trial_close(&t);
}
END_TEST

/* Constants that could not be uploaded are there after the failure has been reported. */
START_TEST(upload_fails)
{
    layer_open();
    static trial t;
    const double rates[2] = {0.25, 0.125};
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    clstep_rule rule = preset_rule("torch");
    trial_standard(&t, "upload", &rule);
    t.group_count = 2;
    t.rules[1] = rule;
    for (size_t i = 0; i < t.tensor_count; i++)
        t.tensors[i].group = i % 2;
    trial_open(&t);
    ck_assert_uint_eq(clstep_optimizer_launches(t.optimizer), 1);
    trial_step(&t);
    trial_new_gradients(&t);
    options.lr = rates;
    options.lr_count = 2;
    layer_fail_later(LAYER_KERNEL_LAUNCHES, 1);
    ck_ok(clstep_optimizer_step(t.optimizer, the.queue, &options, 0, NULL, NULL));
    ck_cl(layer_fail_now(CL_OUT_OF_RESOURCES));
    ck_refused(clstep_optimizer_finish(t.optimizer), CLSTEP_OPENCL_FAILED, reported);
    ck_ok(clstep_optimizer_step(t.optimizer, the.queue, &options, 0, NULL, NULL));
    ck_ok(clstep_optimizer_finish(t.optimizer));
    t.step++;
    trial_expect_step(&t, rates);
    trial_compare(&t);
    trial_close(&t);
}
END_TEST

/* The optimizer remembers the queues on which steps may still run: nine of them. */
START_TEST(as_many_queues_as_are_remembered)
{
    static trial t;
    const clstep_rule rule = preset_rule("hinton");
    enum { MOST = 10 };
    cl_command_queue queues[MOST];
    trial_standard(&t, "queues", &rule);
    trial_open(&t);
    trial_new_gradients(&t);
    ck_ok(clstep_optimizer_finish(t.optimizer));
    cl_event gate = make_gate();
    for (int i = 0; i < MOST; i++)
        queues[i] = make_queue(0);
    for (int i = 0; i < MOST - 1; i++)
        ck_ok(clstep_optimizer_step(t.optimizer, queues[i], NULL, i == 0, i ? NULL : &gate, NULL));
    ck_refused(clstep_optimizer_step(t.optimizer, queues[MOST - 1], NULL, 0, NULL, NULL),
               CLSTEP_INVALID_ARGUMENT, "call clstep_optimizer_finish() first");
    ck_ok(clstep_optimizer_step(t.optimizer, queues[0], NULL, 0, NULL, NULL));
    ck_cl(clSetUserEventStatus(gate, CL_COMPLETE));
    ck_ok(clstep_optimizer_finish(t.optimizer));
    ck_ok(clstep_optimizer_step(t.optimizer, queues[MOST - 1], NULL, 0, NULL, NULL));
    ck_ok(clstep_optimizer_finish(t.optimizer));
    for (int i = 0; i < MOST + 1; i++)
        trial_expect_step(&t, NULL);
    trial_compare(&t);
    for (int i = 0; i < MOST; i++)
        clReleaseCommandQueue(queues[i]);
    clReleaseEvent(gate);
    trial_close(&t);
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
    tcase_add_loop_test(tests, launch_fails_in_order, 1, 4);
    tcase_add_loop_test(tests, launch_fails_out_of_order, 1, 4);
    tcase_add_test(tests, incomplete_step_fails);
    tcase_add_test(tests, finish_ok_means_complete);
    tcase_add_test(tests, finish_reports_at_last);
    tcase_add_loop_test(tests, first_values_fail, 0, 3);
    tcase_add_test(tests, upload_fails);
    tcase_add_test(tests, as_many_queues_as_are_remembered);
    suite_add_tcase(suite, tests);
    return suite;
}
