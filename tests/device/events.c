/* Order: steps wait for their wait lists and for each other, on any queues, and return events. */
#include "gates.h"
#include "trial.h"

#include <pthread.h>

static void start(trial *t, const char *name)
{
    clstep_rule rule = preset_rule("hinton");
    rule.momentum = 0.9;
    rule.lr = 0.01;
    trial_standard(t, name, &rule);
    trial_open(t);
    trial_new_gradients(t);
}

/* Steps of different lr, so that their order shows in the bits. The first waits for a gate, the
 * second for nothing that the caller says. */
static void two_steps(trial *t, cl_command_queue first, cl_command_queue second)
{
    const double rates[2] = {0.5, 0.001};
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    cl_event gate = make_gate();
    cl_event done[2];
    options.lr_count = 1;
    options.lr = &rates[0];
    ck_ok(clstep_optimizer_step(t->optimizer, first, &options, 1, &gate, &done[0]));
    options.lr = &rates[1];
    ck_ok(clstep_optimizer_step(t->optimizer, second, &options, 0, NULL, &done[1]));
    let_run(first);
    let_run(second);
    ck_assert_int_gt(status_of(done[0]), CL_COMPLETE);
    ck_assert_int_gt(status_of(done[1]), CL_COMPLETE);
    trial_compare(t); /* nothing has changed yet */
    ck_cl(clSetUserEventStatus(gate, CL_COMPLETE));
    ck_cl(clWaitForEvents(2, done));
    trial_expect_step(t, &rates[0]);
    trial_expect_step(t, &rates[1]);
    trial_compare(t);
    clReleaseEvent(gate);
    clReleaseEvent(done[0]);
    clReleaseEvent(done[1]);
}

/* Comparing reads through the.queue, which must not stand behind the gate: steps get others. */
START_TEST(in_order_queue)
{
    static trial t;
    start(&t, "in-order queue");
    cl_command_queue queue = make_queue(0);
    two_steps(&t, queue, queue);
    clReleaseCommandQueue(queue);
    trial_close(&t);
}
END_TEST

START_TEST(out_of_order_queue)
{
    static trial t;
    start(&t, "out-of-order queue");
    cl_command_queue queue = make_queue(CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
    two_steps(&t, queue, queue);
    clReleaseCommandQueue(queue);
    trial_close(&t);
}
END_TEST

START_TEST(two_queues)
{
    static trial t;
    start(&t, "two queues");
    cl_command_queue first = make_queue(0);
    cl_command_queue second = make_queue(0);
    cl_command_queue third = make_queue(CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
    two_steps(&t, first, second);
    two_steps(&t, second, third);
    two_steps(&t, third, first);
    clReleaseCommandQueue(first);
    clReleaseCommandQueue(second);
    clReleaseCommandQueue(third);
    trial_close(&t);
}
END_TEST

/* Several launches in a step: each waits, and the event stands for all of them. */
static void several_launches(cl_command_queue_properties properties)
{
    static trial t;
    clstep_rule rule = preset_rule("hinton");
    trial_standard(&t, "several launches", &rule);
    trial_own_buffers(&t);
    trial_open(&t);
    trial_new_gradients(&t);
    cl_command_queue queue = make_queue(properties);
    two_steps(&t, queue, queue);
    clReleaseCommandQueue(queue);
    trial_close(&t);
}

START_TEST(several_launches_in_order)
{
    several_launches(0);
}
END_TEST

START_TEST(several_launches_out_of_order)
{
    several_launches(CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
}
END_TEST

/* The first values of the state are waited for on another queue than create's too. */
START_TEST(first_values_are_waited_for)
{
    static trial t;
    clstep_rule rule = preset_rule("timm");
    trial_standard(&t, "first values", &rule);
    cl_command_queue usual = the.queue;
    cl_command_queue gated = make_queue(0);
    cl_event gate = make_gate();
    ck_cl(clEnqueueBarrierWithWaitList(gated, 1, &gate, NULL));
    cl_command_queue other = make_queue(0);
    /* trial_open() writes through the.queue, so only create gets the gated one */
    trial_open(&t);
    clstep_optimizer_destroy(t.optimizer);
    clstep_tensor tensors[TRIAL_TENSORS_MAX] = {0};
    for (size_t i = 0; i < t.tensor_count; i++)
        tensors[i] = (clstep_tensor){.param = t.params[0],
                                     .grad = t.grads[0],
                                     .param_offset = t.tensors[i].param_offset,
                                     .grad_offset = t.tensors[i].grad_offset,
                                     .count = t.tensors[i].count};
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = tensors,
                                .tensor_count = t.tensor_count};
    cl_event filled;
    ck_ok(clstep_optimizer_create(&t.optimizer, the.engine, gated, 1, &group, NULL, &filled));
    trial_new_gradients(&t);
    cl_event done;
    ck_ok(clstep_optimizer_step(t.optimizer, other, NULL, 0, NULL, &done));
    let_run(other);
    ck_assert_int_gt(status_of(done), CL_COMPLETE);
    ck_assert_int_gt(status_of(filled), CL_COMPLETE);
    ck_cl(clSetUserEventStatus(gate, CL_COMPLETE));
    ck_cl(clWaitForEvents(1, &done));
    ck_assert_int_eq(status_of(filled), CL_COMPLETE);
    trial_expect_step(&t, NULL);
    trial_compare(&t);
    clReleaseEvent(filled);
    clReleaseEvent(done);
    clReleaseEvent(gate);
    clReleaseCommandQueue(gated);
    clReleaseCommandQueue(other);
    the.queue = usual;
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

/* With nothing to do the event still comes, and still waits. */
START_TEST(nothing_to_do)
{
    const clstep_rule rule = preset_rule("hinton");
    const clstep_tensor empty = {0};
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = &empty,
                                .tensor_count = 1};
    for (size_t groups = 0; groups < 2; groups++) {
        clstep_optimizer *optimizer;
        ck_ok(
            clstep_optimizer_create(&optimizer, the.engine, the.queue, groups, &group, NULL, NULL));
        cl_event gate = make_gate();
        cl_event done = NULL;
        ck_ok(clstep_optimizer_step(optimizer, the.queue, NULL, 1, &gate, &done));
        ck_assert_ptr_nonnull(done);
        let_run(the.queue);
        ck_assert_int_gt(status_of(done), CL_COMPLETE);
        ck_cl(clSetUserEventStatus(gate, CL_COMPLETE));
        ck_cl(clWaitForEvents(1, &done));
        clReleaseEvent(done);
        clReleaseEvent(gate);
        ck_ok(clstep_optimizer_step(optimizer, the.queue, NULL, 0, NULL, NULL));
        ck_assert_uint_eq(steps_of(optimizer), 2);
        clFinish(the.queue);
        clstep_optimizer_destroy(optimizer);
    }
}
END_TEST

/* Threads share an engine; each creates an optimizer (the kernel is not built yet) and steps it on
 * a queue of its own. */
enum { THREADS = 3, THREAD_STEPS = 300 };

typedef struct {
    pthread_t thread;
    cl_command_queue queue;
    clstep_engine *engine;
    clstep_group group;
    clstep_tensor tensors[TRIAL_TENSORS_MAX];
    clstep_optimizer *optimizer;
    clstep_status status;
} worker;

static void prepare(worker *of, const trial *t, clstep_engine *engine)
{
    *of = (worker){.queue = make_queue(0), .engine = engine};
    for (size_t i = 0; i < t->tensor_count; i++)
        of->tensors[i] = (clstep_tensor){.param = t->params[0],
                                         .grad = t->grads[0],
                                         .param_offset = t->tensors[i].param_offset,
                                         .grad_offset = t->tensors[i].grad_offset,
                                         .count = t->tensors[i].count};
    of->group = (clstep_group){CLSTEP_GROUP_SIZES, .rule = &t->rules[0], .tensors = of->tensors,
                               .tensor_count = t->tensor_count};
}

static void *work(void *argument)
{
    worker *of = argument;
    of->status =
        clstep_optimizer_create(&of->optimizer, of->engine, of->queue, 1, &of->group, NULL, NULL);
    for (int i = 0; i < THREAD_STEPS && of->status == CLSTEP_OK; i++)
        of->status = clstep_optimizer_step(of->optimizer, of->queue, NULL, 0, NULL, NULL);
    clFinish(of->queue);
    return NULL;
}

START_TEST(threads)
{
    static trial t[THREADS];
    static worker workers[THREADS];
    clstep_engine *engine;
    ck_ok(clstep_engine_create(&engine, the.context, the.device, NULL));
    for (int k = 0; k < THREADS; k++) {
        start(&t[k], "threads");
        prepare(&workers[k], &t[k], engine);
    }
    for (int k = 0; k < THREADS; k++)
        ck_assert_int_eq(pthread_create(&workers[k].thread, NULL, work, &workers[k]), 0);
    for (int k = 0; k < THREADS; k++) {
        pthread_join(workers[k].thread, NULL);
        ck_ok(workers[k].status);
        clstep_optimizer_destroy(t[k].optimizer);
        t[k].optimizer = workers[k].optimizer;
    }
    clstep_engine_destroy(engine);
    for (int k = 0; k < THREADS; k++) {
        for (int i = 0; i < THREAD_STEPS; i++)
            trial_expect_step(&t[k], NULL);
        trial_compare(&t[k]);
        trial_close(&t[k]);
        clReleaseCommandQueue(workers[k].queue);
    }
}
END_TEST

Suite *events_suite(void)
{
    Suite *suite = suite_create("events");
    TCase *tests = tcase_create("events");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_test(tests, in_order_queue);
    tcase_add_test(tests, out_of_order_queue);
    tcase_add_test(tests, two_queues);
    tcase_add_test(tests, several_launches_in_order);
    tcase_add_test(tests, several_launches_out_of_order);
    tcase_add_test(tests, first_values_are_waited_for);
    tcase_add_test(tests, as_many_queues_as_are_remembered);
    tcase_add_test(tests, nothing_to_do);
    tcase_add_test(tests, threads);
    suite_add_tcase(suite, tests);
    return suite;
}
