/* A running average in few bits against fp64 after 10,000 steps: the figures of
 * docs/low-precision.md. Stochastic rounding runs on the device. Rounding to nearest, which no
 * optimizer does, runs on the host. */
#include "fixture.h"

#include "format/bfloat16.h"
#include "format/block8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 10000, ELEMENTS = 1 << 16, POOL = 1 << 20, BLOCK = 128, NEAREST_ELEMENTS = 1024 };

/* Gradients whose deviations, two decades of them, repeat with every block. */
static float *make_pool(void)
{
    float *pool = malloc((POOL + ELEMENTS) * sizeof *pool);
    uint64_t state = 88172645463325252ull;
    for (size_t i = 0; i < POOL + ELEMENTS; i++) {
        double sum = -6; /* of twelve uniform numbers: normal enough */
        for (int k = 0; k < 12; k++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            sum += (double)(state >> 11) / 9007199254740992.0;
        }
        pool[i] = (float)(sum * pow(10, (double)(i * 37 % BLOCK) / 64 - 2));
    }
    return pool;
}

static size_t shift_of(unsigned step)
{
    return (size_t)((uint32_t)(step * 2654435761u) % (POOL / BLOCK)) * BLOCK;
}

typedef struct {
    cl_mem param;
    clstep_optimizer *optimizer;
} average;

static void open_average(average *a, cl_mem grad, double rho, int32_t param, int32_t state)
{
    clstep_rule rule = preset_rule("hinton");
    rule.rho = rho;
    rule.lr = 0;
    cl_int code;
    const size_t bytes = ELEMENTS * clstep_dtype_size(param);
    a->param = clCreateBuffer(the.context, CL_MEM_READ_WRITE, bytes, NULL, &code);
    ck_cl(code);
    const cl_uchar zero = 0;
    ck_cl(clEnqueueFillBuffer(the.queue, a->param, &zero, 1, 0, bytes, 0, NULL, NULL));
    const clstep_tensor tensor = {
        .param = a->param, .grad = grad, .count = ELEMENTS, .param_dtype = param};
    const clstep_group group = {CLSTEP_GROUP_SIZES,     .rule = &rule,
                                .tensors = &tensor,     .tensor_count = 1,
                                .state_storage = state, .param_storage = CLSTEP_PARAM_NEAREST};
    ck_ok(clstep_optimizer_create(&a->optimizer, the.engine, the.queue, 1, &group, NULL, NULL));
}

static void *read_array(const average *a, size_t index)
{
    clstep_state_array array = CLSTEP_STATE_ARRAY_INIT;
    ck_ok(clstep_optimizer_state_array(a->optimizer, 0, 0, index, &array));
    const size_t size = clstep_dtype_size(array.dtype);
    void *bytes = malloc(array.count * size);
    ck_cl(clEnqueueReadBuffer(the.queue, array.buffer, CL_TRUE, array.offset * size,
                              array.count * size, bytes, 0, NULL, NULL));
    return bytes;
}

static void close_average(const average *a)
{
    clstep_optimizer_destroy(a->optimizer);
    clReleaseMemObject(a->param);
}

typedef struct {
    double bias;   /* the mean relative error */
    double spread; /* the root of the mean square of the relative error */
} outcome;

static outcome judge(const float *got, const double *exact, size_t count)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        const double error = (double)got[i] / exact[i] - 1;
        sum += error;
        squares += error * error;
    }
    return (outcome){sum / (double)count, sqrt(squares / (double)count)};
}

typedef struct {
    outcome bf16;
    outcome codes;
} outcomes;

/* On the device; `exact` gets what fp64 makes. */
static outcomes to_stochastic(const float *pool, double rho, double **exact)
{
    cl_mem pool_buffer = make_buffer(pool, POOL + ELEMENTS);
    cl_mem grad = make_buffer(NULL, ELEMENTS);
    average averages[3];
    open_average(&averages[0], grad, rho, CLSTEP_DTYPE_FLOAT64, 0);
    open_average(&averages[1], grad, rho, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_BFLOAT16);
    open_average(&averages[2], grad, rho, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_UINT8);
    for (unsigned step = 0; step < STEPS; step++) {
        ck_cl(clEnqueueCopyBuffer(the.queue, pool_buffer, grad, shift_of(step) * sizeof(float), 0,
                                  ELEMENTS * sizeof(float), 0, NULL, NULL));
        for (int i = 0; i < 3; i++)
            ck_ok(clstep_optimizer_step(averages[i].optimizer, the.queue, NULL, 0, NULL, NULL));
        if (step % 100 == 0)
            ck_cl(clFinish(the.queue));
    }
    *exact = read_array(&averages[0], 0);
    uint16_t *upper = read_array(&averages[1], 0);
    uint8_t *codes = read_array(&averages[2], 0);
    uint32_t *scales = read_array(&averages[2], 1);
    float *numbers = malloc(ELEMENTS * sizeof *numbers);
    outcomes got;
    for (size_t i = 0; i < ELEMENTS; i++)
        numbers[i] = clstep__from_bfloat16(upper[i]);
    got.bf16 = judge(numbers, *exact, ELEMENTS);
    for (size_t i = 0; i < ELEMENTS; i += BLOCK)
        clstep__decode_block(codes + i, scales[i / BLOCK], false, BLOCK, numbers + i);
    got.codes = judge(numbers, *exact, ELEMENTS);
    free(numbers);
    free(upper);
    free(codes);
    free(scales);
    for (int i = 0; i < 3; i++)
        close_average(&averages[i]);
    clReleaseMemObject(pool_buffer);
    clReleaseMemObject(grad);
    return got;
}

/* On the host, for the first elements. */
static outcomes to_nearest(const float *pool, double rho, const double *exact)
{
    const float keep = (float)rho, rest = (float)(1 - rho);
    static float upper[NEAREST_ELEMENTS], numbers[NEAREST_ELEMENTS];
    static uint32_t middle[BLOCK];
    memset(upper, 0, sizeof upper);
    memset(numbers, 0, sizeof numbers);
    for (size_t i = 0; i < BLOCK; i++)
        middle[i] = 0x80000000u;
    for (unsigned step = 0; step < STEPS; step++) {
        const float *g = pool + shift_of(step);
        for (size_t i = 0; i < NEAREST_ELEMENTS; i++) {
            const float added = rest * g[i] * g[i];
            upper[i] = clstep__from_bfloat16(clstep__to_bfloat16(fmaf(keep, upper[i], added)));
            numbers[i] = fmaf(keep, numbers[i], added);
        }
        for (size_t i = 0; i < NEAREST_ELEMENTS; i += BLOCK) {
            uint8_t codes[BLOCK];
            const uint32_t scale = clstep__encode_block(numbers + i, false, BLOCK, middle, codes);
            clstep__decode_block(codes, scale, false, BLOCK, numbers + i);
        }
    }
    return (outcomes){judge(upper, exact, NEAREST_ELEMENTS),
                      judge(numbers, exact, NEAREST_ELEMENTS)};
}

static void expect_line(const char *page, double rho, const char *state, outcome stochastic,
                        outcome nearest)
{
    char line[128];
    snprintf(line, sizeof line, "| %g | %s | %+.3f %% | %.1f %% | %+.1f %% |", rho, state,
             100 * stochastic.bias, 100 * stochastic.spread, 100 * nearest.bias);
    ck_assert_msg(strstr(page, line) != NULL, "docs/low-precision.md lacks the line %s", line);
}

/* Every device makes the same bits, so that the page's numbers can be held against them. */
START_TEST(table_of_the_docs)
{
    static const double rhos[] = {0.9, 0.99, 0.999};
    static char page[32768];
    FILE *file = fopen("docs/low-precision.md", "r");
    ck_assert_msg(file != NULL, "docs/low-precision.md is not there; run the tests at the top");
    page[fread(page, 1, sizeof page - 1, file)] = '\0';
    fclose(file);
    float *pool = make_pool();
    double *exact;
    const outcomes stochastic = to_stochastic(pool, rhos[_i], &exact);
    const outcomes nearest = to_nearest(pool, rhos[_i], exact);
    ck_assert_double_lt(fabs(stochastic.bf16.bias), 1e-3);
    ck_assert_double_lt(fabs(stochastic.codes.bias), 1e-3);
    expect_line(page, rhos[_i], "bf16", stochastic.bf16, nearest.bf16);
    expect_line(page, rhos[_i], "8 bits", stochastic.codes, nearest.codes);
    free(pool);
    free(exact);
}
END_TEST

Suite *averages_suite(void)
{
    Suite *suite = suite_create("averages");
    TCase *tests = tcase_create("averages");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    if (!getenv("CLSTEP_QUICK"))
        tcase_add_loop_test(tests, table_of_the_docs, 0, 3);
    suite_add_tcase(suite, tests);
    return suite;
}
