/* 8-bit block state: the scale of a block whose range is just within, or just beyond, what a shift
 * covers. Whole blocks and others find their range in different ways. */
#include "fixture.h"

#include "abi/block8.h"
#include "format/bits.h"
#include "format/block8.h"

#include <math.h>

enum { COUNT_MAX = 2 * CLSTEP_BLOCK8_ELEMENTS, FIRST_SHIFT = 5, LAST_SHIFT = 19 };

static const size_t counts[] = {2, 31, 33, 127, 128, 130, 160, 256};
enum { COUNTS = sizeof counts / sizeof *counts };

/* A number whose square rounds to the float with these bits; 0 if there is none. */
static float root_of(uint32_t bits)
{
    const float near = sqrtf(clstep__float_of(bits));
    const float some[] = {near, nextafterf(near, 0), nextafterf(near, INFINITY)};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        const float square = some[i] * some[i];
        if (clstep__bits_of(square) == bits)
            return some[i];
    }
    return 0;
}

/* The least distance that `shift` does not cover with 255 codes. */
static uint32_t beyond(uint32_t shift)
{
    uint32_t apart = 0;
    while ((apart + apart / 32) >> shift <= 255)
        apart++;
    return apart;
}

/* Two numbers whose squares are so far apart. */
static void find_pair(uint32_t apart, float pair[2])
{
    for (uint32_t bits = 0x3f800000u;; bits++) {
        pair[0] = root_of(bits);
        pair[1] = root_of(bits - apart);
        if (pair[0] > 0 && pair[1] > 0)
            return;
    }
}

/* The scales of `count` gradients after one step in which the state becomes the square. */
static void scales_of(const float *gradients, size_t count, uint32_t scales[2])
{
    clstep_rule rule = preset_rule("torch");
    rule.rho = 0;
    cl_mem param = make_buffer(NULL, count), grad = make_buffer(gradients, count);
    const clstep_tensor tensor = {.param = param, .grad = grad, .count = count};
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = &tensor,
                                .tensor_count = 1, .state_storage = CLSTEP_STATE_8BIT};
    clstep_optimizer *optimizer;
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, NULL, NULL));
    ck_ok(clstep_optimizer_step(optimizer, the.queue, NULL, 0, NULL, NULL));
    ck_ok(clstep_optimizer_finish(optimizer));
    clstep_state_array array = CLSTEP_STATE_ARRAY_INIT;
    ck_ok(clstep_optimizer_find_state_array(optimizer, 0, 0, "square_avg.scale", &array));
    ck_cl(clEnqueueReadBuffer(the.queue, array.buffer, CL_TRUE, array.offset * sizeof *scales,
                              array.count * sizeof *scales, scales, 0, NULL, NULL));
    clstep_optimizer_destroy(optimizer);
    clReleaseMemObject(param);
    clReleaseMemObject(grad);
}

static void check(const float pair[2], size_t count)
{
    float gradients[COUNT_MAX], squares[COUNT_MAX];
    uint32_t random[COUNT_MAX] = {0}, found[2];
    uint8_t codes[COUNT_MAX];
    for (size_t i = 0; i < count; i++) { /* the last block has both, too */
        gradients[i] = pair[i % 2];
        squares[i] = gradients[i] * gradients[i];
    }
    scales_of(gradients, count, found);
    for (size_t first = 0; first < count; first += CLSTEP_BLOCK8_ELEMENTS) {
        const size_t left = count - first;
        const uint32_t wanted = clstep__encode_block(
            squares + first, false, left < CLSTEP_BLOCK8_ELEMENTS ? left : CLSTEP_BLOCK8_ELEMENTS,
            random, codes);
        ck_assert_uint_eq(found[first / CLSTEP_BLOCK8_ELEMENTS], wanted);
    }
}

START_TEST(scale_at_the_edge)
{
    const uint32_t apart = beyond((uint32_t)_i);
    for (uint32_t less = 0; less < 2; less++) {
        float pair[2];
        find_pair(apart - less, pair);
        for (size_t i = 0; i < COUNTS; i++)
            check(pair, counts[i]);
    }
}
END_TEST

Suite *scales_suite(void)
{
    Suite *suite = suite_create("scales");
    TCase *tests = tcase_create("scales");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_loop_test(tests, scale_at_the_edge, FIRST_SHIFT, LAST_SHIFT + 1);
    suite_add_tcase(suite, tests);
    return suite;
}
