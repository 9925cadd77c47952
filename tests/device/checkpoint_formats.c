/* Checkpoints loaded in another format: refused, or converted if the options allow it. */
#include "checkpoint_setup.h"

#include "format/bfloat16.h"
#include "format/block8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const setup_format plain = {CLSTEP_DTYPE_FLOAT32, CLSTEP_STATE_FULL, CLSTEP_PARAM_NEAREST};

/* Squares, signed averages, and an array of momentum. */
static clstep_rule full_rule(void)
{
    clstep_rule rule = preset_rule("hinton");
    rule.lr = 0.01;
    rule.momentum = 0.9;
    rule.centered = 1;
    rule.variance = CLSTEP_VARIANCE_RECURSION;
    return rule;
}

static const char *const states[] = {"grad_var", "grad_avg", "momentum_buffer"};
enum { STATES = 3 };

static clstep_load_options loading(int with_params, int convert)
{
    clstep_load_options options = CLSTEP_LOAD_OPTIONS_INIT;
    options.with_params = with_params;
    options.convert = convert;
    return options;
}

/* ---- what a conversion should make, by the twins of the formats */

/* The numbers of a state in a checkpoint. */
static float *numbers_of(const clstep_checkpoint *checkpoint, size_t tensor, const char *state,
                         clstep_state_storage storage)
{
    char scale_name[80];
    size_t size, scale_size;
    const size_t count = setup_counts[tensor];
    unsigned char *stored = setup_stored(checkpoint, tensor, state, &size);
    float *numbers = malloc(count * sizeof *numbers + 1);
    snprintf(scale_name, sizeof scale_name, "%s.scale", state);
    uint32_t *scales = (void *)setup_stored(checkpoint, tensor, scale_name, &scale_size);
    for (size_t i = 0; i < count; i++) {
        if (storage == CLSTEP_STATE_8BIT)
            clstep__decode_block(stored + i, scales[i / 128], clstep_state_is_signed(state), 1,
                                 numbers + i);
        else if (storage == CLSTEP_STATE_BFLOAT16)
            numbers[i] = clstep__from_bfloat16(((uint16_t *)(void *)stored)[i]);
        else
            memcpy(numbers + i, stored + i * sizeof *numbers, sizeof *numbers);
    }
    free(scales);
    free(stored);
    return numbers;
}

static void expect_16_bits(const setup *b, size_t tensor, const char *state, const float *numbers)
{
    size_t size;
    uint16_t *halves = (void *)setup_array(b, tensor, state, &size);
    for (size_t i = 0; i < setup_counts[tensor]; i++)
        ck_assert_uint_eq(halves[i], clstep__to_bfloat16(numbers[i]));
    free(halves);
}

static void expect_8_bits(const setup *b, size_t tensor, const char *state, const float *numbers)
{
    char scale_name[80];
    size_t size;
    uint32_t halfway[128];
    for (size_t i = 0; i < 128; i++)
        halfway[i] = 0x80000000u;
    snprintf(scale_name, sizeof scale_name, "%s.scale", state);
    unsigned char *codes = setup_array(b, tensor, state, &size);
    uint32_t *scales = (void *)setup_array(b, tensor, scale_name, &size);
    for (size_t i = 0; i < setup_counts[tensor]; i += 128) {
        const size_t count = setup_counts[tensor] - i < 128 ? setup_counts[tensor] - i : 128;
        uint8_t wanted[128];
        const uint32_t scale = clstep__encode_block(numbers + i, clstep_state_is_signed(state),
                                                    count, halfway, wanted);
        ck_assert_uint_eq(scales[i / 128], scale);
        ck_assert_mem_eq(codes + i, wanted, count);
    }
    free(codes);
    free(scales);
}

static void expect_state(const setup *b, const clstep_checkpoint *checkpoint,
                         clstep_state_storage from)
{
    for (size_t i = 0; i < SETUP_TENSORS; i++) {
        for (size_t k = 0; k < STATES; k++) {
            size_t size;
            float *numbers = numbers_of(checkpoint, i, states[k], from);
            unsigned char *full = NULL;
            if (b->format.state_storage == CLSTEP_STATE_BFLOAT16) {
                expect_16_bits(b, i, states[k], numbers);
            } else if (b->format.state_storage == CLSTEP_STATE_8BIT) {
                expect_8_bits(b, i, states[k], numbers);
            } else {
                full = setup_array(b, i, states[k], &size);
                ck_assert_mem_eq(full, numbers, size);
            }
            free(full);
            free(numbers);
        }
    }
}

/* Pairs of three formats. CLSTEP_QUICK takes a third, in which each format is once the old one and
 * once the new one. */
static int pairs(void)
{
    return getenv("CLSTEP_QUICK") ? 3 : 9;
}

static int pair(int i)
{
    static const int quick[] = {1, 5, 6};
    return getenv("CLSTEP_QUICK") ? quick[i] : i;
}

/* ---- states */

static const clstep_state_storage storages[] = {CLSTEP_STATE_FULL, CLSTEP_STATE_BFLOAT16,
                                                CLSTEP_STATE_8BIT};
static const char *const in_files[] = {"F32", "BF16", "U8"};

START_TEST(state)
{
    const int from = pair(_i) / 3, to = pair(_i) % 3;
    const clstep_rule rule = full_rule();
    setup_format format = plain;
    setup old, new, untouched;
    void *bytes;
    char part[160];
    if (from == to)
        return;
    format.state_storage = storages[from];
    setup_open(&old, &rule, format, 1);
    setup_train(&old, 0, 3);
    clstep_checkpoint *checkpoint = setup_save(&old, 1, &bytes);
    format.state_storage = storages[to];
    setup_open(&new, &rule, format, 2);
    setup_open(&untouched, &rule, format, 2);
    setup_train(&new, 5, 1);
    setup_train(&untouched, 5, 1);
    const clstep_load_options as_it_is = loading(1, 0), convert = loading(1, 1);
    snprintf(part, sizeof part,
             "\"a.grad_var\" is %s in the checkpoint, but %s in the optimizer; "
             "set options->convert to convert it",
             in_files[from], in_files[to]);
    ck_refused(clstep_checkpoint_load(checkpoint, new.optimizer, the.queue, &as_it_is),
               CLSTEP_INVALID_ARGUMENT, part);
    ck_assert_uint_eq(steps_of(new.optimizer), 1);
    setup_same("after a refusal", &new, &untouched);
    ck_ok(clstep_checkpoint_load(checkpoint, new.optimizer, the.queue, &convert));
    ck_assert_uint_eq(steps_of(new.optimizer), 3);
    expect_state(&new, checkpoint, storages[from]);
    setup_train(&new, 3, 1);
    clstep_checkpoint_close(checkpoint);
    clstep_store_free(bytes);
    setup_close(&old);
    setup_close(&new);
    setup_close(&untouched);
}
END_TEST

/* What bf16 holds is the same after fp32 has held it. */
START_TEST(there_and_back)
{
    const clstep_rule rule = full_rule();
    const setup_format few = {CLSTEP_DTYPE_FLOAT32, CLSTEP_STATE_BFLOAT16, CLSTEP_PARAM_NEAREST};
    const clstep_load_options convert = loading(1, 1);
    setup old, between, back;
    void *bytes[2];
    setup_open(&old, &rule, few, 1);
    setup_open(&between, &rule, plain, 2);
    setup_open(&back, &rule, few, 3);
    setup_train(&old, 0, 3);
    clstep_checkpoint *one = setup_save(&old, 1, &bytes[0]);
    ck_ok(clstep_checkpoint_load(one, between.optimizer, the.queue, &convert));
    clstep_checkpoint *other = setup_save(&between, 1, &bytes[1]);
    ck_ok(clstep_checkpoint_load(other, back.optimizer, the.queue, &convert));
    setup_same("bf16 by way of fp32", &old, &back);
    clstep_checkpoint_close(one);
    clstep_checkpoint_close(other);
    clstep_store_free(bytes[0]);
    clstep_store_free(bytes[1]);
    setup_close(&old);
    setup_close(&between);
    setup_close(&back);
}
END_TEST

/* NaN and infinity have no code: they are refused in the file. */
START_TEST(bad_numbers)
{
    const clstep_rule rule = full_rule();
    const setup_format few = {CLSTEP_DTYPE_FLOAT32, CLSTEP_STATE_8BIT, CLSTEP_PARAM_NEAREST};
    const float bad[] = {NAN, INFINITY, -1e-20f};
    const char *const parts[] = {"is NaN at element 200", "is inf at element 200",
                                 "is -1e-20 at element 200"};
    clstep_load_options convert = loading(0, 1);
    clstep_save_options save = CLSTEP_SAVE_OPTIONS_INIT;
    clstep_state_array array = CLSTEP_STATE_ARRAY_INIT;
    setup old, new, untouched;
    save.allow_nan = 1;
    setup_open(&old, &rule, plain, 1);
    setup_open(&new, &rule, few, 2);
    setup_open(&untouched, &rule, few, 2);
    setup_train(&old, 0, 1);
    ck_ok(clstep_optimizer_find_state_array(old.optimizer, 0, 1, "grad_var", &array));
    for (size_t i = 0; i < 3; i++) {
        void *bytes;
        size_t size;
        clstep_checkpoint *checkpoint;
        write_buffer(array.buffer, array.offset + 200, &bad[i], 1);
        ck_ok(clstep_checkpoint_save_memory(old.optimizer, the.queue, &save, &bytes, &size));
        ck_ok(clstep_checkpoint_open_memory(&checkpoint, bytes, size));
        convert.allow_nan = 0;
        ck_refused(clstep_checkpoint_load(checkpoint, new.optimizer, the.queue, &convert),
                   CLSTEP_INVALID_FILE, parts[i]);
        setup_same("after a refusal", &new, &untouched);
        convert.allow_nan = 1;
        ck_ok(clstep_checkpoint_load(checkpoint, i == 2 ? new.optimizer : old.optimizer, the.queue,
                                     &convert));
        clstep_checkpoint_close(checkpoint);
        clstep_store_free(bytes);
    }
    setup_close(&old);
    setup_close(&new);
    setup_close(&untouched);
}
END_TEST

/* ---- parameters */

/* A parameter and what is kept of it are one number, which goes on as if nothing had happened:
 * fp32, bf16 with a master copy, and bf16 with a residual are the same 32 bits. */
static const setup_format wholes[] = {
    {CLSTEP_DTYPE_FLOAT32, CLSTEP_STATE_FULL, CLSTEP_PARAM_NEAREST},
    {CLSTEP_DTYPE_BFLOAT16, CLSTEP_STATE_FULL, CLSTEP_PARAM_MASTER},
    {CLSTEP_DTYPE_BFLOAT16, CLSTEP_STATE_FULL, CLSTEP_PARAM_RESIDUAL},
};
enum { WHOLES = 3 };

static void whole_numbers(const setup *b, size_t tensor, float *numbers)
{
    size_t size;
    const bool is_fp32 = b->format.param_dtype == CLSTEP_DTYPE_FLOAT32;
    const bool has_residual = b->format.param_storage == CLSTEP_PARAM_RESIDUAL;
    unsigned char *param = setup_array(b, tensor, NULL, &size);
    unsigned char *kept =
        is_fp32 ? NULL
                : setup_array(b, tensor, has_residual ? "param_residual" : "param_master", &size);
    for (size_t i = 0; i < setup_counts[tensor]; i++) {
        if (has_residual)
            numbers[i] = clstep__join_bfloat16(((uint16_t *)(void *)param)[i],
                                               ((uint16_t *)(void *)kept)[i]);
        else
            memcpy(numbers + i, (is_fp32 ? param : kept) + 4 * i, 4);
        if (!is_fp32 && !has_residual)
            ck_assert_uint_eq(((uint16_t *)(void *)param)[i], clstep__to_bfloat16(numbers[i]));
    }
    free(param);
    free(kept);
}

static void same_wholes(const setup *a, const setup *b)
{
    static float one[SETUP_B], other[SETUP_B];
    for (size_t i = 0; i < SETUP_TENSORS; i++) {
        whole_numbers(a, i, one);
        whole_numbers(b, i, other);
        ck_assert_mem_eq(one, other, setup_counts[i] * sizeof *one);
    }
}

/* Step 1 of a master copy begins with the parameter, so that each setup has taken some. */
START_TEST(whole_params)
{
    const setup_format from = wholes[pair(_i) / WHOLES], to = wholes[pair(_i) % WHOLES];
    /* whose kernels checkpoint_params has, too */
    const clstep_rule rule = getenv("CLSTEP_QUICK") ? preset_rule("torch") : full_rule();
    const clstep_load_options convert = loading(1, 1);
    setup old, new;
    void *bytes;
    setup_open(&old, &rule, from, 1);
    setup_open(&new, &rule, to, 2);
    setup_train(&old, 0, 4);
    clstep_checkpoint *checkpoint = setup_save(&old, 1, &bytes);
    ck_ok(clstep_checkpoint_load(checkpoint, new.optimizer, the.queue, &convert));
    same_wholes(&old, &new);
    setup_train(&old, 4, 3);
    setup_train(&new, 4, 3);
    same_wholes(&old, &new);
    clstep_checkpoint_close(checkpoint);
    clstep_store_free(bytes);
    setup_close(&old);
    setup_close(&new);
}
END_TEST

/* ---- more than is moved at a time: 16 MiB of the array that is made */

START_TEST(long_array)
{
    enum { COUNT = (16 << 20) + 300 };
    const size_t count = _i ? COUNT : COUNT / 4 + 300;
    const clstep_state_storage from = _i ? CLSTEP_STATE_FULL : CLSTEP_STATE_8BIT;
    const clstep_state_storage to = _i ? CLSTEP_STATE_8BIT : CLSTEP_STATE_FULL;
    const float third = 1.0f / 3;
    void *bytes;
    clstep_checkpoint *checkpoint;
    clstep_rule rule = preset_rule("torch");
    rule.initial_square_avg = 0.25;
    clstep_optimizer *optimizers[2];
    clstep_state_array array = CLSTEP_STATE_ARRAY_INIT;
    cl_mem param = make_buffer(NULL, count);
    for (int i = 0; i < 2; i++) {
        const clstep_tensor tensor = {.param = param, .count = count};
        const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = &tensor,
                                    .tensor_count = 1, .state_storage = i ? to : from};
        ck_ok(
            clstep_optimizer_create(&optimizers[i], the.engine, the.queue, 1, &group, NULL, NULL));
        ck_ok(clstep_optimizer_finish(optimizers[i]));
        rule.initial_square_avg = 1;
    }
    if (_i) { /* one number that differs, in the last block of the second run */
        ck_ok(clstep_optimizer_find_state_array(optimizers[0], 0, 0, "square_avg", &array));
        write_buffer(array.buffer, array.offset + count - 1, &third, 1);
    }
    size_t size;
    ck_ok(clstep_checkpoint_save_memory(optimizers[0], the.queue, NULL, &bytes, &size));
    ck_ok(clstep_checkpoint_open_memory(&checkpoint, bytes, size));
    clstep_load_options options = CLSTEP_LOAD_OPTIONS_INIT;
    options.convert = 1;
    ck_ok(clstep_checkpoint_load(checkpoint, optimizers[1], the.queue, &options));
    clstep_checkpoint_close(checkpoint);
    clstep_store_free(bytes);
    ck_ok(clstep_checkpoint_save_memory(optimizers[1], the.queue, NULL, &bytes, &size));
    ck_ok(clstep_checkpoint_open_memory(&checkpoint, bytes, size));
    ck_ok(clstep_checkpoint_load(checkpoint, optimizers[0], the.queue, &options));
    ck_ok(clstep_optimizer_find_state_array(optimizers[_i ? 0 : 1], 0, 0, "square_avg", &array));
    float *values = malloc(count * sizeof *values);
    read_buffer(array.buffer, array.offset, values, count);
    for (size_t i = 0; i < count; i++)
        ck_assert_float_eq_tol(values[i], _i && i == count - 1 ? third : 0.25f, 1e-3f);
    free(values);
    clstep_checkpoint_close(checkpoint);
    clstep_store_free(bytes);
    clstep_optimizer_destroy(optimizers[0]);
    clstep_optimizer_destroy(optimizers[1]);
    clReleaseMemObject(param);
}
END_TEST

Suite *checkpoint_formats_suite(void)
{
    Suite *suite = suite_create("checkpoint_formats");
    TCase *tests = tcase_create("checkpoint_formats");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_loop_test(tests, state, 0, pairs());
    tcase_add_test(tests, there_and_back);
    tcase_add_test(tests, bad_numbers);
    tcase_add_loop_test(tests, whole_params, 0, pairs());
    if (!getenv("CLSTEP_QUICK")) /* 26 s of a CPU */
        tcase_add_loop_test(tests, long_array, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}
