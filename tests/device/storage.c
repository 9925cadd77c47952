/* Formats that are refused, the state arrays that an optimizer lists, and their first values. */
#include "fixture.h"

#include "engine/engine.h"
#include "format/bfloat16.h"
#include "format/block8.h"

#include <clstep/store.h>
#include <string.h>

enum { COUNT = 300 };

static clstep_rule rule;
static clstep_tensor tensors[3];
static clstep_group group;
static cl_mem params;
static cl_mem grads;

static void open_all(void)
{
    fixture_open();
    rule = preset_rule("hinton");
    params = make_buffer(NULL, 8 * COUNT);
    grads = make_buffer(NULL, 8 * COUNT);
    memset(tensors, 0, sizeof tensors);
    for (uint64_t i = 0; i < 3; i++)
        tensors[i] = (clstep_tensor){.param = params,
                                     .grad = grads,
                                     .param_offset = i * 2 * COUNT,
                                     .grad_offset = i * 2 * COUNT,
                                     .count = COUNT};
    group =
        (clstep_group){CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = tensors, .tensor_count = 1};
}

static void close_all(void)
{
    clReleaseMemObject(params);
    clReleaseMemObject(grads);
    fixture_close();
}

static clstep_optimizer *create(void)
{
    clstep_optimizer *optimizer;
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, NULL, NULL));
    ck_cl(clFinish(the.queue));
    return optimizer;
}

static void refuse(clstep_status status, const char *part)
{
    clstep_optimizer *optimizer;
    ck_refused(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, NULL, NULL),
               status, part);
    ck_assert_ptr_null(optimizer);
}

START_TEST(refused)
{
    group.state_storage = (clstep_state_storage)CLSTEP_DTYPE_FLOAT16;
    refuse(CLSTEP_INVALID_ARGUMENT, "groups[0].state_storage is 2");
    group.state_storage = CLSTEP_STATE_BFLOAT16;
    rule.centered = 1;
    rule.variance = CLSTEP_VARIANCE_DIFFERENCE;
    refuse(CLSTEP_UNSUPPORTED, "CLSTEP_VARIANCE_RECURSION");
    rule = preset_rule("hinton");
    group.param_storage = 4;
    refuse(CLSTEP_INVALID_ARGUMENT, "groups[0].param_storage is 4");
    for (int32_t storage = CLSTEP_PARAM_MASTER; storage <= CLSTEP_PARAM_RESIDUAL; storage++) {
        group.param_storage = (clstep_param_storage)storage;
        refuse(CLSTEP_INVALID_ARGUMENT, "the group has no parameters of 16 bits");
    }
    group.param_storage = 0;
    const int has_double = the.engine->has_double;
    the.engine->has_double = 1;
    tensors[0].param_dtype = CLSTEP_DTYPE_FLOAT64;
    refuse(CLSTEP_INVALID_ARGUMENT, "and its state must be fp64 too");
    group.state_storage = 0;
    the.engine->has_double = 0;
    refuse(CLSTEP_UNSUPPORTED, "groups[0].tensors[0].param_dtype is CLSTEP_DTYPE_FLOAT64, but");
    tensors[0].param_dtype = CLSTEP_DTYPE_FLOAT32;
    tensors[0].grad_dtype = CLSTEP_DTYPE_FLOAT64;
    refuse(CLSTEP_UNSUPPORTED, "groups[0].tensors[0].grad_dtype is CLSTEP_DTYPE_FLOAT64, but");
    the.engine->has_double = has_double;
}
END_TEST

/* Ranges are of bytes, not of elements. */
START_TEST(ranges)
{
    tensors[0].param_dtype = CLSTEP_DTYPE_BFLOAT16;
    tensors[0].param_offset = 16 * COUNT - COUNT + 1;
    refuse(CLSTEP_INVALID_ARGUMENT, "room for 4800 elements");
    tensors[0].param_offset = 16 * COUNT - COUNT; /* the last bytes */
    tensors[1].param_offset = 7 * COUNT + COUNT / 2 - 10;
    group.tensor_count = 2;
    tensors[1].count = 11;
    refuse(CLSTEP_INVALID_ARGUMENT, "overlaps");
    tensors[1].count = 10;
    clstep_optimizer_destroy(create());
}
END_TEST

static clstep_state_array array_at(const clstep_optimizer *optimizer, size_t tensor, size_t index)
{
    clstep_state_array array = CLSTEP_STATE_ARRAY_INIT;
    ck_ok(clstep_optimizer_state_array(optimizer, 0, tensor, index, &array));
    return array;
}

static void read_array(const clstep_state_array *array, void *to)
{
    const size_t size = clstep_dtype_size(array->dtype);
    ck_cl(clEnqueueReadBuffer(the.queue, array->buffer, CL_TRUE, array->offset * size,
                              array->count * size, to, 0, NULL, NULL));
}

START_TEST(arrays_of_8_bits)
{
    static const struct {
        const char *name;
        uint64_t count;
        int32_t dtype;
    } wanted[] = {{"grad_var", COUNT, CLSTEP_DTYPE_UINT8},
                  {"grad_avg", COUNT, CLSTEP_DTYPE_UINT8},
                  {"momentum_buffer", COUNT, CLSTEP_DTYPE_UINT8},
                  {"grad_var.scale", 3, CLSTEP_DTYPE_UINT32},
                  {"grad_avg.scale", 3, CLSTEP_DTYPE_UINT32},
                  {"momentum_buffer.scale", 3, CLSTEP_DTYPE_UINT32},
                  {"param_master", COUNT, CLSTEP_DTYPE_FLOAT32}};
    rule.centered = 1;
    rule.momentum = 0.9;
    rule.initial_square_avg = 0.7;
    group.state_storage = CLSTEP_STATE_8BIT;
    group.param_storage = CLSTEP_PARAM_MASTER;
    group.tensor_count = 3;
    tensors[0].count = 0;
    tensors[1].param_dtype = CLSTEP_DTYPE_BFLOAT16;
    tensors[1].param_offset = 0;
    clstep_optimizer *optimizer = create();
    ck_assert_uint_eq(clstep_optimizer_state_count(optimizer, 0, 1), 7);
    ck_assert_uint_eq(clstep_optimizer_state_count(optimizer, 0, 2), 6); /* fp32: no master */
    ck_assert_uint_eq(clstep_optimizer_state_count(optimizer, 0, 3), 0);
    for (size_t i = 0; i < 7; i++) {
        const clstep_state_array array = array_at(optimizer, 1, i);
        ck_assert_str_eq(array.name, wanted[i].name);
        ck_assert_uint_eq(array.count, wanted[i].count);
        ck_assert_int_eq(array.dtype, wanted[i].dtype);
        ck_assert_ptr_nonnull(array.buffer);
        ck_assert_uint_eq(array.offset, 0);
        clstep_array_form form = CLSTEP_ARRAY_FORM_INIT;
        ck_ok(clstep_rule_array(&rule, CLSTEP_DTYPE_BFLOAT16, CLSTEP_STATE_8BIT,
                                CLSTEP_PARAM_MASTER, i, &form));
        ck_assert_str_eq(form.name, wanted[i].name);
    }
    ck_assert_ptr_null(array_at(optimizer, 0, 0).buffer);
    uint8_t codes[COUNT];
    uint32_t scales[3];
    float numbers[COUNT];
    const clstep_state_array squares = array_at(optimizer, 1, 0), scale = array_at(optimizer, 1, 3);
    read_array(&squares, codes);
    read_array(&scale, scales);
    for (size_t b = 0; b < 3; b++)
        clstep__decode_block(codes + 128 * b, scales[b], false, b < 2 ? 128 : COUNT - 256,
                             numbers + 128 * b);
    for (size_t i = 0; i < COUNT; i++)
        ck_assert_float_eq_tol(numbers[i], 0.7f, 1e-5f);
    clstep_state_array array = CLSTEP_STATE_ARRAY_INIT;
    ck_refused(clstep_optimizer_state_array(optimizer, 0, 1, 7, &array), CLSTEP_INVALID_ARGUMENT,
               "7 state arrays");
    array.size = 0;
    ck_refused(clstep_optimizer_state_array(optimizer, 0, 1, 0, &array), CLSTEP_INVALID_ARGUMENT,
               "CLSTEP_STATE_ARRAY_INIT");
    array.size = sizeof array;
    ck_ok(clstep_optimizer_find_state_array(optimizer, 0, 1, "grad_var.scale", &array));
    ck_assert_int_eq(array.dtype, CLSTEP_DTYPE_UINT32);
    ck_refused(clstep_optimizer_set_seed(optimizer, (uint64_t)1 << 63), CLSTEP_INVALID_ARGUMENT,
               "seed");
    ck_ok(clstep_optimizer_set_seed(optimizer, 5));
    uint64_t seed = 0;
    ck_ok(clstep_optimizer_get_seed(optimizer, &seed));
    ck_assert_uint_eq(seed, 5);
    clstep_tensor told;
    ck_ok(clstep_optimizer_get_tensor(optimizer, 0, 1, sizeof told, &told));
    ck_assert_int_eq(told.param_dtype, CLSTEP_DTYPE_BFLOAT16);
    clstep_optimizer_destroy(optimizer);
}
END_TEST

/* Exact in bf16. */
static float value_of(size_t index)
{
    return (float)(index % 256) / 64;
}

static void upload_params(uint16_t values[COUNT])
{
    for (size_t i = 0; i < COUNT; i++)
        values[i] = clstep__to_bfloat16(value_of(i));
    ck_cl(clEnqueueWriteBuffer(the.queue, params, CL_TRUE, 0, COUNT * sizeof *values, values, 0,
                               NULL, NULL));
}

/* State put back by hand and set_steps() before the first step: the master is the parameter from
 * create on, so that no gradient means no change. */
START_TEST(master_is_valid_from_create)
{
    uint16_t before[COUNT], after[COUNT];
    upload_params(before);
    group.param_storage = CLSTEP_PARAM_MASTER;
    tensors[0].param_dtype = CLSTEP_DTYPE_BFLOAT16;
    clstep_optimizer *optimizer = create();
    float master[COUNT];
    clstep_state_array array = CLSTEP_STATE_ARRAY_INIT;
    ck_ok(clstep_optimizer_find_state_array(optimizer, 0, 0, "param_master", &array));
    read_array(&array, master);
    for (size_t i = 0; i < COUNT; i++)
        ck_assert_float_eq(master[i], value_of(i));
    ck_ok(clstep_optimizer_set_steps(optimizer, 100));
    ck_ok(clstep_optimizer_step(optimizer, the.queue, NULL, 0, NULL, NULL));
    ck_ok(clstep_optimizer_finish(optimizer));
    ck_cl(clEnqueueReadBuffer(the.queue, params, CL_TRUE, 0, sizeof after, after, 0, NULL, NULL));
    ck_assert_mem_eq(before, after, sizeof after);
    clstep_optimizer_destroy(optimizer);
}
END_TEST

/* More than the device's largest buffer. */
START_TEST(state_that_has_no_room)
{
    cl_ulong largest;
    cl_int code;
    ck_cl(
        clGetDeviceInfo(the.device, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof largest, &largest, NULL));
    const uint64_t count = largest / 2;
    cl_mem large = clCreateBuffer(the.context, CL_MEM_READ_WRITE, (size_t)count * 2, NULL, &code);
    ck_cl(code);
    tensors[0] = (clstep_tensor){.param = large,
                                 .count = count,
                                 .param_dtype = CLSTEP_DTYPE_BFLOAT16,
                                 .grad_dtype = CLSTEP_DTYPE_BFLOAT16,
                                 .name = "embedding"};
    refuse(CLSTEP_UNSUPPORTED, "groups[0].tensors[0] (\"embedding\"): its array square_avg takes");
    refuse(CLSTEP_UNSUPPORTED, "CL_DEVICE_MAX_MEM_ALLOC_SIZE");
    clReleaseMemObject(large);
}
END_TEST

START_TEST(first_values_of_16_bits)
{
    rule.initial_square_avg = 0.7;
    group.state_storage = CLSTEP_STATE_BFLOAT16;
    clstep_optimizer *optimizer = create();
    uint16_t upper[COUNT];
    const clstep_state_array array = array_at(optimizer, 0, 0);
    read_array(&array, upper);
    for (size_t i = 0; i < COUNT; i++)
        ck_assert_uint_eq(upper[i], clstep__to_bfloat16(0.7f));
    clstep_optimizer_destroy(optimizer);
}
END_TEST

/* A checkpoint goes into an optimizer of the same formats only. */
START_TEST(other_formats)
{
    tensors[0].param_dtype = CLSTEP_DTYPE_BFLOAT16;
    group.state_storage = CLSTEP_STATE_8BIT;
    clstep_optimizer *optimizer = create();
    void *bytes;
    size_t size;
    ck_ok(clstep_checkpoint_save_memory(optimizer, the.queue, NULL, &bytes, &size));
    clstep_optimizer_destroy(optimizer);
    clstep_checkpoint *checkpoint;
    ck_ok(clstep_checkpoint_open_memory(&checkpoint, bytes, size));
    group.state_storage = CLSTEP_STATE_BFLOAT16;
    optimizer = create();
    ck_refused(clstep_checkpoint_load(checkpoint, optimizer, the.queue, NULL),
               CLSTEP_INVALID_ARGUMENT, "\"0.0.square_avg\" is U8 in the checkpoint, but BF16");
    clstep_optimizer_destroy(optimizer);
    group.state_storage = CLSTEP_STATE_8BIT;
    group.param_storage = CLSTEP_PARAM_STOCHASTIC;
    optimizer = create();
    ck_refused(clstep_checkpoint_load(checkpoint, optimizer, the.queue, NULL),
               CLSTEP_INVALID_ARGUMENT,
               "is rounded to nearest in the checkpoint, but stochastically");
    clstep_optimizer_destroy(optimizer);
    clstep_checkpoint_close(checkpoint);
    clstep_store_free(bytes);
}
END_TEST

Suite *storage_suite(void)
{
    Suite *suite = suite_create("storage");
    TCase *tests = tcase_create("storage");
    tcase_add_checked_fixture(tests, open_all, close_all);
    tcase_add_test(tests, refused);
    tcase_add_test(tests, ranges);
    tcase_add_test(tests, arrays_of_8_bits);
    tcase_add_test(tests, first_values_of_16_bits);
    tcase_add_test(tests, master_is_valid_from_create);
    tcase_add_test(tests, state_that_has_no_room);
    tcase_add_test(tests, other_formats);
    suite_add_tcase(suite, tests);
    return suite;
}
