/* Commands that fail on the device: launches of a step, uploads, first values. */
#include "gates.h"
#include "layer_client.h"
#include "trial.h"

static const char poisoned[] = "call clstep_optimizer_finish(), then go on";
static const char reported[] = "a step failed on the device";

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
    ck_assert_uint_eq(steps_of(t.optimizer), 2);
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

/* A failure that cannot be waited out stays to be reported. */
START_TEST(finish_reports_at_last)
{
    layer_open();
    static trial t;
    open_three(&t);
    cl_command_queue queue = make_queue(0);
    cl_event gate = make_gate();
    ck_ok(clstep_optimizer_step(t.optimizer, queue, NULL, 1, &gate, NULL));
    layer_fail_later(LAYER_KERNEL_LAUNCHES, 1);
    ck_ok(clstep_optimizer_step(t.optimizer, queue, NULL, 0, NULL, NULL));
    ck_cl(layer_fail_now(CL_OUT_OF_RESOURCES));
    layer_fail(LAYER_SYNCS, 1, CL_OUT_OF_HOST_MEMORY, 1);
    ck_refused(clstep_optimizer_finish(t.optimizer), CLSTEP_OPENCL_FAILED, "clFinish");
    layer_fail(-1, 0, 0, 0);
    ck_refused(clstep_optimizer_step(t.optimizer, queue, NULL, 0, NULL, NULL), CLSTEP_OPENCL_FAILED,
               poisoned);
    ck_cl(clSetUserEventStatus(gate, CL_COMPLETE));
    ck_refused(clstep_optimizer_finish(t.optimizer), CLSTEP_OPENCL_FAILED, reported);
    ck_ok(clstep_optimizer_finish(t.optimizer));
    trial_expect_step(&t, NULL);
    trial_compare(&t);
    clReleaseEvent(gate);
    clReleaseCommandQueue(queue);
    trial_close(&t);
}
END_TEST

/* Nothing ever follows where the first values of the state could not be written. */
START_TEST(first_values_fail)
{
    layer_open();
    static trial t;
    const clstep_rule rule = preset_rule("hinton");
    trial_standard(&t, "first values", &rule);
    trial_open(&t);
    const clstep_tensor tensor = {.param = t.params[0], .grad = t.grads[0], .count = 4};
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = &tensor,
                                .tensor_count = 1};
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

Suite *failed_launches_suite(void)
{
    Suite *suite = suite_create("failed_launches");
    TCase *tests = tcase_create("failed_launches");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_loop_test(tests, launch_fails_in_order, 1, 4);
    tcase_add_loop_test(tests, launch_fails_out_of_order, 1, 4);
    tcase_add_test(tests, incomplete_step_fails);
    tcase_add_test(tests, finish_reports_at_last);
    tcase_add_loop_test(tests, first_values_fail, 0, 3);
    tcase_add_test(tests, upload_fails);
    suite_add_tcase(suite, tests);
    return suite;
}
