/* The inputs of a step: gradients of its own, and tensors that are left out. Every element is
 * compared with the scalar reference, which counts each tensor's steps separately. */
#include "inputs_setup.h"

#include "layer_client.h"

#include <stdlib.h>
#include <string.h>

static const char *const presets[] = {"torch", "adam", "sgd", "keras"};
enum { PRESETS = sizeof presets / sizeof *presets };

static clstep_rule rule_of(int which)
{
    clstep_rule rule = preset_rule(presets[which]);
    rule.lr = 0.01;
    if (strcmp(presets[which], "sgd") == 0)
        rule.momentum = 0.9;
    return rule;
}

/* New buffers and offsets in any step, from one pool, from others, and for each tensor its own. */
static void gradients(int which, size_t tensors, int is_apart, inputs_place at_create)
{
    const clstep_rule rule = rule_of(which);
    static inputs_setup b;
    inputs_make(&b, &rule, tensors, is_apart, at_create);
    inputs_step(&b, ~0u, IN_A_POOL, 0, 1);
    inputs_step(&b, ~0u, IN_A_POOL, 0, 1);
    inputs_step(&b, ~0u, FURTHER_ON, 0, 1); /* the same buffers */
    inputs_step(&b, ~0u, IN_A_POOL, 1, 1);
    inputs_step(&b, ~0u, ON_THEIR_OWN, 0, 1);
    inputs_step(&b, ~0u, ON_THEIR_OWN, 0, 1);
    inputs_step(&b, 0xf5u, ON_THEIR_OWN, 0, 1);
    inputs_step(&b, 0xa5u, IN_A_POOL, 1, 1); /* fewer launches, and buffers that are let go */
    inputs_step(&b, ~0u, IN_A_POOL, 2, 0);
    if (at_create == IN_A_POOL)
        inputs_step(&b, ~0u, AT_CREATE, 0, 0);
    inputs_drop(&b);
}

START_TEST(in_one_pool)
{
    gradients(_i, 24, 0, IN_A_POOL);
}
END_TEST

START_TEST(apart)
{
    gradients(_i, 40, 1, ON_THEIR_OWN);
}
END_TEST

START_TEST(none_at_create)
{
    gradients(_i, 40, 1, AT_CREATE);
    gradients(_i, 3, 0, AT_CREATE);
}
END_TEST

/* Each tensor counts its own steps: Adam's corrections, SGD's first momentum. */
START_TEST(left_out)
{
    const clstep_rule rule = rule_of(_i);
    static inputs_setup b;
    inputs_make(&b, &rule, 24, 0, IN_A_POOL);
    inputs_step(&b, 0xfeu, AT_CREATE, 0, 0);
    inputs_step(&b, ~0u, AT_CREATE, 0, 0);
    inputs_step(&b, 0x0fu, AT_CREATE, 0, 0);
    inputs_step(&b, 0x0fu, AT_CREATE, 0, 0);
    inputs_step(&b, 0, AT_CREATE, 0, 0);
    ck_assert_uint_eq(clstep_optimizer_launches(b.optimizer), 0);
    inputs_step(&b, 0x99u, AT_CREATE, 0, 0);
    inputs_step(&b, ~0u, AT_CREATE, 0, 0);
    uint64_t steps = 0;
    ck_ok(clstep_optimizer_get_tensor_steps(b.optimizer, 0, 0, &steps));
    ck_assert_uint_eq(steps, b.of[0].steps);
    ck_ok(clstep_optimizer_get_tensor_steps(b.optimizer, 0, 1, &steps));
    ck_assert_uint_eq(steps, b.of[1].steps);
    ck_assert_uint_eq(steps_of(b.optimizer), 7);
    inputs_drop(&b);
}
END_TEST

/* Set from outside, one by one and all. */
START_TEST(own_steps)
{
    const clstep_rule rule = rule_of(1);
    static inputs_setup b;
    inputs_make(&b, &rule, 24, 0, IN_A_POOL);
    inputs_step(&b, ~0u, AT_CREATE, 0, 0);
    ck_ok(clstep_optimizer_set_tensor_steps(b.optimizer, 0, 2, 41));
    b.of[2].steps = 41;
    inputs_step(&b, ~0u, AT_CREATE, 0, 0);
    inputs_step(&b, ~0u, AT_CREATE, 0, 0);
    ck_ok(clstep_optimizer_set_steps(b.optimizer, 9));
    for (size_t i = 0; i < b.tensors; i++)
        b.of[i].steps = 9;
    inputs_step(&b, ~0u, AT_CREATE, 0, 0);
    ck_refused(clstep_optimizer_set_tensor_steps(b.optimizer, 0, 2, UINT64_MAX),
               CLSTEP_INVALID_ARGUMENT, "2^63");
    inputs_drop(&b);
}
END_TEST

/* Refused before anything is touched; the step after is as if nothing had been asked. */
START_TEST(refused)
{
    const clstep_rule rule = rule_of(0);
    static inputs_setup b;
    inputs_make(&b, &rule, 8, 0, IN_A_POOL);
    clstep_buffer given[8];
    unsigned char leave_out[8] = {0};
    for (size_t i = 0; i < 8; i++)
        given[i] = inputs_buffer(&b, i, ON_THEIR_OWN, 0);
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    options.gradients = given;
    options.gradient_count = 7;
#define REFUSED(part)                                                                              \
    ck_refused(clstep_optimizer_step(b.optimizer, the.queue, &options, 0, NULL, NULL),             \
               CLSTEP_INVALID_ARGUMENT, part)
    REFUSED("options.gradient_count is 7, but the optimizer has 8 tensors");
    options.gradient_count = 8;
    given[5].offset = 4;
    REFUSED("options.gradients[5]: offset 4 and count 1000 reach past the end");
    given[5] = (clstep_buffer){b.params, 0};
    REFUSED("options.gradients[5].buffer overlaps groups[");
    given[5] = inputs_buffer(&b, 5, ON_THEIR_OWN, 0);
    options.leave_out = leave_out;
    REFUSED("options.leave_out_count is 0");
    options.leave_out_count = 8;
    leave_out[3] = 2;
    REFUSED("options.leave_out[3] is 2");
#undef REFUSED
    inputs_step(&b, ~0u, AT_CREATE, 0, 0);
    inputs_drop(&b);
}
END_TEST

/* A sub-buffer with state, and gradients that name its buffer itself, in front of it. */
START_TEST(named_in_two_ways)
{
    clstep_rule rule = preset_rule("torch");
    cl_mem param = make_buffer(NULL, 16), root = make_buffer(NULL, 1 << 14);
    const cl_buffer_region region = {1 << 15, 4096};
    cl_int code;
    cl_mem part =
        clCreateSubBuffer(root, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
    ck_cl(code);
    const clstep_buffer array = {part, 0};
    const clstep_tensor described = {
        .param = param, .count = 16, .state_arrays = &array, .state_array_count = 1};
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = &described,
                                .tensor_count = 1};
    clstep_optimizer *optimizer;
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, NULL, NULL));
    static const uint64_t offsets[] = {0, 5000, 12000};
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        const clstep_buffer gradient = {root, offsets[i]};
        clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
        options.gradients = &gradient;
        options.gradient_count = 1;
        ck_refused(clstep_optimizer_step(optimizer, the.queue, &options, 0, NULL, NULL),
                   CLSTEP_INVALID_ARGUMENT,
                   "gives a sub-buffer; give the buffer in both places, or sub-buffers in both");
    }
    clstep_optimizer_destroy(optimizer);
    clReleaseMemObject(part);
    clReleaseMemObject(root);
    clReleaseMemObject(param);
}
END_TEST

/* Nothing is built or allocated, and what is as before uploads and sets nothing. */
START_TEST(costs)
{
    layer_open();
    const clstep_rule rule = rule_of(0);
    static inputs_setup b;
    inputs_make(&b, &rule, 40, 1, AT_CREATE);
    const unsigned long builds = layer_count(LAYER_PROGRAMS);
    inputs_step(&b, ~0u, ON_THEIR_OWN, 0, 1);
    inputs_step(&b, 0x3fu, ON_THEIR_OWN, 0, 1);
    const unsigned long launches = layer_count(LAYER_KERNEL_LAUNCHES);
    const unsigned long arguments = layer_count(LAYER_ARGUMENTS);
    inputs_step(&b, 0x3fu, ON_THEIR_OWN, 0, 1);
    ck_assert_uint_eq(layer_count(LAYER_PROGRAMS), builds);
    ck_assert_uint_eq(layer_count(LAYER_ARGUMENTS), arguments);
    ck_assert_uint_eq(layer_count(LAYER_KERNEL_LAUNCHES) - launches,
                      clstep_optimizer_launches(b.optimizer));
    ck_assert_uint_eq(clstep_optimizer_launches(b.optimizer), 1); /* 30 buffers */
    inputs_drop(&b);
}
END_TEST

/* Each call that a step makes fails once, in steps of all kinds; the repeated step is whole. */
START_TEST(faults)
{
    layer_open();
    const clstep_rule rule = rule_of(1);
    for (int is_apart = 0; is_apart < 2; is_apart++) {
        static inputs_setup b;
        inputs_make(&b, &rule, is_apart ? 40 : 16, is_apart, IN_A_POOL);
        inputs_drop(&b);
        const long live = layer_live();
        inputs_make(&b, &rule, is_apart ? 40 : 16, is_apart, IN_A_POOL);
        inputs_step(&b, ~0u, AT_CREATE, 0, 0);
        int any = 1;
        for (b.fault = 1; any; b.fault += is_apart ? 7 : 1) {
            any = 0;
            inputs_step(&b, 0x5fu, ON_THEIR_OWN, 0, 1);
            any |= b.failed;
            inputs_step(&b, ~0u, IN_A_POOL, b.fault % POOLS, 0);
            any |= b.failed;
            inputs_step(&b, 0x3cu, AT_CREATE, 0, 0);
            any |= b.failed;
        }
        ck_assert_uint_gt(b.fault, 8);
        b.fault = 0;
        ck_ok(clstep_optimizer_finish(b.optimizer));
        inputs_step(&b, ~0u, AT_CREATE, 0, 0);
        inputs_drop(&b);
        ck_assert_int_eq(layer_live(), live);
    }
}
END_TEST

Suite *inputs_suite(void)
{
    Suite *suite = suite_create("inputs");
    TCase *tests = tcase_create("inputs");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_loop_test(tests, in_one_pool, 0, PRESETS);
    tcase_add_loop_test(tests, apart, 0, PRESETS);
    tcase_add_loop_test(tests, none_at_create, 0, PRESETS);
    tcase_add_loop_test(tests, left_out, 0, PRESETS);
    tcase_add_test(tests, own_steps);
    tcase_add_test(tests, refused);
    tcase_add_test(tests, named_in_two_ways);
    tcase_add_test(tests, costs);
    tcase_add_test(tests, faults);
    suite_add_tcase(suite, tests);
    return suite;
}
