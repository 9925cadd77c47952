/* Control with steps that are refused, fail, or leave out the same tensors again; with empty
 * tensors; and with scales that are no numbers. Adam, whose corrections show a wrong count of
 * steps. */
#include "fixture.h"

#include "layer_client.h"

#include <clstep/checkpoint.h>
#include <math.h>
#include <string.h>

enum { EACH = 4, MOST = 2 };

/* One group of small tensors, and the numbers that the device reads. */
typedef struct {
    cl_mem params, grads, scalars; /* the scale, then the flag */
    clstep_optimizer *optimizer;
} small;

static const float ones[EACH * MOST] = {1, 1, 1, 1, 1, 1, 1, 1};

static void open_with(small *s, const clstep_rule *rule, clstep_control control, size_t count,
                      const size_t counts[])
{
    static clstep_tensor tensors[MOST];
    static char names[MOST][8] = {"first", "second"};
    *s = (small){.params = make_buffer(NULL, EACH * MOST),
                 .grads = make_buffer(ones, EACH * MOST),
                 .scalars = make_buffer(NULL, 2)};
    for (size_t i = 0; i < count; i++)
        tensors[i] = (clstep_tensor){.param = s->params,
                                     .grad = s->grads,
                                     .param_offset = EACH * i,
                                     .grad_offset = EACH * i,
                                     .count = counts[i],
                                     .name = names[i]};
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = rule, .tensors = tensors,
                                .tensor_count = count};
    clstep_optimizer_options options = CLSTEP_OPTIMIZER_OPTIONS_INIT;
    options.control = control;
    ck_ok(clstep_optimizer_create(&s->optimizer, the.engine, the.queue, 1, &group, &options, NULL));
}

static void open_small(small *s, const char *preset, clstep_control control, size_t count,
                       const size_t counts[])
{
    const clstep_rule rule = preset_rule(preset);
    open_with(s, &rule, control, count, counts);
}

static void close_small(small *s)
{
    clstep_optimizer_destroy(s->optimizer);
    clReleaseMemObject(s->params);
    clReleaseMemObject(s->grads);
    if (s->scalars)
        clReleaseMemObject(s->scalars);
}

static clstep_step_options options_of(const small *s, float scale, float skip)
{
    const float numbers[] = {scale, skip};
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    write_buffer(s->scalars, 0, numbers, 2);
    options.skip = (clstep_buffer){s->scalars, 1};
    if (scale != 1)
        options.grad_scale = (clstep_buffer){s->scalars, 0};
    return options;
}

static float param_of(const small *s, size_t tensor)
{
    float p;
    read_buffer(s->params, EACH * tensor, &p, 1);
    return p;
}

static uint64_t count_of(const small *s, size_t tensor)
{
    uint64_t count;
    ck_ok(clstep_optimizer_get_tensor_steps(s->optimizer, 0, tensor, &count));
    return count;
}

/* Adam's first step is lr, whatever the gradient, and so are the next with equal ones. */
static void expect_steps(const small *s, size_t tensor, int steps)
{
    const float p = param_of(s, tensor);
    ck_assert_msg(fabsf(p + 0.001f * (float)steps) < 1e-6f, "tensor %zu: %g after %d steps", tensor,
                  (double)p, steps);
}

static const size_t one[] = {EACH}, two[] = {EACH, EACH}, and_empty[] = {EACH, 0};

/* OpenCL refuses the upload, or the control kernel, or the update. The rest takes the numbers of
 * the first call, even if the caller has released them. */
START_TEST(incomplete_step)
{
    small s;
    layer_open();
    open_small(&s, "sgd", CLSTEP_CONTROL_DIVIDE, 1, one);
    ck_ok(clstep_optimizer_set_steps(s.optimizer, 5)); /* an upload before the other two */
    const double lr = 1;
    const int is_skipped = _i >= 2;
    clstep_step_options options = options_of(&s, 4, (float)is_skipped);
    options.lr = &lr;
    options.lr_count = 1;
    layer_fail(LAYER_KERNEL_LAUNCHES, 2 + (unsigned long)_i % 2, CL_OUT_OF_RESOURCES, 0);
    ck_refused(clstep_optimizer_step(s.optimizer, the.queue, &options, 0, NULL, NULL),
               CLSTEP_INCOMPLETE, "call clstep_optimizer_step() again");
    layer_fail(-1, 0, 0, 0);
    clReleaseMemObject(s.scalars);
    s.scalars = NULL;
    ck_ok(clstep_optimizer_step(s.optimizer, the.queue, NULL, 0, NULL, NULL));
    ck_ok(clstep_optimizer_finish(s.optimizer));
    ck_assert(param_of(&s, 0) == (is_skipped ? 0 : -0.25f));
    ck_assert_uint_eq(count_of(&s, 0), is_skipped ? 5 : 6);
    close_small(&s);
}
END_TEST

/* The step that uploads counts of an earlier run fails, by an event that it waits for. */
START_TEST(counts_of_a_failed_step)
{
    small s;
    cl_int code;
    open_small(&s, "adam", CLSTEP_CONTROL_SKIP, 1, one);
    ck_ok(clstep_optimizer_finish(s.optimizer));
    ck_ok(clstep_optimizer_set_steps(s.optimizer, 1000));
    cl_event event = clCreateUserEvent(the.context, &code);
    ck_ok(clstep_optimizer_step(s.optimizer, the.queue, NULL, 1, &event, NULL));
    ck_cl(clSetUserEventStatus(event, -5));
    ck_refused(clstep_optimizer_finish(s.optimizer), CLSTEP_OPENCL_FAILED, "failed on the device");
    if (_i)
        ck_ok(clstep_optimizer_set_steps(s.optimizer, 2000));
    ck_ok(clstep_optimizer_step(s.optimizer, the.queue, NULL, 0, NULL, NULL));
    ck_ok(clstep_optimizer_finish(s.optimizer));
    ck_assert_uint_eq(count_of(&s, 0), _i ? 2001 : 1001);
    ck_assert_uint_eq(steps_of(s.optimizer), _i ? 2001 : 1001);
    clReleaseEvent(event);
    close_small(&s);
}
END_TEST

/* Step 1 leaves out the second tensor, steps 2 and 3 the first. The second is skipped, the third
 * may be, and a finish may lie between. With norms of tensors each has step constants of its own.
 */
START_TEST(left_out_again)
{
    small s;
    unsigned char left_out[] = {0, 1};
    const int skips_third = _i % 2;
    clstep_rule rule = preset_rule("adam");
    rule.clip = _i / 4 ? CLSTEP_CLIP_NORM : CLSTEP_CLIP_NONE;
    rule.clip_bound = _i / 4 ? 1e9 : 0;
    open_with(&s, &rule, CLSTEP_CONTROL_SKIP, 2, two);
    for (int step = 1; step <= 4; step++) {
        left_out[0] = step == 2 || step == 3;
        left_out[1] = step == 1;
        clstep_step_options options =
            options_of(&s, 1, step == 2 || (step == 3 && skips_third) ? 1 : 0);
        options.leave_out = left_out;
        options.leave_out_count = 2;
        ck_ok(clstep_optimizer_step(s.optimizer, the.queue, &options, 0, NULL, NULL));
        clFinish(the.queue);
        if (step == 2 && _i / 2 % 2)
            ck_ok(clstep_optimizer_finish(s.optimizer));
    }
    ck_ok(clstep_optimizer_finish(s.optimizer));
    ck_assert_uint_eq(count_of(&s, 0), 2);
    ck_assert_uint_eq(count_of(&s, 1), skips_third ? 1 : 2);
    expect_steps(&s, 0, 2);
    expect_steps(&s, 1, skips_third ? 1 : 2);
    close_small(&s);
}
END_TEST

/* An empty tensor counts steps of its own, which mean nothing to the others; and as without
 * control. */
START_TEST(empty_tensor)
{
    small with, without;
    const unsigned char left_out[] = {0, 1};
    open_small(&with, "adam", CLSTEP_CONTROL_SKIP, 2, and_empty);
    open_small(&without, "adam", CLSTEP_CONTROL_NONE, 2, and_empty);
    const small *both[] = {&with, &without};
    for (size_t i = 0; i < 2; i++) {
        clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
        options.leave_out = left_out;
        options.leave_out_count = 2;
        ck_ok(clstep_optimizer_set_steps(both[i]->optimizer, 1000));
        ck_ok(clstep_optimizer_set_tensor_steps(both[i]->optimizer, 0, 1, 3));
        ck_ok(clstep_optimizer_step(both[i]->optimizer, the.queue, &options, 0, NULL, NULL));
        ck_ok(clstep_optimizer_step(both[i]->optimizer, the.queue, NULL, 0, NULL, NULL));
        ck_ok(clstep_optimizer_finish(both[i]->optimizer));
    }
    ck_assert(param_of(&with, 0) == param_of(&without, 0));
    ck_assert_uint_eq(count_of(&with, 1), count_of(&without, 1));
    close_small(&with);
    close_small(&without);
}
END_TEST

/* A tensor that the checkpoint lacks keeps its count: that of the device. */
START_TEST(missing_in_the_checkpoint)
{
    small from, to;
    void *bytes;
    size_t size;
    clstep_checkpoint *checkpoint;
    open_small(&from, "adam", CLSTEP_CONTROL_NONE, 1, one);
    ck_ok(clstep_checkpoint_save_memory(from.optimizer, the.queue, NULL, &bytes, &size));
    ck_ok(clstep_checkpoint_open_memory(&checkpoint, bytes, size));
    open_small(&to, "adam", CLSTEP_CONTROL_SKIP, 2, two);
    const clstep_step_options skipped = options_of(&to, 1, 1);
    for (int step = 0; step < 3; step++)
        ck_ok(clstep_optimizer_step(to.optimizer, the.queue, &skipped, 0, NULL, NULL));
    clstep_load_options options = CLSTEP_LOAD_OPTIONS_INIT;
    options.allow_missing = 1;
    ck_ok(clstep_checkpoint_load(checkpoint, to.optimizer, the.queue, &options));
    ck_assert_uint_eq(count_of(&to, 1), 0);
    clstep_checkpoint_close(checkpoint);
    clstep_store_free(bytes);
    close_small(&from);
    close_small(&to);
}
END_TEST

/* Parameters in bf16 take NaN for NaN, whatever bits a NaN scale has. */
START_TEST(scale_is_nan)
{
    static const uint32_t scales[] = {0x7fc00000u, 0x7fffffffu, 0xffffffffu, 0x7fc08001u};
    enum { COUNT = 64 };
    cl_ushort halves[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        halves[i] = 0x3f80;
    cl_mem params = make_buffer(NULL, COUNT), grads = make_buffer(NULL, COUNT);
    ck_cl(
        clEnqueueWriteBuffer(the.queue, params, CL_TRUE, 0, sizeof halves, halves, 0, NULL, NULL));
    ck_cl(clEnqueueWriteBuffer(the.queue, grads, CL_TRUE, 0, sizeof halves, halves, 0, NULL, NULL));
    float scale;
    memcpy(&scale, &scales[_i], sizeof scale);
    cl_mem at = make_buffer(&scale, 1);
    const clstep_rule rule = preset_rule("sgd");
    const clstep_tensor tensor = {.param = params,
                                  .grad = grads,
                                  .count = COUNT,
                                  .param_dtype = CLSTEP_DTYPE_BFLOAT16,
                                  .grad_dtype = CLSTEP_DTYPE_BFLOAT16};
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = &tensor,
                                .tensor_count = 1};
    clstep_optimizer_options made = CLSTEP_OPTIMIZER_OPTIONS_INIT;
    made.control = CLSTEP_CONTROL_MULTIPLY;
    clstep_optimizer *optimizer;
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, &made, NULL));
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    options.grad_scale.buffer = at;
    ck_ok(clstep_optimizer_step(optimizer, the.queue, &options, 0, NULL, NULL));
    ck_cl(clEnqueueReadBuffer(the.queue, params, CL_TRUE, 0, sizeof halves, halves, 0, NULL, NULL));
    for (size_t i = 0; i < COUNT; i++)
        ck_assert_msg((halves[i] & 0x7fff) > 0x7f80, "element %zu is %04x", i, halves[i]);
    clstep_optimizer_destroy(optimizer);
    clReleaseMemObject(params);
    clReleaseMemObject(grads);
    clReleaseMemObject(at);
}
END_TEST

Suite *control_faults_suite(void)
{
    Suite *suite = suite_create("control_faults");
    TCase *tests = tcase_create("control_faults");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_loop_test(tests, incomplete_step, 0, 4);
    tcase_add_loop_test(tests, counts_of_a_failed_step, 0, 2);
    tcase_add_loop_test(tests, left_out_again, 0, 8);
    tcase_add_test(tests, empty_tensor);
    tcase_add_test(tests, missing_in_the_checkpoint);
    tcase_add_loop_test(tests, scale_is_nan, 0, 4);
    suite_add_tcase(suite, tests);
    return suite;
}
