/* fp32 by integers (kernels/soft.clh) on the device, against the host's own arithmetic, in bits. */
#include "fixture.h"

#include "engine/program.h"
#include "format/low16.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Made from kernels/update.cl by scripts/embed-kernel. */
extern const unsigned char clstep__update_cl[];
extern const size_t clstep__update_cl_size;

enum { ADD, SUBTRACT, MULTIPLY, DIVIDE, SQRT, FMA, OPERATIONS };
enum { NARROW, TO_HALF, FROM_HALF, UNITS, OF_UNITS, CONVERSIONS };
enum { BATCH = 1 << 17, RESULTS_MAX = OPERATIONS };

static const char *const operations[] = {"+", "-", "*", "/", "sqrt", "fma"};
static const char *const conversions[] = {"fp64 to fp32", "fp32 to fp16", "fp16 to fp32",
                                          "fp32 to units", "units to fp32"};

/* Behind the update kernel's own text. */
static const char kernels[] =
    "\n__kernel void soft_operations(__global const uint *of, __global uint *to)\n"
    "{\n"
    "    const size_t i = get_global_id(0), n = get_global_size(0);\n"
    "    const uint a = of[i], b = of[i + n], c = of[i + 2 * n];\n"
    "    to[i] = ADD(a, b);\n"
    "    to[i + n] = SUB(a, b);\n"
    "    to[i + 2 * n] = MUL(a, b);\n"
    "    to[i + 3 * n] = DIV(a, b);\n"
    "    to[i + 4 * n] = SQRT(a);\n"
    "    to[i + 5 * n] = FMA(a, b, c);\n"
    "}\n"
    "__kernel void soft_conversions(__global const uint *of, __global uint *to)\n"
    "{\n"
    "    const size_t i = get_global_id(0), n = get_global_size(0);\n"
    "    const uint a = of[i];\n"
    "    to[i] = soft_narrow((ulong)a << 32 | of[i + n]);\n"
    "    to[i + n] = soft_to_half(a);\n"
    "    to[i + 2 * n] = soft_from_half((ushort)a);\n"
    "    to[i + 3 * n] = soft_units(a % 0x38800000u);\n"
    "    to[i + 4 * n] = soft_of(a & SOFT_SIGN, a % 0x4000000u, -40);\n"
    "}\n";

static cl_program program;
static cl_mem operands, results;
static uint32_t of[3][BATCH];
static uint32_t found[RESULTS_MAX][BATCH];
static uint64_t seed;

static void build(void)
{
    const clstep_rule rule = preset_rule("sgd");
    const clstep__kernel_variant form = {
        .shape = clstep__variant_of(&rule), .format.kept = 1, .width = 1, .group_size = 1};
    const clstep__arithmetic emulated = {.emulate = 1};
    clstep__text options = {0}, source = {0}, log = {0};
    clstep__kernel_options(&form, &emulated, &options);
    clstep__text_append(&source, (const char *)clstep__update_cl, clstep__update_cl_size);
    clstep__text_append(&source, kernels, sizeof kernels - 1);
    const clstep__kernel_source whole = {"soft", (const unsigned char *)source.bytes,
                                         source.length};
    const clstep_status status =
        clstep__kernel_build(the.context, the.device, &whole, options.bytes, &program, &log);
    ck_assert_msg(status == CLSTEP_OK, "%s", log.length ? log.bytes : "");
    clstep__text_free(&options);
    clstep__text_free(&source);
    clstep__text_free(&log);
}

static void open_all(void)
{
    fixture_open();
    build();
    operands = make_buffer(NULL, 3 * BATCH);
    results = make_buffer(NULL, RESULTS_MAX * BATCH);
    seed = 754;
}

static void close_all(void)
{
    clReleaseMemObject(operands);
    clReleaseMemObject(results);
    clReleaseProgram(program);
    fixture_close();
}

/* As bytes: the host must not touch them as floats. */
static void run(const char *name, size_t count)
{
    cl_int code;
    cl_kernel kernel = clCreateKernel(program, name, &code);
    ck_cl(code);
    ck_cl(clSetKernelArg(kernel, 0, sizeof operands, &operands));
    ck_cl(clSetKernelArg(kernel, 1, sizeof results, &results));
    for (size_t k = 0; k < 3; k++)
        ck_cl(clEnqueueWriteBuffer(the.queue, operands, CL_TRUE, 4 * k * count, 4 * count, of[k], 0,
                                   NULL, NULL));
    ck_cl(clEnqueueNDRangeKernel(the.queue, kernel, 1, NULL, &count, NULL, 0, NULL, NULL));
    for (size_t k = 0; k < RESULTS_MAX; k++)
        ck_cl(clEnqueueReadBuffer(the.queue, results, CL_TRUE, 4 * k * count, 4 * count, found[k],
                                  0, NULL, NULL));
    clReleaseKernel(kernel);
}

/* ---- operands */

/* SplitMix64 (G. Steele, D. Lea, C. Flood, OOPSLA 2014). */
static uint64_t next_random(void)
{
    uint64_t z = (seed += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint32_t below(uint32_t most)
{
    return (uint32_t)(next_random() % most);
}

/* Zero, subnormal numbers, the ends of the range, ones with bits at the end, infinity and NaN. */
static const uint32_t special[] = {
    0,          1,          2,          3,          0x003fffff, 0x00400000, 0x00400001, 0x007ffffe,
    0x007fffff, 0x00800000, 0x00800001, 0x00ffffff, 0x01000000, 0x01000001, 0x0c000000, 0x1fffffff,
    0x20000000, 0x33000000, 0x33800000, 0x34000000, 0x3f000000, 0x3f7fffff, 0x3f800000, 0x3f800001,
    0x3fffffff, 0x40000000, 0x4b000000, 0x4b7fffff, 0x4b800000, 0x5f800000, 0x7e800000, 0x7effffff,
    0x7f000000, 0x7f7ffffe, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fc00000};
enum { SPECIAL = 2 * sizeof special / sizeof *special, TRIPLES = SPECIAL * SPECIAL * SPECIAL };

static uint32_t special_of(size_t number)
{
    return special[number / 2] | (uint32_t)(number % 2) << 31;
}

/* A number of one of several kinds, each of any sign. */
static uint32_t any(void)
{
    const uint32_t bits = (uint32_t)next_random(), sign = bits & 0x80000000;
    const uint32_t fraction = bits & 0x7fffff;
    switch (below(6)) {
    case 0:
        return bits; /* of all exponents alike, infinity and NaN too */
    case 1:
        return sign | (107 + below(41)) << 23 | fraction; /* round 1 */
    case 2:
        return sign | below(4) << 23 | fraction; /* subnormal, and the next */
    case 3:                                      /* few digits, of which ties are made */
        return sign | below(255) << 23 | (fraction & ~((1u << below(23)) - 1));
    case 4:
        return sign | ((below(256) << 23) + below(5) - 2); /* round a power of 2 */
    default:
        return sign | (250 + below(6)) << 23 | fraction; /* where overflow begins */
    }
}

/* All triples of special numbers; then others, which are often each other's negative but for the
 * last bits, or the third that of the product. */
static void choose_operands(size_t first)
{
    for (size_t i = 0; i < BATCH; i++) {
        const size_t number = first + i;
        if (number < TRIPLES) {
            of[0][i] = special_of(number % SPECIAL);
            of[1][i] = special_of(number / SPECIAL % SPECIAL);
            of[2][i] = special_of(number / SPECIAL / SPECIAL);
            continue;
        }
        const uint32_t a = any();
        const uint32_t b = number % 3 ? any() : (a ^ below(2) << 31) + below(9) - 4;
        const float product = clstep__float_of(a) * clstep__float_of(b);
        of[0][i] = a;
        of[1][i] = b;
        of[2][i] = number % 4 ? any() : clstep__bits_of(-product) + below(5) - 2;
    }
}

/* ---- what must come out */

/* Contraction is off in this file, so that these are IEEE 754's. */
static float compute(int operation, float a, float b, float c)
{
    switch (operation) {
    case ADD:
        return a + b;
    case SUBTRACT:
        return a - b;
    case MULTIPLY:
        return a * b;
    case DIVIDE:
        return a / b;
    case SQRT:
        return sqrtf(a);
    default:
        return fmaf(a, b, c);
    }
}

static uint32_t convert(int conversion, uint32_t a, uint32_t b)
{
    const uint64_t bits = (uint64_t)a << 32 | b;
    double wide;
    memcpy(&wide, &bits, sizeof wide);
    switch (conversion) {
    case NARROW:
        return clstep__bits_of((float)wide);
    case TO_HALF:
        return clstep__to_half(clstep__float_of(a));
    case FROM_HALF:
        return clstep__bits_of(clstep__from_half((uint16_t)a));
    case UNITS:
        return (uint32_t)ldexp((double)clstep__float_of(a % 0x38800000), 40);
    default: {
        const float units = (float)ldexp((double)(a % 0x4000000), -40);
        return clstep__bits_of(units) | (a & 0x80000000);
    }
    }
}

/* An fp64 number whose fp32 neighbours are near, a tie among them. */
static void choose_wide(size_t i)
{
    const uint64_t unit = 1u << 29; /* an fp32 number's last bit in fp64 */
    double wide = (double)clstep__float_of(any());
    uint64_t bits;
    memcpy(&bits, &wide, sizeof bits);
    bits += (below(5) - 2) * (unit / 4) + below(3) - 1;
    if (i % 4 == 0) /* subnormal in fp32 */
        bits = (next_random() & 0x800fffffffffffffu) | (uint64_t)(1023 - 152 + below(30)) << 52;
    if (i % 32 == 1)
        bits = next_random();
    of[0][i] = (uint32_t)(bits >> 32);
    of[1][i] = (uint32_t)bits;
}

static void choose_conversions(size_t first)
{
    for (size_t i = 0; i < BATCH; i++) {
        if ((first + i) % 2)
            choose_wide(i);
        else
            of[0][i] = below(3) ? (any() & 0x80000000) | ((95 + below(52)) << 23) | below(1 << 23)
                                : any() & ~0xfffu;
    }
}

static int is_nan(uint32_t bits)
{
    return (bits & 0x7fffffff) > 0x7f800000;
}

/* ---- the tests */

/* Oclgrind and sanitizers are slow. */
static size_t batches(void)
{
    return getenv("CLSTEP_NO_GATES") ? 0 : getenv("CLSTEP_QUICK") ? 4 : 32;
}

START_TEST(every_operation)
{
    size_t tested = 0;
    for (size_t batch = 0; batch <= batches(); batch++) {
        const size_t count = batches() ? BATCH : BATCH / 32;
        choose_operands(batch * BATCH);
        run("soft_operations", count);
        for (size_t i = 0; i < count; i++) {
            const float a = clstep__float_of(of[0][i]), b = clstep__float_of(of[1][i]);
            const float c = clstep__float_of(of[2][i]);
            for (int k = 0; k < OPERATIONS; k++) {
                const float exact = compute(k, a, b, c);
                const uint32_t wanted = isnan(exact) ? 0x7fc00000 : clstep__bits_of(exact);
                if (found[k][i] != wanted)
                    ck_abort_msg("%s of %08x, %08x, %08x: %08x instead of %08x", operations[k],
                                 of[0][i], of[1][i], of[2][i], found[k][i], wanted);
            }
        }
        tested += count;
    }
    if (batches() == 32) {
        ck_assert_uint_gt(tested, 4000000);
        ck_assert_uint_gt(tested, 2 * TRIPLES);
    }
}
END_TEST

START_TEST(every_conversion)
{
    for (size_t batch = 0; batch <= batches() / 2; batch++) {
        const size_t count = batches() ? BATCH : BATCH / 32;
        choose_conversions(batch * BATCH);
        for (size_t i = 0; batch == 0 && i < count / 2; i++) /* every fp16 number */
            of[0][2 * i] = (uint32_t)i;
        run("soft_conversions", count);
        for (size_t i = 0; i < count; i++) {
            for (int k = 0; k < CONVERSIONS; k++) {
                const uint32_t wanted = convert(k, of[0][i], of[1][i]);
                const int both_nan = k != TO_HALF && is_nan(wanted) && is_nan(found[k][i]);
                if (found[k][i] != wanted && !both_nan)
                    ck_abort_msg("%s of %08x %08x: %08x instead of %08x", conversions[k], of[0][i],
                                 of[1][i], found[k][i], wanted);
            }
        }
    }
}
END_TEST

Suite *soft_suite(void)
{
    Suite *suite = suite_create("soft");
    TCase *tests = tcase_create("soft");
    tcase_add_checked_fixture(tests, open_all, close_all);
    tcase_set_timeout(tests, 240);
    tcase_add_test(tests, every_operation);
    tcase_add_test(tests, every_conversion);
    suite_add_tcase(suite, tests);
    return suite;
}
