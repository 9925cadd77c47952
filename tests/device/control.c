/* Steps that the device skips, and scales of gradients in device memory. The expected bits are
 * those of an optimizer without control whose host leaves out the same steps and scales the
 * gradients. */
#include "control_model.h"

#include <clstep/checkpoint.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t skipped_of(const model *m)
{
    clstep_buffer at;
    uint64_t count;
    ck_ok(clstep_optimizer_get_skipped(m->optimizer, &at));
    ck_cl(clEnqueueReadBuffer(the.queue, at.buffer, CL_TRUE, at.offset * sizeof count, sizeof count,
                              &count, 0, NULL, NULL));
    return count;
}

/* ---- skipping */

/* A flag in each type, behind other numbers. */
typedef struct {
    cl_mem buffer;
    clstep_scalar_type type;
} flag;

static flag make_flag(clstep_scalar_type type)
{
    const float ones[4] = {1, 1, 1, 1};
    return (flag){make_buffer(ones, 4), type};
}

static void write_flag(const flag *to, int value)
{
    const float number = (float)value;
    const int32_t integer = value ? -1 : 0;
    const uint8_t byte = value ? 255 : 0;
    const void *from = to->type == CLSTEP_SCALAR_FLOAT32 ? (const void *)&number
                       : to->type == CLSTEP_SCALAR_INT32 ? (const void *)&integer
                                                         : (const void *)&byte;
    const size_t size = to->type == CLSTEP_SCALAR_UINT8 ? 1 : 4;
    ck_cl(
        clEnqueueWriteBuffer(the.queue, to->buffer, CL_TRUE, 2 * size, size, from, 0, NULL, NULL));
}

static clstep_step_options options_with(const flag *skip)
{
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    options.skip = (clstep_buffer){skip->buffer, 2};
    options.skip_type = skip->type;
    return options;
}

/* The first step, two in a row, and the last. */
static int is_bad(size_t step)
{
    return step == 0 || step == 3 || step == 4 || step == STEPS - 1;
}

/* Bits of parameters and state after every step, bad gradients included. */
START_TEST(skipped_steps_leave_no_trace)
{
    const form *in = &forms[_i];
    const clstep_rule rules[GROUPS] = {rule_of(in), rule_of(in)};
    const flag skip = make_flag((clstep_scalar_type)(_i % 3));
    const clstep_step_options options = options_with(&skip);
    const float values[] = {NAN, INFINITY};
    model controlled, plain;
    make(&controlled, in, rules, CLSTEP_CONTROL_SKIP);
    make(&plain, in, rules, CLSTEP_CONTROL_NONE);
    for (size_t step = 0; step < STEPS; step++) {
        write_gradients(&controlled, in, step, is_bad(step) ? bad : as_it_is, values[step % 2]);
        write_gradients(&plain, in, step, as_it_is, 0);
        write_flag(&skip, is_bad(step));
        ck_ok(clstep_optimizer_step(controlled.optimizer, the.queue, &options, 0, NULL, NULL));
        if (!is_bad(step))
            ck_ok(clstep_optimizer_step(plain.optimizer, the.queue, NULL, 0, NULL, NULL));
        expect_equal_params(&controlled, &plain, in->preset, step);
        expect_equal_state(&controlled, &plain);
    }
    totals->cases++;
    ck_assert_uint_eq(skipped_of(&controlled), 4);
    ck_assert_uint_eq(steps_of(controlled.optimizer), STEPS);
    ck_ok(clstep_optimizer_finish(controlled.optimizer));
    ck_assert_uint_eq(steps_of(controlled.optimizer), STEPS - 4);
    clReleaseMemObject(skip.buffer);
    drop(&controlled);
    drop(&plain);
}
END_TEST

/* Tensors are left out of good and of bad steps, and so count differently. */
START_TEST(tensors_count_for_themselves)
{
    const form *in = &forms[_i];
    const clstep_rule rules[GROUPS] = {rule_of(in), rule_of(in)};
    const flag skip = make_flag(CLSTEP_SCALAR_FLOAT32);
    clstep_step_options options = options_with(&skip), without = CLSTEP_STEP_OPTIONS_INIT;
    unsigned char left_out[GROUPS * TENSORS];
    options.leave_out = without.leave_out = left_out;
    options.leave_out_count = without.leave_out_count = GROUPS * TENSORS;
    model controlled, plain;
    make(&controlled, in, rules, CLSTEP_CONTROL_SKIP);
    make(&plain, in, rules, CLSTEP_CONTROL_NONE);
    for (size_t step = 0; step < STEPS; step++) {
        for (size_t i = 0; i < GROUPS * TENSORS; i++)
            left_out[i] = step > 0 && (i * 5 + step * 3) % 4 == 0;
        write_gradients(&controlled, in, step, as_it_is, 0);
        write_gradients(&plain, in, step, as_it_is, 0);
        write_flag(&skip, is_bad(step));
        if (step == 6) /* in the middle, too */
            ck_ok(clstep_optimizer_finish(controlled.optimizer));
        ck_ok(clstep_optimizer_step(controlled.optimizer, the.queue, &options, 0, NULL, NULL));
        if (!is_bad(step))
            ck_ok(clstep_optimizer_step(plain.optimizer, the.queue, &without, 0, NULL, NULL));
        expect_equal_params(&controlled, &plain, in->preset, step);
    }
    ck_ok(clstep_optimizer_finish(controlled.optimizer));
    for (size_t i = 0; i < GROUPS * TENSORS; i++) {
        uint64_t a, b;
        ck_ok(
            clstep_optimizer_get_tensor_steps(controlled.optimizer, i / TENSORS, i % TENSORS, &a));
        ck_ok(clstep_optimizer_get_tensor_steps(plain.optimizer, i / TENSORS, i % TENSORS, &b));
        ck_assert_uint_eq(a, b);
    }
    clReleaseMemObject(skip.buffer);
    drop(&controlled);
    drop(&plain);
}
END_TEST

/* Counts of an earlier run, where corrections of Adam matter; and far on, where they do not. */
START_TEST(counts_can_be_set)
{
    static const uint64_t starts[] = {1, 17, 2000, (uint64_t)1 << 40};
    const form *in = &forms[ADAM];
    const clstep_rule rules[GROUPS] = {rule_of(in), rule_of(in)};
    const flag skip = make_flag(CLSTEP_SCALAR_INT32);
    const clstep_step_options options = options_with(&skip);
    model controlled, plain;
    make(&controlled, in, rules, CLSTEP_CONTROL_SKIP);
    make(&plain, in, rules, CLSTEP_CONTROL_NONE);
    for (size_t step = 0; step < STEPS; step++) {
        write_gradients(&controlled, in, step, as_it_is, 0);
        write_gradients(&plain, in, step, as_it_is, 0);
        write_flag(&skip, is_bad(step));
        if (step == 2) {
            ck_refused(clstep_optimizer_set_steps(controlled.optimizer, 5), CLSTEP_INVALID_ARGUMENT,
                       "clstep_optimizer_finish(); call that first");
            ck_ok(clstep_optimizer_finish(controlled.optimizer));
        }
        if (step == 0 || step == 2) {
            ck_ok(clstep_optimizer_set_steps(controlled.optimizer, starts[_i]));
            ck_ok(clstep_optimizer_set_steps(plain.optimizer, starts[_i]));
            ck_ok(clstep_optimizer_set_tensor_steps(controlled.optimizer, 1, 3, 4));
            ck_ok(clstep_optimizer_set_tensor_steps(plain.optimizer, 1, 3, 4));
        }
        ck_ok(clstep_optimizer_step(controlled.optimizer, the.queue, &options, 0, NULL, NULL));
        if (!is_bad(step))
            ck_ok(clstep_optimizer_step(plain.optimizer, the.queue, NULL, 0, NULL, NULL));
        expect_equal_params(&controlled, &plain, in->preset, step);
    }
    clReleaseMemObject(skip.buffer);
    drop(&controlled);
    drop(&plain);
}
END_TEST

/* A checkpoint holds what the device has counted, and is for optimizers with and without control.
 */
START_TEST(checkpoint_of_counts)
{
    const form *in = &forms[_i % 2 ? ADAM : ADAM_8BIT];
    const clstep_rule rules[GROUPS] = {rule_of(in), rule_of(in)};
    const flag skip = make_flag(CLSTEP_SCALAR_FLOAT32);
    const clstep_step_options options = options_with(&skip);
    model first, second;
    void *bytes;
    size_t size;
    clstep_checkpoint *checkpoint;
    make(&first, in, rules, CLSTEP_CONTROL_SKIP);
    make(&second, in, rules, _i / 2 ? CLSTEP_CONTROL_SKIP : CLSTEP_CONTROL_NONE);
    for (size_t step = 0; step < 2 * STEPS; step++) {
        if (step == STEPS) {
            ck_ok(clstep_checkpoint_save_memory(first.optimizer, the.queue, NULL, &bytes, &size));
            ck_ok(clstep_checkpoint_open_memory(&checkpoint, bytes, size));
            ck_assert_uint_eq(clstep_checkpoint_steps(checkpoint), STEPS - 4);
            ck_ok(clstep_checkpoint_load(checkpoint, second.optimizer, the.queue, NULL));
            clstep_checkpoint_close(checkpoint);
            clstep_store_free(bytes);
            ck_cl(clEnqueueCopyBuffer(the.queue, first.params, second.params, 0, 0,
                                      WORDS * sizeof(float), 0, NULL, NULL));
        }
        write_gradients(&first, in, step, as_it_is, 0);
        write_gradients(&second, in, step, as_it_is, 0);
        write_flag(&skip, step < STEPS && is_bad(step));
        ck_ok(clstep_optimizer_step(first.optimizer, the.queue, &options, 0, NULL, NULL));
        if (step < STEPS)
            continue;
        ck_ok(clstep_optimizer_step(second.optimizer, the.queue, NULL, 0, NULL, NULL));
        expect_equal_params(&first, &second, in->preset, step);
    }
    clReleaseMemObject(skip.buffer);
    drop(&first);
    drop(&second);
}
END_TEST

/* ---- the scale */

static const clstep_clip clips[] = {CLSTEP_CLIP_NONE, CLSTEP_CLIP_VALUE, CLSTEP_CLIP_NORM,
                                    CLSTEP_CLIP_GLOBAL_NORM};
enum { CLIPS = sizeof clips / sizeof *clips, SCALES = 3 };

/* By a power of two, another number, and a number of the host's; each clipped in each way. */
START_TEST(scaled_gradients)
{
    static const float loss_scales[SCALES] = {65536, 3.7f, 1000};
    const form *in = &forms[_i % 2 ? TORCH : ADAM];
    const int divides = _i / CLIPS % 2;
    const float loss_scale = loss_scales[_i / (2 * CLIPS)];
    const float scale = divides ? loss_scale : 1 / loss_scale;
    clstep_rule rules[GROUPS] = {rule_of(in), rule_of(in)};
    rules[1] = preset_rule(_i % 2 ? "keras" : in->preset); /* whose kernel is not the first */
    rules[1].clip = clips[_i % CLIPS];
    rules[1].clip_bound = rules[1].clip == CLSTEP_CLIP_NONE ? 0 : 0.01 / (double)loss_scale;
    model controlled, plain;
    make(&controlled, in, rules, divides ? CLSTEP_CONTROL_DIVIDE : CLSTEP_CONTROL_MULTIPLY);
    make(&plain, in, rules, CLSTEP_CONTROL_NONE);
    const float numbers[] = {NAN, NAN, scale};
    cl_mem buffer = make_buffer(numbers, 3);
    const flag skip = make_flag(CLSTEP_SCALAR_UINT8);
    clstep_step_options options = options_with(&skip);
    if (loss_scale == loss_scales[2])
        options.grad_scale_value = (double)scale;
    else
        options.grad_scale = (clstep_buffer){buffer, 2};
    for (size_t step = 0; step < STEPS; step++) {
        write_gradients(&controlled, in, step, as_it_is, 0);
        write_gradients(&plain, in, step, divides ? divided : multiplied, scale);
        write_flag(&skip, is_bad(step));
        ck_ok(clstep_optimizer_step(controlled.optimizer, the.queue, &options, 0, NULL, NULL));
        if (!is_bad(step))
            ck_ok(clstep_optimizer_step(plain.optimizer, the.queue, NULL, 0, NULL, NULL));
        expect_equal_params(&controlled, &plain, in->preset, step);
    }
    totals->cases++;
    clReleaseMemObject(skip.buffer);
    clReleaseMemObject(buffer);
    drop(&controlled);
    drop(&plain);
}
END_TEST

/* ---- refusals */

START_TEST(wrong_scalars)
{
    const form *in = &forms[TORCH];
    const clstep_rule rules[GROUPS] = {rule_of(in), rule_of(in)};
    model m, plain;
    make(&m, in, rules, CLSTEP_CONTROL_SKIP);
    make(&plain, in, rules, CLSTEP_CONTROL_NONE);
    cl_int code;
    model scaled;
    make(&scaled, in, rules, CLSTEP_CONTROL_DIVIDE);
    cl_mem small = make_buffer(NULL, 1);
    cl_context other = clCreateContext(NULL, 1, &the.device, NULL, NULL, &code);
    cl_mem foreign = clCreateBuffer(other, CL_MEM_READ_WRITE, 4, NULL, &code);
    const cl_image_format pixels = {CL_R, CL_FLOAT};
    const cl_image_desc extent = {
        .image_type = CL_MEM_OBJECT_IMAGE2D, .image_width = 4, .image_height = 4};
    cl_mem image = clCreateImage(the.context, CL_MEM_READ_WRITE, &pixels, &extent, NULL, &code);
    ck_cl(code);
    cl_mem blind = clCreateBuffer(the.context, CL_MEM_WRITE_ONLY, 4, NULL, &code);
    const struct {
        const model *of;
        clstep_step_options options;
        const char *said;
    } cases[] = {
        {&plain, {sizeof cases->options, .skip = {small, 0}}, "created with options.control"},
        {&m, {sizeof cases->options, .skip = {small, 1}}, "options.skip: offset 1 reaches past"},
        {&m,
         {sizeof cases->options, .skip = {small, 4}, .skip_type = CLSTEP_SCALAR_UINT8},
         "room for 4"},
        {&m, {sizeof cases->options, .skip = {blind, 0}}, "options.skip is CL_MEM_WRITE_ONLY"},
        {&m, {sizeof cases->options, .skip = {small, 0}, .skip_type = 3}, "options.skip_type must"},
        {&m, {sizeof cases->options, .skip = {image, 0}}, "options.skip is not a buffer"},
        {&m, {sizeof cases->options, .skip = {foreign, 0}}, "belongs to another context"},
        {&m, {sizeof cases->options, .reserved = 1}, "options.reserved must be 0"},
        {&m, {sizeof cases->options, .grad_scale = {small, 0}}, "options.grad_scale needs"},
        {&scaled,
         {sizeof cases->options, .grad_scale_value = -1},
         "options.grad_scale_value is -1"},
        {&scaled, {sizeof cases->options, .grad_scale_value = 1e39}, "finite fp32 number above 0"},
        {&scaled, {sizeof cases->options, .grad_scale_value = 1e-50}, "finite fp32 number above 0"},
        {&scaled, {sizeof cases->options, .grad_scale_value = (double)NAN}, "above 0"},
        {&scaled,
         {sizeof cases->options, .grad_scale = {small, 1}},
         "options.grad_scale: offset 1"},
        {&m, {sizeof cases->options, .grad_scale_value = 2}, "options.grad_scale_value needs"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_refused(clstep_optimizer_step(cases[i].of->optimizer, the.queue, &cases[i].options, 0,
                                         NULL, NULL),
                   CLSTEP_INVALID_ARGUMENT, cases[i].said);
        ck_assert_uint_eq(steps_of(cases[i].of->optimizer), 0);
    }
    clstep_buffer at;
    ck_refused(clstep_optimizer_get_skipped(plain.optimizer, &at), CLSTEP_INVALID_ARGUMENT,
               "the device cannot skip steps");
    clReleaseMemObject(small);
    clReleaseMemObject(blind);
    clReleaseMemObject(image);
    clReleaseMemObject(foreign);
    clReleaseContext(other);
    drop(&scaled);
    drop(&m);
    drop(&plain);
}
END_TEST

START_TEST(wrong_optimizers)
{
    cl_mem param = make_buffer(NULL, 8), grad = make_buffer(NULL, 8);
    const clstep_rule nadam = preset_rule("nadam"), torch = preset_rule("torch");
    clstep_rule optax = preset_rule("optax");
    optax.bias_correction = 1;
    clstep_tensor tensor = {.param = param, .grad = grad, .count = 4};
    clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &nadam, .tensors = &tensor,
                          .tensor_count = 1};
    clstep_optimizer_options options = CLSTEP_OPTIMIZER_OPTIONS_INIT;
    clstep_optimizer *optimizer;
    options.control = CLSTEP_CONTROL_SKIP;
    ck_refused(
        clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, &options, NULL),
        CLSTEP_UNSUPPORTED, "only the host computes the momentum schedule of nadam");
    group.rule = &optax;
    ck_refused(
        clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, &options, NULL),
        CLSTEP_UNSUPPORTED, "only the host computes the bias_correction of optax");
    group.rule = &torch;
    tensor.param_dtype = CLSTEP_DTYPE_FLOAT64;
    ck_refused(
        clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, &options, NULL),
        CLSTEP_UNSUPPORTED, "groups[0].tensors[0].param_dtype is CLSTEP_DTYPE_FLOAT64");
    options.control = (clstep_control)4;
    ck_refused(
        clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, &options, NULL),
        CLSTEP_INVALID_ARGUMENT, "options.control is 4");
    clReleaseMemObject(param);
    clReleaseMemObject(grad);
}
END_TEST

Suite *control_suite(void)
{
    Suite *suite = suite_create("control");
    TCase *tests = tcase_create("control");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    const int is_quick = getenv("CLSTEP_QUICK") != NULL;
    const int some = is_quick ? FORMS_QUICK : FORMS;
    tcase_add_loop_test(tests, skipped_steps_leave_no_trace, 0, some);
    tcase_add_loop_test(tests, tensors_count_for_themselves, 0, some);
    tcase_add_loop_test(tests, counts_can_be_set, 0, 4);
    tcase_add_loop_test(tests, checkpoint_of_counts, 0, 4);
    tcase_add_loop_test(tests, scaled_gradients, 0, CLIPS * 2 * (is_quick ? 1 : SCALES));
    tcase_add_test(tests, wrong_scalars);
    tcase_add_test(tests, wrong_optimizers);
    suite_add_tcase(suite, tests);
    return suite;
}
