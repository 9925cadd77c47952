/* State arrays that the caller supplies: the same bits as in the library's own, wherever they lie.
 * Nothing next to them is touched, and nothing in them before the first step. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

enum { TENSORS = 4, COUNT = 384, STEPS = 3, ARRAYS = 7, GUARD = 256 };

/* A rule and its formats. */
typedef struct {
    const char *preset;
    int centered;
    double momentum;
    clstep_dtype param;
    clstep_state_storage state;
    clstep_param_storage storage;
} form;

static const form forms[] = {
    {"torch", 1, 0.9, CLSTEP_DTYPE_FLOAT32, CLSTEP_STATE_FULL, CLSTEP_PARAM_NEAREST},
    {"torch", 0, 0, CLSTEP_DTYPE_FLOAT32, CLSTEP_STATE_BFLOAT16, CLSTEP_PARAM_NEAREST},
    {"adam", 0, 0, CLSTEP_DTYPE_BFLOAT16, CLSTEP_STATE_8BIT, CLSTEP_PARAM_MASTER},
    {"hinton", 0, 0, CLSTEP_DTYPE_FLOAT16, CLSTEP_STATE_8BIT, CLSTEP_PARAM_RESIDUAL},
    {"sgd", 0, 0, CLSTEP_DTYPE_BFLOAT16, CLSTEP_STATE_FULL, CLSTEP_PARAM_MASTER},
};
enum { FORMS = sizeof forms / sizeof *forms };

/* One optimizer's tensors: all parameters in one buffer, all gradients in another. */
typedef struct {
    clstep_rule rule;
    clstep_group group;
    clstep_tensor tensors[TENSORS];
    cl_mem params, grads;
    clstep_optimizer *optimizer;
} model;

static const uint64_t counts[TENSORS] = {COUNT, 100, COUNT, 129};

static cl_mem bytes_buffer(size_t size, const void *contents)
{
    cl_int code;
    cl_mem made = clCreateBuffer(the.context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, size,
                                 (void *)contents, &code);
    ck_cl(code);
    return made;
}

static cl_mem filled_buffer(size_t size, int value)
{
    void *bytes = malloc(size);
    ck_assert_ptr_nonnull(bytes);
    memset(bytes, value, size);
    cl_mem made = bytes_buffer(size, bytes);
    free(bytes);
    return made;
}

/* Numbers of about 1, in any of the dtypes: the upper byte decides. */
static cl_mem random_numbers(unsigned seed, clstep_dtype dtype)
{
    const size_t width = clstep_dtype_size(dtype), size = TENSORS * COUNT * width;
    unsigned char *bytes = malloc(size);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < size; i++) {
        seed = seed * 1664525u + 1013904223u;
        bytes[i] = i % width == width - 1 ? 0x3c + (seed >> 31 & 1u) * 0x80 : seed >> 24;
    }
    cl_mem made = bytes_buffer(size, bytes);
    free(bytes);
    return made;
}

static void begin(model *of, const form *as)
{
    memset(of, 0, sizeof *of);
    of->rule = preset_rule(as->preset);
    of->rule.centered = as->centered;
    if (as->momentum > 0)
        of->rule.momentum = as->momentum;
    of->params = random_numbers(1, as->param);
    of->grads = random_numbers(2, as->param);
    for (size_t i = 0; i < TENSORS; i++)
        of->tensors[i] = (clstep_tensor){.param = of->params,
                                         .grad = of->grads,
                                         .param_offset = i * COUNT,
                                         .grad_offset = i * COUNT,
                                         .count = counts[i],
                                         .param_dtype = as->param,
                                         .grad_dtype = as->param};
    of->group = (clstep_group){CLSTEP_GROUP_SIZES,         .rule = &of->rule,
                               .tensors = of->tensors,     .tensor_count = TENSORS,
                               .state_storage = as->state, .param_storage = as->storage};
}

static void create(model *of)
{
    ck_ok(
        clstep_optimizer_create(&of->optimizer, the.engine, the.queue, 1, &of->group, NULL, NULL));
    ck_cl(clFinish(the.queue));
}

static void step(model *of)
{
    for (int i = 0; i < STEPS; i++)
        ck_ok(clstep_optimizer_step(of->optimizer, the.queue, NULL, 0, NULL, NULL));
    ck_ok(clstep_optimizer_finish(of->optimizer));
}

static void end(model *of)
{
    clstep_optimizer_destroy(of->optimizer);
    clReleaseMemObject(of->params);
    clReleaseMemObject(of->grads);
}

static size_t list(const model *of, clstep_array_form arrays[ARRAYS])
{
    size_t count = 0;
    for (;; count++) {
        arrays[count < ARRAYS ? count : 0] = (clstep_array_form)CLSTEP_ARRAY_FORM_INIT;
        if (clstep_rule_array(&of->rule, of->tensors[0].param_dtype, of->group.state_storage,
                              of->group.param_storage, count,
                              &arrays[count < ARRAYS ? count : 0]) != CLSTEP_OK)
            return count;
    }
}

static void read_at(cl_mem buffer, size_t offset, size_t size, void *to)
{
    ck_cl(clEnqueueReadBuffer(the.queue, buffer, CL_TRUE, offset, size, to, 0, NULL, NULL));
}

static void expect_equal_bytes(cl_mem a, size_t from_a, cl_mem b, size_t from_b, size_t size)
{
    unsigned char x[4 * COUNT], y[4 * COUNT];
    ck_assert_uint_le(size, sizeof x);
    read_at(a, from_a, size, x);
    read_at(b, from_b, size, y);
    ck_assert_mem_eq(x, y, size);
}

/* Parameters and all state arrays. */
static void expect_same(const model *a, const model *b)
{
    for (size_t i = 0; i < TENSORS; i++) {
        const size_t width = clstep_dtype_size(a->tensors[i].param_dtype);
        expect_equal_bytes(a->params, i * COUNT * width, b->params, i * COUNT * width,
                           counts[i] * width);
        for (size_t k = 0; k < clstep_optimizer_state_count(a->optimizer, 0, i); k++) {
            clstep_state_array x = CLSTEP_STATE_ARRAY_INIT, y = CLSTEP_STATE_ARRAY_INIT;
            ck_ok(clstep_optimizer_state_array(a->optimizer, 0, i, k, &x));
            ck_ok(clstep_optimizer_state_array(b->optimizer, 0, i, k, &y));
            const size_t size = clstep_dtype_size(x.dtype);
            ck_assert_uint_eq(x.count, y.count);
            expect_equal_bytes(x.buffer, x.offset * size, y.buffer, y.offset * size,
                               x.count * size);
        }
    }
}

/* Buffers for tensors 1 to 3; tensor 0 keeps the library's. Tensors 1 and 2 share theirs, 3 has its
 * own; each has GUARD elements before and behind. */
typedef struct {
    clstep_buffer arrays[TENSORS][ARRAYS];
    cl_mem buffers[2][ARRAYS];
    size_t sizes[2][ARRAYS]; /* in bytes */
} given;

enum { FILL = 0xa5 };

static void give(model *to, given *of)
{
    clstep_array_form forms_of[ARRAYS];
    const size_t count = list(to, forms_of);
    for (size_t k = 0; k < count; k++) {
        const size_t per = forms_of[k].per, size = clstep_dtype_size(forms_of[k].dtype);
        for (size_t b = 0; b < 2; b++) {
            of->sizes[b][k] = (2 * GUARD + 2 * COUNT) / per * size;
            of->buffers[b][k] = filled_buffer(of->sizes[b][k], FILL);
        }
        for (size_t i = 1; i < TENSORS; i++)
            of->arrays[i][k] =
                (clstep_buffer){of->buffers[i / 3][k], (GUARD + (i == 2 ? COUNT : 0)) / per};
    }
    for (size_t i = 1; i < TENSORS; i++) {
        to->tensors[i].state_arrays = of->arrays[i];
        to->tensors[i].state_array_count = count;
    }
}

static void take_back(given *of)
{
    for (size_t b = 0; b < 2; b++) {
        for (size_t k = 0; k < ARRAYS; k++) {
            if (of->buffers[b][k])
                clReleaseMemObject(of->buffers[b][k]);
        }
    }
}

/* What `from` has, into the arrays of `to`. */
static void copy_state(const model *from, const model *to)
{
    for (size_t i = 0; i < TENSORS; i++) {
        for (size_t k = 0; k < clstep_optimizer_state_count(from->optimizer, 0, i); k++) {
            clstep_state_array x = CLSTEP_STATE_ARRAY_INIT, y = CLSTEP_STATE_ARRAY_INIT;
            ck_ok(clstep_optimizer_state_array(from->optimizer, 0, i, k, &x));
            ck_ok(clstep_optimizer_state_array(to->optimizer, 0, i, k, &y));
            const size_t size = clstep_dtype_size(x.dtype);
            if (x.buffer == y.buffer)
                continue;
            ck_cl(clEnqueueCopyBuffer(the.queue, x.buffer, y.buffer, x.offset * size,
                                      y.offset * size, x.count * size, 0, NULL, NULL));
        }
    }
}

/* All that is not a tensor's has its fill still. */
static void expect_guards(const model *of, const given *from)
{
    clstep_array_form forms_of[ARRAYS];
    const size_t count = list(of, forms_of);
    for (size_t b = 0; b < 2; b++) {
        for (size_t k = 0; k < count; k++) {
            const size_t size = clstep_dtype_size(forms_of[k].dtype), total = from->sizes[b][k];
            unsigned char *bytes = malloc(total);
            ck_assert_ptr_nonnull(bytes);
            read_at(from->buffers[b][k], 0, total, bytes);
            for (size_t i = 1; i < TENSORS; i++) {
                const size_t per = forms_of[k].per;
                if (i / 3 == b)
                    memset(bytes + from->arrays[i][k].offset * size, FILL,
                           (counts[i] + per - 1) / per * size);
            }
            for (size_t at = 0; at < total; at++)
                ck_assert_uint_eq(bytes[at], FILL);
            free(bytes);
        }
    }
}

START_TEST(same_bits)
{
    model own, other;
    given arrays = {0};
    begin(&own, &forms[_i]);
    begin(&other, &forms[_i]);
    give(&other, &arrays);
    create(&own);
    create(&other);
    copy_state(&own, &other);
    step(&own);
    step(&other);
    expect_same(&own, &other);
    expect_guards(&other, &arrays);
    end(&own);
    end(&other);
    take_back(&arrays);
}
END_TEST

/* Create writes nothing, and takes nothing for its own: what is there is what the step goes on
 * from, whatever the step count. */
START_TEST(goes_on)
{
    model own, first, second;
    given arrays = {0};
    begin(&own, &forms[_i]);
    begin(&first, &forms[_i]);
    give(&first, &arrays);
    create(&own);
    create(&first);
    copy_state(&own, &first);
    step(&own);
    step(&own);
    step(&first);
    second = first;
    create(&second);
    copy_state(&first, &second); /* of the tensor whose state is the library's */
    ck_ok(clstep_optimizer_set_steps(second.optimizer, STEPS));
    clstep_optimizer_destroy(first.optimizer);
    step(&second);
    expect_same(&own, &second);
    end(&own);
    end(&second);
    take_back(&arrays);
}
END_TEST

/* A new state is zeros, but of a master copy. */
START_TEST(begins_with_zeros)
{
    model own, other;
    clstep_array_form forms_of[ARRAYS];
    clstep_buffer arrays[ARRAYS];
    begin(&own, &forms[1]);
    begin(&other, &forms[1]);
    own.group.state_storage = other.group.state_storage = CLSTEP_STATE_8BIT;
    const size_t count = list(&other, forms_of);
    for (size_t k = 0; k < count; k++)
        arrays[k] = (clstep_buffer){filled_buffer(COUNT * 4, 0), 0};
    other.tensors[2].state_arrays = arrays;
    other.tensors[2].state_array_count = count;
    create(&own);
    create(&other);
    step(&own);
    step(&other);
    expect_same(&own, &other);
    end(&own);
    end(&other);
    for (size_t k = 0; k < count; k++)
        clReleaseMemObject(arrays[k].buffer);
}
END_TEST

static void refuse(const model *of, const char *part)
{
    clstep_optimizer *optimizer;
    ck_refused(
        clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &of->group, NULL, NULL),
        CLSTEP_INVALID_ARGUMENT, part);
    ck_assert_ptr_null(optimizer);
}

START_TEST(refused)
{
    model other;
    given arrays = {0};
    begin(&other, &forms[2]); /* exp_avg, exp_avg_sq, their scales, param_master */
    give(&other, &arrays);
    clstep_tensor *tensor = &other.tensors[1];
    tensor->name = "fc.weight";
    tensor->state_array_count = 4;
    refuse(&other, "groups[0].tensors[1] (\"fc.weight\").state_array_count is 4, but the "
                   "tensor has 5 state arrays");
    tensor->state_array_count = 5;
    tensor->state_arrays = NULL;
    refuse(&other, "state_arrays is NULL although state_array_count is 5");
    tensor->state_arrays = arrays.arrays[1];
    clstep_buffer *array = arrays.arrays[1];
    array[1].buffer = NULL;
    refuse(&other, "state_arrays[1].buffer is NULL");
    array[1].buffer = array[0].buffer;
    refuse(&other, "(\"fc.weight\").state_arrays[1]");
    array[1].buffer = other.grads;
    array[0].buffer = other.params;
    for (size_t k = 0; k < 5; k++)
        array[k].offset = 0;
    refuse(&other, "overlaps");
    array[0].buffer = arrays.buffers[0][0];
    array[1].buffer = arrays.buffers[0][1];
    array[4].offset = 128;
    refuse(&other, "state_arrays[4].offset is 128; it must be 0");
    for (size_t k = 0; k < 5; k++)
        array[k].offset = k == 2 || k == 3 ? 0 : 64;
    refuse(&other, "state_arrays[0].offset is 64; for 8-bit state it must be a multiple of 128");
    for (size_t k = 0; k < 5; k++)
        array[k].offset = k == 2 || k == 3 ? 1 : 128;
    array[3].offset = 2;
    refuse(&other,
           "state_arrays[3].offset is 2; it must be 1 (in scales), where the first array begins");
    array[3].offset = 1;
    array[0].offset = 1 << 20;
    refuse(&other, "state_arrays[0].offset 1048576 and count 100 reach past the end");
    array[0].offset = 128;
    cl_int code;
    cl_mem readable = clCreateBuffer(the.context, CL_MEM_READ_ONLY, 4096, NULL, &code);
    ck_cl(code);
    array[0].buffer = readable;
    refuse(&other, "state_arrays[0].buffer is CL_MEM_READ_ONLY");
    clReleaseMemObject(readable);
    array[0].buffer = arrays.buffers[0][0];
    create(&other);
    clstep_buffer gradients[TENSORS] = {{NULL, 0}};
    gradients[3] = (clstep_buffer){arrays.buffers[1][4], 2 * GUARD}; /* in bf16 */
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    options.gradients = gradients;
    options.gradient_count = TENSORS;
    ck_refused(clstep_optimizer_step(other.optimizer, the.queue, &options, 0, NULL, NULL),
               CLSTEP_INVALID_ARGUMENT, "overlaps groups[0].tensors[3].state_arrays[4]");
    end(&other);
    take_back(&arrays);
}
END_TEST

Suite *given_state_suite(void)
{
    Suite *suite = suite_create("given_state");
    TCase *tests = tcase_create("given_state");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_loop_test(tests, same_bits, 0, FORMS);
    tcase_add_loop_test(tests, goes_on, 0, FORMS);
    tcase_add_test(tests, begins_with_zeros);
    tcase_add_test(tests, refused);
    suite_add_tcase(suite, tests);
    return suite;
}
