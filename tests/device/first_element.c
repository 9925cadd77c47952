/* Stochastic rounding draws by an element's number in the whole model: neither the order of the
 * tensors nor their distribution over optimizers changes a bit. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

enum { COUNT = 1536, STEPS = 3 };

/* A tensor of the model: of the elements from `first` on, which lie there in both buffers, too. */
typedef struct {
    size_t first, count;
} part;

static uint16_t upper_half(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (uint16_t)(bits >> 16);
}

static cl_mem random_buffer(unsigned seed, uint16_t *contents)
{
    for (size_t i = 0; i < COUNT; i++) {
        seed = seed * 1664525u + 1013904223u;
        contents[i] = upper_half((float)(seed >> 8) / 8388608.0f - 1.0f);
    }
    cl_int code;
    cl_mem made = clCreateBuffer(the.context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR,
                                 COUNT * sizeof *contents, contents, &code);
    ck_cl(code);
    return made;
}

/* Steps the parts, `per_optimizer` of them in one optimizer, and reads all parameters. Without
 * `has_numbers` elements are numbered by order. */
static void run(const part *parts, size_t count, size_t per_optimizer, clstep_state_storage state,
                int has_numbers, uint16_t *result)
{
    cl_mem p = random_buffer(1, result), g = random_buffer(2, result);
    clstep_rule rule = preset_rule("torch");
    rule.lr = 1e-3;
    for (size_t begin = 0; begin < count; begin += per_optimizer) {
        clstep_tensor tensors[4] = {{0}};
        for (size_t i = 0; i < per_optimizer; i++)
            tensors[i] = (clstep_tensor){.param = p,
                                         .grad = g,
                                         .param_offset = parts[begin + i].first,
                                         .grad_offset = parts[begin + i].first,
                                         .count = parts[begin + i].count,
                                         .param_dtype = CLSTEP_DTYPE_BFLOAT16,
                                         .grad_dtype = CLSTEP_DTYPE_BFLOAT16,
                                         .first_element = has_numbers ? parts[begin + i].first : 0};
        const clstep_group group = {
            CLSTEP_GROUP_SIZES,     .rule = &rule,
            .tensors = tensors,     .tensor_count = per_optimizer,
            .state_storage = state, .param_storage = CLSTEP_PARAM_STOCHASTIC};
        clstep_optimizer *optimizer = NULL;
        ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, NULL, NULL));
        for (int s = 0; s < STEPS; s++)
            ck_ok(clstep_optimizer_step(optimizer, the.queue, NULL, 0, NULL, NULL));
        clstep_optimizer_destroy(optimizer);
    }
    ck_cl(clEnqueueReadBuffer(the.queue, p, CL_TRUE, 0, COUNT * sizeof *result, result, 0, NULL,
                              NULL));
    clReleaseMemObject(p);
    clReleaseMemObject(g);
}

static size_t count_different(const uint16_t *a, const uint16_t *b)
{
    size_t different = 0;
    for (size_t i = 0; i < COUNT; i++)
        different += a[i] != b[i];
    return different;
}

static const clstep_state_storage states[] = {CLSTEP_STATE_FULL, CLSTEP_STATE_BFLOAT16,
                                              CLSTEP_STATE_8BIT};

START_TEST(any_order_and_cut)
{
    static const part in_order[] = {{0, 300}, {384, 128}, {512, 1000}};
    static const part reversed[] = {{512, 1000}, {384, 128}, {0, 300}};
    static const part cut[] = {{1024, 488}, {0, 300}, {512, 512}, {384, 128}};
    static uint16_t expected[COUNT], found[COUNT];
    run(in_order, 3, 3, states[_i], 1, expected);
    run(reversed, 3, 3, states[_i], 0, found); /* other bits are drawn, which matter */
    ck_assert_uint_gt(count_different(expected, found), 50);
    run(reversed, 3, 3, states[_i], 1, found);
    ck_assert_uint_eq(count_different(expected, found), 0);
    run(in_order, 3, 1, states[_i], 1, found);
    ck_assert_uint_eq(count_different(expected, found), 0);
    run(cut, 4, 4, states[_i], 1, found);
    ck_assert_uint_eq(count_different(expected, found), 0);
    run(cut, 4, 2, states[_i], 1, found);
    ck_assert_uint_eq(count_different(expected, found), 0);
}
END_TEST

/* By order: as if each tensor began at the next multiple of 128. */
START_TEST(by_order)
{
    clstep_rule rule = preset_rule("torch");
    cl_mem buffer = make_buffer(NULL, 1000);
    clstep_tensor tensors[3] = {{.param = buffer, .grad = make_buffer(NULL, 1000), .count = 300},
                                {.count = 0, .name = "empty"},
                                {.param = buffer, .count = 5, .param_offset = 300, .name = "bias"}};
    tensors[2].grad = tensors[0].grad;
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = tensors,
                                .tensor_count = 3};
    clstep_optimizer *optimizer = NULL;
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, NULL, NULL));
    clstep_tensor told;
    ck_ok(clstep_optimizer_get_tensor(optimizer, 0, 2, sizeof told, &told));
    ck_assert_uint_eq(told.first_element, 384);
    ck_assert_str_eq(told.name, "bias");
    ck_assert_ptr_ne(told.name, tensors[2].name);
    ck_ok(clstep_optimizer_get_tensor(optimizer, 0, 0, sizeof told, &told));
    ck_assert_ptr_null(told.name);
    clstep_optimizer_destroy(optimizer);
    tensors[2].param_offset = 299;
    ck_refused(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, NULL, NULL),
               CLSTEP_INVALID_ARGUMENT, "groups[0].tensors[2] (\"bias\").param");
    clReleaseMemObject(tensors[0].grad);
    clReleaseMemObject(buffer);
}
END_TEST

/* Structs of a newer header lie further apart. */
START_TEST(longer_structs)
{
    typedef struct {
        clstep_tensor of;
        uint64_t newer;
    } longer_tensor;
    typedef struct {
        clstep_group of;
        uint64_t newer[2];
    } longer_group;
    clstep_rule rule = preset_rule("torch");
    cl_mem p = make_buffer(NULL, 64), g = make_buffer(NULL, 64);
    longer_tensor tensors[4];
    longer_group groups[2];
    memset(tensors, 0, sizeof tensors);
    memset(groups, 0, sizeof groups);
    for (size_t i = 0; i < 4; i++)
        tensors[i].of = (clstep_tensor){
            .param = p, .grad = g, .param_offset = 16 * i, .grad_offset = 16 * i, .count = 10 + i};
    for (size_t i = 0; i < 2; i++)
        groups[i].of = (clstep_group){.size = sizeof *groups,
                                      .tensor_size = sizeof *tensors,
                                      .rule = &rule,
                                      .tensors = &tensors[2 * i].of,
                                      .tensor_count = 2};
    clstep_optimizer *optimizer = NULL;
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 2, &groups[0].of, NULL, NULL));
    clstep_tensor told;
    ck_ok(clstep_optimizer_get_tensor(optimizer, 1, 1, sizeof told, &told));
    ck_assert_uint_eq(told.count, 13);
    ck_assert_uint_eq(told.param_offset, 48);
    clstep_optimizer_destroy(optimizer);
    tensors[3].newer = 1;
    ck_refused(
        clstep_optimizer_create(&optimizer, the.engine, the.queue, 2, &groups[0].of, NULL, NULL),
        CLSTEP_INVALID_ARGUMENT, "groups[1].tensors[1] has fields of a newer clstep");
    tensors[3].newer = 0;
    groups[1].newer[1] = 1;
    ck_refused(
        clstep_optimizer_create(&optimizer, the.engine, the.queue, 2, &groups[0].of, NULL, NULL),
        CLSTEP_INVALID_ARGUMENT, "groups[1] must start as CLSTEP_GROUP_INIT");
    clReleaseMemObject(p);
    clReleaseMemObject(g);
}
END_TEST

/* Two buffers over one piece of the host's memory. */
START_TEST(one_memory_two_buffers)
{
    static float memory[128] __attribute__((aligned(4096)));
    clstep_rule rule = preset_rule("torch");
    cl_mem g = make_buffer(NULL, 128), p[2];
    for (size_t i = 0; i < 2; i++) {
        cl_int code;
        p[i] = clCreateBuffer(the.context, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, 64 * 4,
                              memory + 32 * i, &code);
        ck_cl(code);
    }
    clstep_tensor tensors[2] = {{.param = p[0], .grad = g, .count = 64},
                                {.param = p[1], .grad = g, .count = 64}};
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = tensors,
                                .tensor_count = 2};
    clstep_optimizer *optimizer = NULL;
    ck_refused(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, NULL, NULL),
               CLSTEP_INVALID_ARGUMENT,
               "groups[0].tensors[0].param overlaps groups[0].tensors[1].param");
    tensors[0].count = 32;
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, NULL, NULL));
    clstep_optimizer_destroy(optimizer);
    for (size_t i = 0; i < 2; i++)
        clReleaseMemObject(p[i]);
    clReleaseMemObject(g);
}
END_TEST

Suite *first_element_suite(void)
{
    Suite *suite = suite_create("first_element");
    TCase *tests = tcase_create("first_element");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_loop_test(tests, any_order_and_cut, 0, sizeof states / sizeof *states);
    tcase_add_test(tests, by_order);
    tcase_add_test(tests, longer_structs);
    tcase_add_test(tests, one_memory_two_buffers);
    suite_add_tcase(suite, tests);
    return suite;
}
