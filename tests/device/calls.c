/* The OpenCL calls and host allocations of a step, counted from outside the library. */
#include "allocation.h"
#include "layer_client.h"
#include "trial.h"

#include <stdio.h>
#include <string.h>

static unsigned long before[LAYER_KINDS];

static void remember(void)
{
    for (int kind = 0; kind < LAYER_KINDS; kind++)
        before[kind] = layer_count(kind);
}

static unsigned long since(int kind)
{
    return layer_count(kind) - before[kind];
}

static clstep_optimizer *thousand_tensors(cl_mem params, cl_mem grads, const clstep_rule *rule,
                                          clstep_control control)
{
    static clstep_tensor tensors[1000];
    uint64_t offset = 0;
    for (size_t i = 0; i < 1000; i++) {
        tensors[i] = (clstep_tensor){.param = params,
                                     .grad = grads,
                                     .param_offset = offset,
                                     .grad_offset = offset,
                                     .count = i % 37 + 1};
        offset += tensors[i].count + i % 2;
    }
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = rule, .tensors = tensors,
                                .tensor_count = 1000};
    clstep_optimizer_options options = CLSTEP_OPTIMIZER_OPTIONS_INIT;
    options.control = control;
    clstep_optimizer *optimizer;
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, &options, NULL));
    return optimizer;
}

static void ck_only_launches(void)
{
    ck_assert_uint_eq(since(LAYER_MARKERS), 0);
    ck_assert_uint_eq(since(LAYER_FILLS), 0);
    ck_assert_uint_eq(since(LAYER_TRANSFERS), 0);
    ck_assert_uint_eq(since(LAYER_BUFFERS), 0);
    ck_assert_uint_eq(since(LAYER_PROGRAMS), 0);
    ck_assert_uint_eq(since(LAYER_KERNELS), 0);
    ck_assert_uint_eq(since(LAYER_SYNCS), 0);
}

/* A step that allocates, waits and reads nothing; returns its launches. */
static unsigned long quiet_step(clstep_optimizer *optimizer, const clstep_step_options *options)
{
    remember();
    const unsigned long host = allocations();
    clstep_status status = clstep_optimizer_step(optimizer, the.queue, options, 0, NULL, NULL);
    const unsigned long allocated = allocations() - host; /* Check's macros allocate */
    ck_ok(status);
    ck_assert_uint_eq(allocated, 0);
    ck_only_launches();
    return since(LAYER_KERNEL_LAUNCHES);
}

/* The norm of each gradient or of all, what to multiply by, and the update; numbers that change
 * ride along. No step waits, reads or allocates. */
START_TEST(three_launches_with_clipping)
{
    layer_open();
    cl_mem params = make_buffer(NULL, 40000);
    cl_mem grads = make_buffer(NULL, 40000);
    clstep_rule rule = preset_rule("adam"); /* whose step constants change in every step */
    rule.clip = _i ? CLSTEP_CLIP_NORM : CLSTEP_CLIP_GLOBAL_NORM;
    rule.clip_bound = 1;
    clstep_optimizer *optimizer = thousand_tensors(params, grads, &rule, CLSTEP_CONTROL_NONE);
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    options.lr_count = 1;
    for (int step = 0; step < 5; step++) {
        const double lr = 0.1 * (step + 1);
        options.lr = &lr;
        const unsigned long launches = quiet_step(optimizer, &options);
        /* a thousand slots do not fit into the control kernel */
        if (!_i)
            ck_assert_uint_eq(launches, 3);
    }
    ck_assert_uint_eq(clstep_optimizer_launches(optimizer), 1);
    clstep_optimizer_destroy(optimizer);
    clReleaseMemObject(params);
    clReleaseMemObject(grads);
}
END_TEST

/* With a scale and a skip flag in device memory nothing changes in that. */
START_TEST(three_launches_with_control)
{
    layer_open();
    cl_mem params = make_buffer(NULL, 40000), grads = make_buffer(NULL, 40000);
    const float numbers[] = {1024, 0};
    cl_mem scalars = make_buffer(numbers, 2);
    clstep_rule rule = preset_rule("adam");
    rule.clip = CLSTEP_CLIP_GLOBAL_NORM;
    rule.clip_bound = 1;
    clstep_optimizer *optimizer = thousand_tensors(params, grads, &rule, CLSTEP_CONTROL_DIVIDE);
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    options.lr_count = 1;
    options.grad_scale = (clstep_buffer){scalars, 0};
    options.skip = (clstep_buffer){scalars, 1};
    for (int step = 0; step < 200; step++) {
        const double lr = 0.1 * (step + 1);
        options.lr = &lr;
        ck_assert_uint_eq(quiet_step(optimizer, &options), 3);
    }
    clstep_optimizer_destroy(optimizer);
    clReleaseMemObject(params);
    clReleaseMemObject(grads);
    clReleaseMemObject(scalars);
}
END_TEST

START_TEST(one_launch_for_a_thousand_tensors)
{
    layer_open();
    cl_mem params = make_buffer(NULL, 40000);
    cl_mem grads = make_buffer(NULL, 40000);
    const clstep_rule rule = preset_rule("torch");
    clstep_optimizer *optimizer = thousand_tensors(params, grads, &rule, CLSTEP_CONTROL_NONE);
    ck_assert_uint_eq(clstep_optimizer_launches(optimizer), 1);
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    const double rates[] = {0.1, 0.1, 0.1, 0.2, 0.2};
    /* The second step is the first one that is not the first; the fourth has another rate. */
    const unsigned long arguments[] = {1, 1, 0, 1, 0};
    for (int step = 0; step < 5; step++) {
        options.lr = &rates[step];
        options.lr_count = 1;
        remember();
        const unsigned long host = allocations();
        cl_event event;
        clstep_status status =
            clstep_optimizer_step(optimizer, the.queue, &options, 0, NULL, &event);
        const unsigned long allocated = allocations() - host; /* Check's macros allocate */
        ck_ok(status);
        ck_assert_uint_eq(allocated, 0);
        clReleaseEvent(event);
        ck_assert_uint_eq(since(LAYER_KERNEL_LAUNCHES), 1);
        ck_assert_uint_eq(since(LAYER_ARGUMENTS), arguments[step]);
        ck_only_launches();
    }
    clstep_optimizer_destroy(optimizer);
    clReleaseMemObject(params);
    clReleaseMemObject(grads);
}
END_TEST

enum { OWN = 70 };

/* Tensors with buffers of their own take several launches. */
START_TEST(as_many_launches_as_told)
{
    layer_open();
    const clstep_rule rule = preset_rule("torch");
    clstep_tensor tensors[OWN];
    for (size_t i = 0; i < OWN; i++)
        tensors[i] = (clstep_tensor){
            .param = make_buffer(NULL, 100), .grad = make_buffer(NULL, 100), .count = 100};
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = tensors,
                                .tensor_count = OWN};
    clstep_optimizer *optimizer;
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, NULL, NULL));
    ck_assert_uint_gt(clstep_optimizer_launches(optimizer), 1);
    remember();
    ck_ok(clstep_optimizer_step(optimizer, the.queue, NULL, 0, NULL, NULL));
    ck_assert_uint_eq(since(LAYER_KERNEL_LAUNCHES), clstep_optimizer_launches(optimizer));
    clFinish(the.queue);
    clstep_optimizer_destroy(optimizer);
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 0, NULL, NULL, NULL));
    ck_assert_uint_eq(clstep_optimizer_launches(optimizer), 0);
    ck_assert_uint_eq(clstep_optimizer_launches(NULL), 0);
    clstep_optimizer_destroy(optimizer);
    for (size_t i = 0; i < OWN; i++) {
        clReleaseMemObject(tensors[i].param);
        clReleaseMemObject(tensors[i].grad);
    }
}
END_TEST

START_TEST(changed_numbers_build_nothing)
{
    layer_open();
    static trial t;
    clstep_rule rule = preset_rule("hinton");
    rule.momentum = 0.9;
    trial_standard(&t, "changed numbers", &rule);
    trial_open(&t);
    remember();
    for (int step = 0; step < 4; step++) {
        t.rules[0].lr = 0.01 / (step + 1);
        t.rules[0].rho = 0.8 + 0.05 * step;
        t.rules[0].eps = 1e-8 * (step + 1);
        t.rules[0].momentum = 0.5 + 0.1 * step;
        t.rules[0].weight_decay = step % 2 ? 0.01 : 0;
        ck_ok(clstep_optimizer_set_rule(t.optimizer, 0, &t.rules[0]));
        trial_step(&t);
    }
    ck_assert_uint_eq(since(LAYER_PROGRAMS), 0);
    ck_assert_uint_eq(since(LAYER_KERNELS), 0);
    trial_close(&t);
}
END_TEST

/* Programs are built once for all optimizers of an engine, and all references are given back. */
START_TEST(programs_are_shared_and_nothing_leaks)
{
    layer_open();
    cl_mem params = make_buffer(NULL, 40000);
    cl_mem grads = make_buffer(NULL, 40000);
    const clstep_rule rule = preset_rule("torch");
    const long live = layer_live();
    clstep_engine *kept = the.engine;
    ck_ok(clstep_engine_create(&the.engine, the.context, the.device, NULL));
    clstep_optimizer *first = thousand_tensors(params, grads, &rule, CLSTEP_CONTROL_NONE);
    remember();
    clstep_optimizer *second = thousand_tensors(params, grads, &rule, CLSTEP_CONTROL_NONE);
    ck_assert_uint_eq(since(LAYER_PROGRAMS), 0);
    clstep_engine_destroy(the.engine); /* optimizers outlive it */
    the.engine = kept;
    for (int step = 0; step < 5; step++) {
        ck_ok(clstep_optimizer_step(first, the.queue, NULL, 0, NULL, NULL));
        ck_ok(clstep_optimizer_step(second, the.queue, NULL, 0, NULL, NULL));
    }
    clFinish(the.queue);
    clstep_optimizer_destroy(first);
    clstep_optimizer_destroy(second);
    ck_assert_int_eq(layer_live(), live);
    clReleaseMemObject(params);
    clReleaseMemObject(grads);
}
END_TEST

START_TEST(ten_thousand_steps_hold_nothing_more)
{
    layer_open();
    cl_mem params = make_buffer(NULL, 40000);
    cl_mem grads = make_buffer(NULL, 40000);
    const clstep_rule rule = preset_rule("hinton");
    clstep_optimizer *optimizer = thousand_tensors(params, grads, &rule, CLSTEP_CONTROL_NONE);
    ck_ok(clstep_optimizer_step(optimizer, the.queue, NULL, 0, NULL, NULL));
    clFinish(the.queue);
    ck_ok(clstep_optimizer_step(optimizer, the.queue, NULL, 0, NULL, NULL));
    const long live = layer_live();
    const unsigned long host = allocations();
    const int steps = getenv("CLSTEP_QUICK") ? 100 : 10000;
    clstep_status status = CLSTEP_OK;
    for (int step = 0; step < steps && status == CLSTEP_OK; step++)
        status = clstep_optimizer_step(optimizer, the.queue, NULL, 0, NULL, NULL);
    const unsigned long allocated = allocations() - host;
    ck_ok(status);
    ck_assert_uint_eq(allocated, 0);
    ck_assert_int_le(layer_live(), live + 8); /* seven more events, and the queue of older ones */
    clFinish(the.queue);
    ck_ok(clstep_optimizer_step(optimizer, the.queue, NULL, 0, NULL, NULL));
    ck_assert_int_eq(layer_live(), live);
    ck_assert_uint_eq(steps_of(optimizer), (uint64_t)steps + 3);
    clFinish(the.queue);
    clstep_optimizer_destroy(optimizer);
    clReleaseMemObject(params);
    clReleaseMemObject(grads);
}
END_TEST

Suite *calls_suite(void)
{
    Suite *suite = suite_create("calls");
    TCase *tests = tcase_create("calls");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_test(tests, one_launch_for_a_thousand_tensors);
    tcase_add_loop_test(tests, three_launches_with_clipping, 0, 2);
    tcase_add_test(tests, three_launches_with_control);
    tcase_add_test(tests, as_many_launches_as_told);
    tcase_add_test(tests, changed_numbers_build_nothing);
    tcase_add_test(tests, programs_are_shared_and_nothing_leaks);
    tcase_add_test(tests, ten_thousand_steps_hold_nothing_more);
    suite_add_tcase(suite, tests);
    return suite;
}
