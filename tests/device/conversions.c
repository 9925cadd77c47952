/* Conversions of every number by the update kernel itself: SGD with lr 1 from p = -0 gives p = -g,
 * which rounds only when it is stored. */
#include "fixture.h"

#include "format/bfloat16.h"
#include "format/bits.h"
#include "format/float16.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 1 << 24 };

typedef struct {
    cl_mem param;
    cl_mem grad;
    clstep_optimizer *optimizer;
} negation;

static void open_negation(negation *n, int32_t param_dtype, int32_t grad_dtype, size_t count)
{
    cl_int code;
    n->param = clCreateBuffer(the.context, CL_MEM_READ_WRITE,
                              count * clstep_dtype_size(param_dtype), NULL, &code);
    ck_cl(code);
    n->grad = clCreateBuffer(the.context, CL_MEM_READ_WRITE, count * clstep_dtype_size(grad_dtype),
                             NULL, &code);
    ck_cl(code);
    clstep_rule rule = preset_rule("sgd");
    rule.lr = 1;
    const clstep_tensor tensor = {.param = n->param,
                                  .grad = n->grad,
                                  .count = count,
                                  .param_dtype = param_dtype,
                                  .grad_dtype = grad_dtype};
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = &tensor,
                                .tensor_count = 1, .param_storage = CLSTEP_PARAM_NEAREST};
    ck_ok(clstep_optimizer_create(&n->optimizer, the.engine, the.queue, 1, &group, NULL, NULL));
}

/* The parameters that `grads` make. */
static void negate(const negation *n, const void *zero, size_t zero_size, size_t count,
                   const void *grads, size_t grads_size, void *params)
{
    ck_cl(clEnqueueWriteBuffer(the.queue, n->grad, CL_TRUE, 0, grads_size, grads, 0, NULL, NULL));
    ck_cl(clEnqueueFillBuffer(the.queue, n->param, zero, zero_size, 0, count * zero_size, 0, NULL,
                              NULL));
    ck_ok(clstep_optimizer_step(n->optimizer, the.queue, NULL, 0, NULL, NULL));
    ck_cl(clEnqueueReadBuffer(the.queue, n->param, CL_TRUE, 0, count * zero_size, params, 0, NULL,
                              NULL));
}

static void close_negation(const negation *n)
{
    clstep_optimizer_destroy(n->optimizer);
    clReleaseMemObject(n->param);
    clReleaseMemObject(n->grad);
}

/* The least bits of a positive float that round to the 16-bit number after `low`: the middle
 * between the two, or the next float where the tie goes to `low`. */
static uint32_t end_of(int32_t dtype, uint16_t low)
{
    if (dtype == CLSTEP_DTYPE_BFLOAT16)
        return ((uint32_t)low << 16) + 0x8000 + (low % 2 == 0);
    if (low == 0x7bff)
        return clstep__bits_of(65520.0f);
    const double middle =
        ((double)clstep__from_half(low) + (double)clstep__from_half((uint16_t)(low + 1))) / 2;
    return clstep__bits_of((float)middle) + (low % 2 == 0);
}

/* What the floats of `size` bits from `first` on round to: runs of equals. */
static void expect(int32_t dtype, uint32_t first, uint16_t *expected)
{
    const uint16_t infinite = dtype == CLSTEP_DTYPE_BFLOAT16 ? 0x7f80 : 0x7c00;
    const uint32_t size = first & 0x7fffffff;
    const float start = clstep__float_of(size);
    uint16_t low =
        dtype == CLSTEP_DTYPE_BFLOAT16 ? clstep__to_bfloat16(start) : clstep__to_half(start);
    uint32_t end = low < infinite ? end_of(dtype, low) : 0x80000000;
    for (uint32_t i = 0; i < PIECE; i++) {
        if (size + i >= end) {
            low++;
            end = low < infinite ? end_of(dtype, low) : 0x80000000;
        }
        expected[i] = low;
    }
}

/* All 2^32 floats, to nearest. */
START_TEST(from_every_float)
{
    static const int32_t dtypes[] = {CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_FLOAT16};
    const uint16_t infinite = _i ? 0x7c00 : 0x7f80;
    const uint16_t minus_zero = 0x8000;
    uint32_t *grads = malloc(PIECE * sizeof *grads);
    uint16_t *params = malloc(PIECE * sizeof *params);
    uint16_t *expected = malloc(PIECE * sizeof *expected);
    negation n;
    open_negation(&n, dtypes[_i], CLSTEP_DTYPE_FLOAT32, PIECE);
    unsigned long wrong = 0;
    for (uint64_t first = 0; first < (uint64_t)1 << 32; first += PIECE) {
        for (uint32_t i = 0; i < PIECE; i++)
            grads[i] = ((uint32_t)first + i) ^ 0x80000000;
        negate(&n, &minus_zero, 2, PIECE, grads, PIECE * sizeof *grads, params);
        expect(dtypes[_i], (uint32_t)first, expected);
        const uint16_t sign = first >> 31 ? 0x8000 : 0;
        for (uint32_t i = 0; i < PIECE; i++) {
            if (((uint32_t)(first + i) & 0x7fffffff) > 0x7f800000)
                wrong += (params[i] & 0x7fff) <= infinite; /* no NaN */
            else
                wrong += params[i] != (sign | expected[i]);
        }
    }
    ck_assert_msg(wrong == 0, "%lu of 2^32 floats are rounded wrongly", wrong);
    close_negation(&n);
    free(grads);
    free(params);
    free(expected);
}
END_TEST

/* All 65,536 numbers of 16 bits, widened. */
START_TEST(to_float)
{
    enum { ALL = 65536 };
    static uint16_t grads[ALL];
    static float params[ALL];
    const float minus_zero = -0.0f;
    for (uint32_t i = 0; i < ALL; i++)
        grads[i] = (uint16_t)(i ^ 0x8000);
    negation n;
    open_negation(&n, CLSTEP_DTYPE_FLOAT32, _i ? CLSTEP_DTYPE_FLOAT16 : CLSTEP_DTYPE_BFLOAT16, ALL);
    negate(&n, &minus_zero, sizeof minus_zero, ALL, grads, sizeof grads, params);
    for (uint32_t i = 0; i < ALL; i++) {
        const float wanted =
            _i ? clstep__from_half((uint16_t)i) : clstep__from_bfloat16((uint16_t)i);
        ck_assert_msg(isnan(wanted) ? isnan(params[i])
                                    : clstep__bits_of(params[i]) == clstep__bits_of(wanted),
                      "0x%04x becomes %g", i, (double)params[i]);
    }
    close_negation(&n);
}
END_TEST

/* fp64 gradients are rounded to fp32 once, to nearest. */
START_TEST(from_double)
{
    enum { COUNT = 1 << 16 };
    cl_device_fp_config doubles = 0;
    clGetDeviceInfo(the.device, CL_DEVICE_DOUBLE_FP_CONFIG, sizeof doubles, &doubles, NULL);
    if (!doubles)
        return;
    static double grads[COUNT];
    static float params[COUNT];
    const float minus_zero = -0.0f;
    for (uint64_t i = 0; i < COUNT; i++) {
        /* halfway between two floats, or an ulp beside it */
        const uint64_t bits = (i * UINT64_C(0x9e3779b97f4a7c15) & UINT64_C(0x000fffffe0000000)) |
                              (1023 - 140 + i % 280) << 52 | UINT64_C(1) << 28;
        const uint64_t beside = bits + i % 3 - 1;
        memcpy(&grads[i], &beside, sizeof beside);
    }
    negation n;
    open_negation(&n, CLSTEP_DTYPE_FLOAT32, CLSTEP_DTYPE_FLOAT64, COUNT);
    negate(&n, &minus_zero, sizeof minus_zero, COUNT, grads, sizeof grads, params);
    for (uint64_t i = 0; i < COUNT; i++)
        ck_assert(clstep__bits_of(params[i]) == clstep__bits_of(-(float)grads[i]));
    close_negation(&n);
}
END_TEST

Suite *conversions_suite(void)
{
    Suite *suite = suite_create("conversions");
    TCase *tests = tcase_create("conversions");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_loop_test(tests, to_float, 0, 2);
    tcase_add_test(tests, from_double);
    if (!getenv("CLSTEP_QUICK")) /* seconds, and hours under an interpreter */
        tcase_add_loop_test(tests, from_every_float, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}
