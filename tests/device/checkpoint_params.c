/* Parameters stored in another way than in the checkpoint: master copies, residuals and dtypes.
 * What is refused, and what is converted. */
#include "checkpoint_setup.h"

#include "allocation.h"
#include "layer_client.h"

#include "engine/engine.h"
#include "format/bfloat16.h"
#include "format/float16.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const setup_format fp32 = {CLSTEP_DTYPE_FLOAT32, CLSTEP_STATE_FULL, CLSTEP_PARAM_NEAREST};
static const setup_format fp64 = {CLSTEP_DTYPE_FLOAT64, CLSTEP_STATE_FULL, CLSTEP_PARAM_NEAREST};
static const setup_format nearest = {CLSTEP_DTYPE_BFLOAT16, CLSTEP_STATE_FULL,
                                     CLSTEP_PARAM_NEAREST};
static const setup_format stochastic = {CLSTEP_DTYPE_BFLOAT16, CLSTEP_STATE_FULL,
                                        CLSTEP_PARAM_STOCHASTIC};
static const setup_format master = {CLSTEP_DTYPE_BFLOAT16, CLSTEP_STATE_FULL, CLSTEP_PARAM_MASTER};
static const setup_format residual = {CLSTEP_DTYPE_BFLOAT16, CLSTEP_STATE_FULL,
                                      CLSTEP_PARAM_RESIDUAL};
static const setup_format half_master = {CLSTEP_DTYPE_FLOAT16, CLSTEP_STATE_FULL,
                                         CLSTEP_PARAM_MASTER};
static const setup_format half_residual = {CLSTEP_DTYPE_FLOAT16, CLSTEP_STATE_FULL,
                                           CLSTEP_PARAM_RESIDUAL};

static clstep_rule rule;
static setup old, new, untouched;
static clstep_checkpoint *checkpoint;
static void *bytes;

/* A checkpoint of `from`, and optimizers of `to` that have taken other steps. */
static void open_beds(const setup_format *from, const setup_format *to, int save_params)
{
    rule = preset_rule("torch");
    setup_open(&old, &rule, *from, 1);
    setup_train(&old, 0, 3);
    checkpoint = setup_save(&old, save_params, &bytes);
    setup_open(&new, &rule, *to, 2);
    setup_open(&untouched, &rule, *to, 2);
    setup_train(&new, 7, 2);
    setup_train(&untouched, 7, 2);
}

static void close_beds(void)
{
    clstep_checkpoint_close(checkpoint);
    clstep_store_free(bytes);
    setup_close(&old);
    setup_close(&new);
    setup_close(&untouched);
}

static clstep_status load(int with_params, int convert)
{
    clstep_load_options options = CLSTEP_LOAD_OPTIONS_INIT;
    options.with_params = with_params;
    options.convert = convert;
    return clstep_checkpoint_load(checkpoint, new.optimizer, the.queue, &options);
}

static void refuse(int with_params, int convert, const char *part)
{
    ck_refused(load(with_params, convert), CLSTEP_INVALID_ARGUMENT, part);
    ck_assert_uint_eq(steps_of(new.optimizer), 2);
    setup_same(part, &new, &untouched);
}

/* The whole number of a 16-bit parameter: its bits of `b`, and what is kept of it in `kept`. */
static float whole_number(const setup_format *format, const unsigned char *param,
                          const unsigned char *rest, size_t i)
{
    uint16_t p, r;
    memcpy(&p, param + 2 * i, 2);
    memcpy(&r, rest + 2 * i, 2);
    return format->param_dtype == CLSTEP_DTYPE_BFLOAT16 ? clstep__join_bfloat16(p, r)
                                                        : clstep__join_half(p, r);
}

/* Kernels are built for each format, which takes most of the time. */
static int every(void)
{
    return getenv("CLSTEP_QUICK") ? 3 : 1;
}

/* ---- not asked for */

START_TEST(refused)
{
    const struct {
        const setup_format *from, *to;
        const char *part;
    } rows[] = {
        {&nearest, &master, "the checkpoint has no \"a.param_master\", which is F32 in the"},
        {&stochastic, &residual, "the checkpoint has no \"a.param_residual\", which is U16 in the"},
        {&master, &nearest,
         "\"a.param_master\" is in the checkpoint, but the optimizer has no such array for this "
         "parameter in BF16"},
        {&master, &residual,
         "\"a.param_master\" is in the checkpoint, but the optimizer has param_residual for"},
        {&residual, &master,
         "\"a.param_residual\" is in the checkpoint, but the optimizer has param_master for"},
        {&master, &fp32,
         "\"a.param_master\" is in the checkpoint, but the optimizer has no such array for this "
         "parameter in F32; set options->convert to convert it, or create the optimizer with "
         "parameters "
         "of 16 bits"},
        {&nearest, &stochastic,
         "\"a\" is rounded to nearest in the checkpoint, but stochastically"},
        {&stochastic, &nearest,
         "\"a\" is rounded stochastically in the checkpoint, but to nearest"},
        {&fp32, &nearest, "\"a\" is F32 in the checkpoint, but BF16 in the optimizer"},
        {&half_master, &master, "\"a\" is F16 in the checkpoint, but BF16 in the optimizer"},
        {&half_residual, &residual, "\"a\" is F16 in the checkpoint, but BF16 in the optimizer"},
    };
    const size_t row = (size_t)(_i * every());
    open_beds(rows[row].from, rows[row].to, 1);
    refuse(1, 0, rows[row].part);
    ck_assert_ptr_nonnull(strstr(clstep_last_error()->message, "options->convert"));
    ck_assert_ptr_nonnull(strstr(clstep_last_error()->message, "create the optimizer"));
    close_beds();
}
END_TEST

/* The residual of an fp16 parameter means nothing beside a bf16 one. */
START_TEST(residual_of_another)
{
    open_beds(&half_residual, &residual, _i);
    refuse(0, 0, "\"a\" is F16 in the checkpoint, but BF16 in the optimizer");
    if (!_i) { /* the parameters that its residual belongs to are nowhere */
        ck_ok(load(0, 1));
        for (size_t t = 0; t < SETUP_TENSORS; t++) {
            size_t size;
            uint16_t *rest = (void *)setup_array(&new, t, "param_residual", &size);
            for (size_t i = 0; i < setup_counts[t]; i++)
                ck_assert_uint_eq(rest[i], 0);
            free(rest);
        }
        close_beds();
        return;
    }
    ck_ok(load(1, 1));
    for (size_t t = 0; t < SETUP_TENSORS; t++) {
        size_t size;
        unsigned char *from = setup_array(&old, t, NULL, &size);
        unsigned char *from_rest = setup_array(&old, t, "param_residual", &size);
        unsigned char *to = setup_array(&new, t, NULL, &size);
        unsigned char *to_rest = setup_array(&new, t, "param_residual", &size);
        for (size_t i = 0; i < setup_counts[t]; i++)
            ck_assert(whole_number(&half_residual, from, from_rest, i) ==
                      whole_number(&residual, to, to_rest, i));
        free(from);
        free(from_rest);
        free(to);
        free(to_rest);
    }
    close_beds();
}
END_TEST

/* ---- parameters that are not in the file, or not loaded: those on the device count */

START_TEST(master_of_the_device)
{
    open_beds(&nearest, &master, _i);
    ck_ok(load(0, 1));
    for (size_t t = 0; t < SETUP_TENSORS; t++) {
        size_t size;
        uint16_t *param = (void *)setup_array(&untouched, t, NULL, &size);
        uint32_t *copy = (void *)setup_array(&new, t, "param_master", &size);
        for (size_t i = 0; i < setup_counts[t]; i++)
            ck_assert_uint_eq(copy[i], (uint32_t)param[i] << 16);
        free(param);
        free(copy);
    }
    close_beds();
}
END_TEST

START_TEST(master_of_a_residual)
{
    size_t size;
    open_beds(&residual, &master, _i);
    ck_ok(load(0, 1));
    for (size_t t = 0; t < SETUP_TENSORS; t++) {
        unsigned char *param = setup_array(&new, t, NULL, &size);
        unsigned char *rest = setup_stored(checkpoint, t, "param_residual", &size);
        float *copy = (void *)setup_array(&new, t, "param_master", &size);
        for (size_t i = 0; i < setup_counts[t]; i++)
            ck_assert(copy[i] == whole_number(&residual, param, rest, i));
        free(param);
        free(rest);
        free(copy);
    }
    close_beds();
}
END_TEST

/* Where no state tells how long the tensor was. */
START_TEST(residual_of_another_size)
{
    rule = preset_rule("sgd");
    cl_mem param = make_buffer(NULL, 300);
    clstep_optimizer *optimizers[2];
    clstep_load_options options = CLSTEP_LOAD_OPTIONS_INIT;
    size_t size;
    for (int i = 0; i < 2; i++) {
        const clstep_tensor tensor = {
            .param = param, .count = i ? 300 : 200, .param_dtype = CLSTEP_DTYPE_BFLOAT16};
        const clstep_group group = {
            CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = &tensor, .tensor_count = 1,
            .param_storage = i ? CLSTEP_PARAM_MASTER : CLSTEP_PARAM_RESIDUAL};
        ck_ok(
            clstep_optimizer_create(&optimizers[i], the.engine, the.queue, 1, &group, NULL, NULL));
    }
    ck_ok(clstep_checkpoint_save_memory(optimizers[0], the.queue, NULL, &bytes, &size));
    ck_ok(clstep_checkpoint_open_memory(&checkpoint, bytes, size));
    options.convert = 1;
    ck_refused(clstep_checkpoint_load(checkpoint, optimizers[1], the.queue, &options),
               CLSTEP_INVALID_ARGUMENT,
               "\"0.0.param_residual\" has 200 elements in the "
               "checkpoint, but 300 in the optimizer");
    clstep_checkpoint_close(checkpoint);
    clstep_store_free(bytes);
    clstep_optimizer_destroy(optimizers[0]);
    clstep_optimizer_destroy(optimizers[1]);
    clReleaseMemObject(param);
}
END_TEST

/* A residual that the file has not begins as nothing; the parameter stays. */
START_TEST(residual_of_nothing)
{
    size_t size, before_size;
    open_beds(&stochastic, &residual, 1);
    ck_ok(load(_i, 1));
    for (size_t t = 0; t < SETUP_TENSORS; t++) {
        unsigned char *before = setup_array(_i ? &old : &untouched, t, NULL, &before_size);
        unsigned char *param = setup_array(&new, t, NULL, &size);
        ck_assert_mem_eq(param, before, size);
        free(param);
        uint16_t *rest = (void *)setup_array(&new, t, "param_residual", &size);
        for (size_t i = 0; i < setup_counts[t]; i++)
            ck_assert_uint_eq(rest[i], 0);
        free(before);
        free(rest);
    }
    close_beds();
}
END_TEST

/* A master copy makes parameter and residual together, so that the parameter must be meant; but it
 * need not be in the file. */
START_TEST(residual_of_a_master)
{
    size_t size;
    open_beds(&master, &residual, 0);
    refuse(0, 1,
           "\"a.param_master\" of the checkpoint can only become the parameter and its "
           "param_residual together; set options->with_params");
    ck_ok(load(1, 1));
    for (size_t t = 0; t < SETUP_TENSORS; t++) {
        unsigned char *param = setup_array(&new, t, NULL, &size);
        unsigned char *rest = setup_array(&new, t, "param_residual", &size);
        float *copy = (void *)setup_stored(checkpoint, t, "param_master", &size);
        for (size_t i = 0; i < setup_counts[t]; i++)
            ck_assert(copy[i] == whole_number(&residual, param, rest, i));
        free(param);
        free(rest);
        free(copy);
    }
    close_beds();
}
END_TEST

START_TEST(no_params)
{
    open_beds(&stochastic, &stochastic, 0);
    refuse(1, 0, "the checkpoint has no parameter \"a\"");
    refuse(1, 1, "the checkpoint has no parameter \"a\"");
    close_beds();
}
END_TEST

/* ---- dtypes */

START_TEST(fp64_and_fp32)
{
    size_t size;
    const setup_format *from = _i ? &fp64 : &fp32, *to = _i ? &fp32 : &fp64;
    if (!the.engine->has_double)
        return;
    open_beds(from, to, 1);
    refuse(0, 0,
           _i ? "\"a.square_avg\" is F64 in the checkpoint, but F32 in the optimizer"
              : "\"a.square_avg\" is F32 in the checkpoint, but F64 in the optimizer");
    ck_ok(load(1, 1));
    for (size_t t = 0; t < SETUP_TENSORS; t++) {
        for (int k = 0; k < 2; k++) {
            const char *state = k ? "square_avg" : NULL;
            unsigned char *one = setup_array(&old, t, state, &size);
            unsigned char *other = setup_array(&new, t, state, &size);
            const double *wide = (void *)(_i ? one : other);
            const float *narrow = (void *)(_i ? other : one);
            for (size_t i = 0; i < setup_counts[t]; i++)
                ck_assert(_i ? narrow[i] == (float)wide[i] : wide[i] == (double)narrow[i]);
            free(one);
            free(other);
        }
    }
    setup_train(&new, 3, 1);
    close_beds();
}
END_TEST

/* ---- faults: nothing is written */

START_TEST(host_and_device_fail)
{
    layer_open();
    open_beds(&residual, &master, 0); /* for which the parameter is read from the device */
    layer_fail(LAYER_TRANSFERS, 1, CL_OUT_OF_RESOURCES, 0);
    ck_refused(load(0, 1), CLSTEP_OPENCL_FAILED, "parameters could not be read from the device");
    layer_fail(-1, 0, 0, 0);
    setup_same("after a failure of OpenCL", &new, &untouched);
    unsigned long nth = 1;
    for (;; nth++) {
        allocation_fail(nth);
        const clstep_status status = load(0, 1);
        allocation_fail(0);
        if (status == CLSTEP_OK)
            break;
        ck_refused(status, CLSTEP_OUT_OF_MEMORY, "out of memory");
        ck_assert_uint_eq(steps_of(new.optimizer), 2);
        setup_same("after a failed allocation", &new, &untouched);
    }
    ck_assert_uint_gt(nth, 8);
    close_beds();
}
END_TEST

Suite *checkpoint_params_suite(void)
{
    Suite *suite = suite_create("checkpoint_params");
    TCase *tests = tcase_create("checkpoint_params");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    const int two = getenv("CLSTEP_QUICK") ? 1 : 2;
    tcase_add_loop_test(tests, refused, 0, 10 / every() + 1);
    tcase_add_loop_test(tests, residual_of_another, 0, 2);
    tcase_add_loop_test(tests, master_of_the_device, 0, two);
    tcase_add_loop_test(tests, master_of_a_residual, 0, two);
    tcase_add_test(tests, residual_of_another_size);
    tcase_add_loop_test(tests, residual_of_nothing, 0, two);
    tcase_add_test(tests, residual_of_a_master);
    tcase_add_test(tests, no_params);
    tcase_add_loop_test(tests, fp64_and_fp32, 0, two);
    tcase_add_test(tests, host_and_device_fail);
    suite_add_tcase(suite, tests);
    return suite;
}
