/* Learning rates and weight decays of each tensor. Every element is compared with the scalar
 * reference, and in other formats with groups of one tensor each. */
#include "inputs_setup.h"

#include "layer_client.h"

#include <math.h>
#include <string.h>

static const char *const presets[] = {"torch", "adam", "sgd", "keras", "adamw", "hinton"};
enum { PRESETS = sizeof presets / sizeof *presets, TENSORS = 24 };

/* `classes` different learning rates and weight decays, a decay of 0 among them. */
static void set_rates(double *lr, double *decay, size_t classes, double factor)
{
    for (size_t i = 0; i < TENSORS; i++) {
        lr[i] = factor * (double)(1 + i % classes);
        decay[i] = 0.01 * (double)(i % classes);
    }
}

/* Numbers that split the groups, change together, split them otherwise, and are gone again; with
 * gradients of the step and left-out tensors. */
START_TEST(of_each_tensor)
{
    const clstep_rule rule = preset_rule(presets[_i]);
    static inputs_setup b;
    double lr[TENSORS], decay[TENSORS];
    inputs_make(&b, &rule, TENSORS, 0, IN_A_POOL);
    inputs_step(&b, ~0u, AT_CREATE, 0, 0);
    b.lr = lr;
    b.decay = decay;
    static const size_t classes[] = {1, 3, 3, 5, TENSORS, 2};
    for (size_t k = 0; k < sizeof classes / sizeof *classes; k++) {
        set_rates(lr, decay, classes[k], 0.001 * (double)(k + 1));
        inputs_step(&b, k % 2 ? ~0u : 0x5fu, AT_CREATE, 0, 0);
        inputs_step(&b, ~0u, IN_A_POOL, k % POOLS, 1);
        b.decay = k % 2 ? NULL : decay;
        inputs_step(&b, 0xf7u, IN_A_POOL, k % POOLS, 1);
        b.decay = decay;
    }
    b.lr = NULL;
    inputs_step(&b, ~0u, AT_CREATE, 0, 0);
    b.decay = NULL;
    inputs_step(&b, ~0u, AT_CREATE, 0, 0);
    inputs_drop(&b);
}
END_TEST

/* 0 and -0 are different numbers, whose products have different signs. */
START_TEST(signs_of_zero)
{
    const clstep_rule rule = preset_rule("torch");
    static inputs_setup b;
    double lr[TENSORS];
    inputs_make(&b, &rule, TENSORS, 0, IN_A_POOL);
    for (size_t i = 0; i < TENSORS; i++) {
        lr[i] = i % 2 ? 0.0 : -0.0;
        for (size_t k = 0; k < b.of[i].count; k++)
            b.of[i].p[k] = k % 2 ? 0.0f : -0.0f;
        if (b.of[i].count)
            write_buffer(b.params, b.of[i].offset, b.of[i].p, b.of[i].count);
    }
    b.lr = lr;
    inputs_step(&b, ~0u, AT_CREATE, 0, 0);
    inputs_drop(&b);
}
END_TEST

/* One launch whatever the numbers are; the same numbers upload and set nothing; nothing is built.
 */
START_TEST(costs)
{
    layer_open();
    const clstep_rule rule = preset_rule("torch");
    static inputs_setup b;
    double lr[TENSORS], decay[TENSORS];
    inputs_make(&b, &rule, TENSORS, 0, IN_A_POOL);
    const unsigned long builds = layer_count(LAYER_PROGRAMS);
    set_rates(lr, decay, TENSORS, 0.001);
    b.lr = lr;
    b.decay = decay;
    inputs_step(&b, ~0u, AT_CREATE, 0, 0);
    inputs_step(&b, ~0u, AT_CREATE, 0, 0); /* the first step has a constant of its own */
    const unsigned long launches = layer_count(LAYER_KERNEL_LAUNCHES);
    const unsigned long arguments = layer_count(LAYER_ARGUMENTS);
    inputs_step(&b, ~0u, AT_CREATE, 0, 0);
    ck_assert_uint_eq(layer_count(LAYER_PROGRAMS), builds);
    ck_assert_uint_eq(layer_count(LAYER_ARGUMENTS), arguments);
    ck_assert_uint_eq(layer_count(LAYER_KERNEL_LAUNCHES), launches + 1);
    ck_assert_uint_eq(clstep_optimizer_launches(b.optimizer), 1);
    inputs_drop(&b);
}
END_TEST

/* Each call that a step makes fails once; the repeated step is whole. */
START_TEST(faults)
{
    layer_open();
    const clstep_rule rule = preset_rule("adam");
    static inputs_setup b;
    double lr[TENSORS], decay[TENSORS];
    inputs_make(&b, &rule, TENSORS, 0, IN_A_POOL);
    b.lr = lr;
    b.decay = decay;
    int any = 1;
    for (b.fault = 1; any; b.fault++) {
        any = 0;
        for (size_t k = 0; k < 3; k++) {
            set_rates(lr, decay, 1 + (b.fault + k) % 4, 0.001);
            inputs_step(&b, ~0u, AT_CREATE, 0, 0);
            any |= b.failed;
        }
    }
    ck_assert_uint_gt(b.fault, 3);
    inputs_drop(&b);
}
END_TEST

START_TEST(refused)
{
    const clstep_rule rule = preset_rule("torch");
    static inputs_setup b;
    double numbers[TENSORS] = {0};
    inputs_make(&b, &rule, TENSORS, 0, IN_A_POOL);
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
#define REFUSED(part)                                                                              \
    ck_refused(clstep_optimizer_step(b.optimizer, the.queue, &options, 0, NULL, NULL),             \
               CLSTEP_INVALID_ARGUMENT, part)
    options.tensor_lr = numbers;
    options.tensor_lr_count = 3;
    REFUSED("options.tensor_lr_count is 3, but the optimizer has 24 tensors");
    options.tensor_lr_count = TENSORS;
    static const double bad[] = {-1, INFINITY, NAN, 1e39};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        numbers[5] = bad[i];
        REFUSED("options.tensor_lr[5] is ");
    }
    options.tensor_lr = NULL;
    options.tensor_weight_decay = numbers;
    REFUSED("options.tensor_weight_decay_count is 0, but the optimizer has 24 tensors");
    options.tensor_weight_decay_count = TENSORS;
    REFUSED("options.tensor_weight_decay[5] is ");
#undef REFUSED
    inputs_step(&b, ~0u, AT_CREATE, 0, 0);
    inputs_drop(&b);
}
END_TEST

/* ---- other formats */

static const struct {
    clstep_dtype param;
    clstep_state_storage state;
    clstep_param_storage storage;
} formats[] = {
    {CLSTEP_DTYPE_FLOAT64, 0, 0},
    {CLSTEP_DTYPE_BFLOAT16, CLSTEP_STATE_8BIT, CLSTEP_PARAM_STOCHASTIC},
    {CLSTEP_DTYPE_FLOAT16, CLSTEP_STATE_BFLOAT16, CLSTEP_PARAM_RESIDUAL},
};
enum { FORMATS = sizeof formats / sizeof *formats, PARTS = 6, PART = 700 };

static void fill(cl_mem buffer, int format, unsigned seed)
{
    static double doubles[PARTS * PART];
    static unsigned short halves[PARTS * PART];
    for (size_t i = 0; i < PARTS * PART; i++) {
        seed = seed * 1664525u + 1013904223u;
        doubles[i] = (double)seed / 4294967296.0 - 0.5;
        halves[i] =
            (unsigned short)(0x3000u + (seed >> 24) + (seed >> 31 << 15)); /* of 0.1 or so */
    }
    const void *from = format == 0 ? (const void *)doubles : halves;
    const size_t size = clstep_dtype_size(formats[format].param) * PARTS * PART;
    ck_cl(clEnqueueWriteBuffer(the.queue, buffer, CL_TRUE, 0, size, from, 0, NULL, NULL));
}

/* Steps in one group with numbers for each tensor, or in a group for each tensor. */
static void run(int format, int in_groups, const double *lr, const double *decay, void *result)
{
    const size_t size = clstep_dtype_size(formats[format].param) * PARTS * PART;
    cl_int code;
    cl_mem params = clCreateBuffer(the.context, CL_MEM_READ_WRITE, size, NULL, &code);
    ck_cl(code);
    cl_mem grads = clCreateBuffer(the.context, CL_MEM_READ_WRITE, size, NULL, &code);
    ck_cl(code);
    fill(params, format, 1);
    clstep_rule rules[PARTS];
    clstep_tensor tensors[PARTS];
    clstep_group groups[PARTS];
    memset(tensors, 0, sizeof tensors);
    for (size_t i = 0; i < PARTS; i++) {
        rules[i] = preset_rule("adam");
        if (in_groups) {
            rules[i].lr = lr[i];
            rules[i].weight_decay = decay[i];
        }
        tensors[i] = (clstep_tensor){.param = params,
                                     .grad = grads,
                                     .param_offset = i * PART,
                                     .grad_offset = i * PART,
                                     .count = PART - i,
                                     .param_dtype = formats[format].param,
                                     .grad_dtype = formats[format].param};
        groups[i] = (clstep_group){CLSTEP_GROUP_SIZES,
                                   .rule = &rules[i],
                                   .tensors = &tensors[i],
                                   .tensor_count = in_groups ? 1 : PARTS,
                                   .state_storage = formats[format].state,
                                   .param_storage = formats[format].storage};
    }
    clstep_optimizer *optimizer;
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, in_groups ? PARTS : 1, groups,
                                  NULL, NULL));
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    options.tensor_lr = in_groups ? NULL : lr;
    options.tensor_weight_decay = in_groups ? NULL : decay;
    options.tensor_lr_count = options.tensor_weight_decay_count = PARTS;
    for (unsigned step = 0; step < 3; step++) {
        fill(grads, format, 2 + step);
        ck_ok(clstep_optimizer_step(optimizer, the.queue, &options, 0, NULL, NULL));
    }
    ck_cl(clEnqueueReadBuffer(the.queue, params, CL_TRUE, 0, size, result, 0, NULL, NULL));
    clstep_optimizer_destroy(optimizer);
    clReleaseMemObject(params);
    clReleaseMemObject(grads);
}

START_TEST(as_groups)
{
    static const double lr[PARTS] = {0.01, 0.02, 0.01, 0.003, 0, 0.01};
    static const double decay[PARTS] = {0.1, 0, 0.1, 0.1, 0.1, 0};
    static unsigned char one[PARTS * PART * 8], many[PARTS * PART * 8];
    cl_device_fp_config doubles = 0;
    ck_cl(clGetDeviceInfo(the.device, CL_DEVICE_DOUBLE_FP_CONFIG, sizeof doubles, &doubles, NULL));
    if (_i == 0 && !doubles)
        return;
    run(_i, 0, lr, decay, one);
    run(_i, 1, lr, decay, many);
    ck_assert_int_eq(memcmp(one, many, sizeof one), 0);
    run(_i, 0, lr, lr, one);
    ck_assert_int_ne(memcmp(one, many, sizeof one), 0);
}
END_TEST

Suite *rates_suite(void)
{
    Suite *suite = suite_create("rates");
    TCase *tests = tcase_create("rates");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_loop_test(tests, of_each_tensor, 0, PRESETS);
    tcase_add_test(tests, signs_of_zero);
    tcase_add_test(tests, costs);
    tcase_add_test(tests, faults);
    tcase_add_test(tests, refused);
    tcase_add_loop_test(tests, as_groups, 0, FORMATS);
    suite_add_tcase(suite, tests);
    return suite;
}
