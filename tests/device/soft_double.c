/* Double arithmetic on integers (abi/soft_double.h, soft_power.h) on the device against the same
 * text on the host, which the unit tests compare with doubles. */
#include "fixture.h"

#include "abi/soft_power.h"

#include <stdlib.h>

enum { OPERATIONS = 9, PAIRS_MAX = 16384 };

/* Made from kernels/tools/soft_double.cl by scripts/embed-kernel. */
extern const unsigned char soft_double_cl[];
extern const size_t soft_double_cl_size;

/* Any bits, sums that cancel, and bases of powers. */
static void choose(uint64_t *xs, uint64_t *ys, size_t count)
{
    uint64_t random = 0x50f7;
    for (size_t i = 0; i < count; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        xs[i] = random ^ random >> 29;
        random = random * 6364136223846793005u + 1442695040888963407u;
        ys[i] = random ^ random >> 29;
        if (i % 4 == 1)
            ys[i] = xs[i] ^ CLSTEP_SOFT_SIGN ^ ys[i] >> (ys[i] % 64);
        if (i % 4 == 2)
            xs[i] = CLSTEP_SOFT_ONE - 1 - (xs[i] >> (12 + ys[i] % 40));
    }
}

static cl_mem buffer_of(size_t count, uint64_t *contents)
{
    cl_int code;
    const cl_mem_flags flags =
        contents ? CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR : CL_MEM_READ_WRITE;
    cl_mem buffer = clCreateBuffer(the.context, flags, count * sizeof *contents, contents, &code);
    ck_cl(code);
    return buffer;
}

static cl_kernel build(cl_program *program)
{
    const char *text = (const char *)soft_double_cl;
    cl_int code;
    *program = clCreateProgramWithSource(the.context, 1, &text, &soft_double_cl_size, &code);
    ck_cl(code);
    ck_cl(clBuildProgram(*program, 1, &the.device, "-cl-std=CL1.2", NULL, NULL));
    cl_kernel kernel = clCreateKernel(*program, "clstep_soft_double", &code);
    ck_cl(code);
    return kernel;
}

static void run(uint64_t *xs, uint64_t *ys, size_t count, uint64_t *results)
{
    cl_program program;
    cl_kernel kernel = build(&program);
    cl_mem buffers[] = {buffer_of(count, xs), buffer_of(count, ys),
                        buffer_of(OPERATIONS * count, NULL)};
    const cl_ulong argument = count;
    for (cl_uint i = 0; i < 3; i++)
        ck_cl(clSetKernelArg(kernel, i, sizeof buffers[i], &buffers[i]));
    ck_cl(clSetKernelArg(kernel, 3, sizeof argument, &argument));
    ck_cl(clEnqueueNDRangeKernel(the.queue, kernel, 1, NULL, &count, NULL, 0, NULL, NULL));
    ck_cl(clEnqueueReadBuffer(the.queue, buffers[2], CL_TRUE, 0,
                              OPERATIONS * count * sizeof *results, results, 0, NULL, NULL));
    for (size_t i = 0; i < 3; i++)
        clReleaseMemObject(buffers[i]);
    clReleaseKernel(kernel);
    clReleaseProgram(program);
}

START_TEST(same_as_on_the_host)
{
    static uint64_t xs[PAIRS_MAX], ys[PAIRS_MAX], results[OPERATIONS * PAIRS_MAX];
    const size_t count = getenv("CLSTEP_QUICK") ? 512 : PAIRS_MAX;
    choose(xs, ys, count);
    run(xs, ys, count, results);
    for (size_t i = 0; i < count; i++) {
        const uint64_t x = xs[i], y = ys[i];
        const uint64_t wanted[OPERATIONS] = {
            clstep_soft_add(x, y),    clstep_soft_subtract(x, y),  clstep_soft_multiply(x, y),
            clstep_soft_divide(x, y), clstep_soft_square_root(x),  clstep_soft_widen((uint32_t)y),
            clstep_soft_narrow(x),    clstep_soft_from_integer(y), clstep_soft_power(x, y >> 44)};
        for (size_t k = 0; k < OPERATIONS; k++) {
            if (results[k * count + i] != wanted[k])
                ck_abort_msg("operation %zu of %016llx and %016llx", k, (unsigned long long)x,
                             (unsigned long long)y);
        }
    }
}
END_TEST

Suite *soft_double_suite(void)
{
    Suite *suite = suite_create("soft_double");
    TCase *tests = tcase_create("soft_double");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_test(tests, same_as_on_the_host);
    suite_add_tcase(suite, tests);
    return suite;
}
