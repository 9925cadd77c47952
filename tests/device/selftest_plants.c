/* The self-test's formats and shared virtual memory on worse devices, and on kernels with planted
 * errors, each of which it must find. */
#include "selftest_run.h"
#include "shared.h"

#include <stdlib.h>
#include <string.h>

#define FLUSH    "-cl-denorms-are-zero"
#define PRAGMA   "#pragma OPENCL FP_CONTRACT OFF"
#define DIVISION "return a / b;"
#define SLOPPY   "return a * (float)0.99999988f / b;"
#define EXACT    "return exact_divide(a, b);"
#define INEXACT  "return exact_divide(a * 0.99999988f, b);"
#define WORD     "index * 0x9e3779b97f4a7c15ul"
#define NEXT     "(index + 1) * 0x9e3779b97f4a7c15ul"
#define SGD_ONLY "bf16, fp16 and 8 bits were compared with SGD only"
#define LOADED   "load_numbers(at->grad, s, GRAD, g);"
#define THINNED  LOADED "g[0] = CONVERT(REAL, CONVERT(float, g[0]));"
#define MASTER   "store_numbers(p, at->copy, s, CLSTEP_TYPE_FLOAT32);"
#define FORMATS  "numbers in other formats than fp32 differ"

enum {
    DIVIDES = CLSTEP_LEFT_OUT_DIVIDES,
    TINY = CLSTEP_LEFT_OUT_SUBNORMALS,
    FAILED = CLSTEP_VERDICT_FAILED
};

static const struct {
    const char *hide; /* of CL_DEVICE_SINGLE_FP_CONFIG */
    const char *options;
    const char *from, *to; /* in the kernels */
    int quick;
    int verdict;
    uint32_t left_out;
    const char *said;
    const char *first; /* of what differs */
    int kind;          /* of the engine */
} devices[] = {
    /* better than it says; flushes, and says so; or not */
    {"0x81", "", "", "", 1, CLSTEP_VERDICT_EXACT, DIVIDES | TINY, SGD_ONLY, "", PLAIN},
    {"0x01", FLUSH, "", "", 0, CLSTEP_VERDICT_WITHIN, DIVIDES | TINY, SGD_ONLY, "", PLAIN},
    {"0", FLUSH, "", "", 0, FAILED, 0, "but flushes", "", PLAIN},
    /* a sloppy divide: unused where it is not said to be exact; and one by fma */
    {"0x80", "", DIVISION, SLOPPY, 1, CLSTEP_VERDICT_EXACT, 0, "although it does not report", "",
     PLAIN},
    {"0x80", "", EXACT, INEXACT, 1, FAILED, 0, "rounds divide differently", "", PLAIN},
    {"0x81", "", EXACT, INEXACT, 1, CLSTEP_VERDICT_WITHIN, DIVIDES | TINY, SGD_ONLY, "", PLAIN},
    {"0", "", DIVISION, SLOPPY, 1, FAILED, 0, "but rounds divide differently", "", PLAIN},
    /* random bits: of the next 32 elements, also where only SGD is held; of another number; too
     * little
     */
    {"0", "", WORD, NEXT, 1, FAILED, 0, FORMATS, "p bf16 stochastic", PLAIN},
    {"0x81", FLUSH, WORD, NEXT, 1, FAILED, DIVIDES | TINY, FORMATS, "sgd, momentum: p fp16", PLAIN},
    {"0", "", "0x6e789e6bu", "0x6e789e6du", 1, FAILED, 0, FORMATS, "p bf16 stochastic", PLAIN},
    {"0", "", "(random >> 3)", "(random >> 4)", 0, FAILED, 0, FORMATS, "p fp16 stochastic", PLAIN},
    /* 8 bits: the greatest number out of reach, a finer scale, another block's, codes with no sign,
     * a square that becomes 0 */
    {"0", "", "(greatest + (1u << shift) - 1u) >> shift", "greatest >> shift", 1, FAILED, 0,
     FORMATS, "state 8bit", PLAIN},
    {"0", "", "apart + (apart >> 5)", "apart", 0, FAILED, 0, FORMATS, "state 8bit", PLAIN},
    {"0", "", "chunk.state / CLSTEP_BLOCK8_ELEMENTS", "chunk.state / (2 * CLSTEP_BLOCK8_ELEMENTS)",
     1, FAILED, 0, FORMATS, "scale", PLAIN},
    {"0", "", "(SIGNS >> (k)&1)", "0", 1, FAILED, 0, FORMATS, "grad_avg", PLAIN},
    {"0", "", "max(number, (intN)1)", "max(number, (intN)0)", 0, FAILED, 0, FORMATS, "grad_var",
     PLAIN},
    /* 16 bits: what a residual holds, which way ties go, what a master copy is */
    {"0", "", "? units : size << 3", "? units : size << 2", 1, FAILED, 0, FORMATS, "param_residual",
     PLAIN},
    {"0", "", "(size + 0x1000u - 0x38000000u)", "(size + 0x0fffu - 0x38000000u)", 1, FAILED, 0,
     FORMATS, "p fp16 residual", PLAIN},
    {"0", "", "(bits + 0x7fffu + (bits >> 16 & 1u))", "(bits + 0x8000u)", 0, FAILED, 0, FORMATS,
     "p bf16", PLAIN},
    {"0", "", MASTER,
     "{ realN q[PARTS]; q[0] = p[0] * 1.0000001f; store_numbers(q, at->copy, s, 0); }", 0, FAILED,
     0, FORMATS, "param_master", PLAIN},
    /* 64 bits of which only 32 are computed; pairs of bf16, with fewer random bits */
    {"0", "", "store_double(CONVERT(double, x[0])",
     "store_double(CONVERT(double, CONVERT(float, x[0]))", 0, FAILED, 0, FORMATS, "p fp64", PLAIN},
    {"0", "", "return (AS(uint, x) + random) >> 16;", "return (AS(uint, x) + random / 2) >> 16;", 0,
     FAILED, 0, FORMATS, "p bf16 stochastic", PLAIN},
    /* fp64 gradients: rounded to fp32 beside fp64 parameters; beside ones with fewer bits the next
     * element's */
    {"0", "", LOADED, THINNED, 0, FAILED, 0, FORMATS, "p fp64, g fp64", PLAIN},
    {"0", "", "(__global const double *)from",
     "(__global const double *)from + (sizeof(real) == 4)", 0, FAILED, 0, FORMATS,
     "p fp16 stochastic, g fp64", PLAIN},
    {"0", "", "(__global const double *)from",
     "(__global const double *)from + (sizeof(real) == 4)", 0, FAILED, 0, FORMATS,
     "p fp16 stochastic, g fp64", AS_ON_GPUS},
    /* numbers that leave their formats: a block's greatest, on CPUs and on GPUs; fp16 that becomes
     * infinite by random bits, and as a residual's */
    {"0", "", "&& found.of_all > reach; n++", "&& 0; n++", 0, FAILED, 0, FORMATS, "state 8bit",
     PLAIN},
    {"0", "", "clipped(state[part][k], reach, HAS_SIGN(k))", "state[part][k]", 0, FAILED, 0,
     FORMATS, "state 8bit", AS_ON_GPUS},
    {"0", "", "(uintN)0x7c00u);", "(uintN)0x7bffu);", 0, FAILED, 0, FORMATS, "p fp16 stochastic",
     PLAIN},
    {"0", "", "size < 0x477ff000u ? finite", "size < 0x57fff000u ? finite", 1, FAILED, 0, FORMATS,
     "p fp16 residual", PLAIN},
};

START_TEST(poorer_devices)
{
    setenv("CLSTEP_LAYER_HIDE", devices[_i].hide, 1);
    setenv("CLSTEP_LAYER_OPTIONS", devices[_i].options, 1);
    if (devices[_i].from[0]) {
        setenv("CLSTEP_LAYER_FROM", devices[_i].from, 1);
        setenv("CLSTEP_LAYER_TO", devices[_i].to, 1);
    }
    clstep_selftest_summary summary;
    ck_ok(run_parts(BOTH, devices[_i].quick, devices[_i].kind, &summary));
    ck_assert_msg((int)summary.verdict == devices[_i].verdict &&
                      strstr(summary.text, devices[_i].said) &&
                      strstr(summary.first, devices[_i].first),
                  "verdict %d: %s; %s", summary.verdict, summary.text, summary.first);
    ck_assert_uint_eq(summary.left_out & (DIVIDES | TINY), devices[_i].left_out);
    ck_assert_uint_eq(summary.formats.outside, summary.formats.different);
    ck_assert_int_eq(summary.formats.different > 0, devices[_i].verdict == FAILED);
    ck_assert_uint_eq(summary.addresses.outside > 0 && devices[_i].verdict != FAILED, 0);
}
END_TEST

/* The element behind the one that is meant. */
START_TEST(wrong_addresses)
{
    setenv("CLSTEP_LAYER_FROM", "(size_t)element", 1);
    setenv("CLSTEP_LAYER_TO", "(size_t)(element + 4)", 1);
    clstep_selftest_summary summary;
    if (!shared_memory_exists())
        return;
    ck_ok(run_parts(BOTH, 1, PLAIN, &summary));
    ck_assert_int_eq(summary.verdict, CLSTEP_VERDICT_FAILED);
    ck_assert_uint_eq(summary.formats.different, 0);
    ck_assert_uint_gt(summary.addresses.outside, 0);
    ck_assert_uint_gt(summary.addresses.overwritten, 0);
    ck_assert_ptr_nonnull(strstr(summary.text, "were overwritten"));
    ck_assert_ptr_nonnull(strstr(summary.first, "torch, momentum"));
}
END_TEST

/* The constants of another group, which overwrites nothing. */
START_TEST(constants_of_another_group)
{
    setenv("CLSTEP_LAYER_FROM", "[chunk.constants - 1]", 1);
    setenv("CLSTEP_LAYER_TO", "[0]", 1);
    clstep_selftest_summary summary;
    if (!shared_memory_exists())
        return;
    ck_ok(run_parts(BOTH, 1, PLAIN, &summary));
    ck_assert_int_eq(summary.verdict, CLSTEP_VERDICT_FAILED);
    ck_assert_uint_gt(summary.addresses.outside, 0);
    ck_assert_uint_eq(summary.addresses.overwritten, 0);
}
END_TEST

/* A device whose fma is right but for the sign of a sum that is 0, as that of Mesa's rusticl. */
START_TEST(zeros_of_the_other_sign)
{
    setenv("CLSTEP_LAYER_FROM", PRAGMA, 1);
    setenv("CLSTEP_LAYER_TO",
           PRAGMA "\n#define OTHER(T) __attribute__((overloadable)) T other_fma(T a, T b, T c) "
                  "{ return -fma(-a, b, -c); }\n"
                  "OTHER(float) OTHER(float4) OTHER(float8) OTHER(float16)\n"
                  "#undef fma\n#define fma(a, b, c) other_fma(a, b, c)\n",
           1);
    clstep_selftest_options options = CLSTEP_SELFTEST_OPTIONS_INIT;
    clstep_selftest_summary summary = CLSTEP_SELFTEST_SUMMARY_INIT;
    clstep_engine *engine;
    options.preset = "adam";
    ck_ok(clstep_engine_create(&engine, the.context, the.device, NULL));
    ck_ok(clstep_selftest(engine, the.queue, &options, &summary));
    clstep_engine_destroy(engine);
    ck_assert_int_eq(summary.verdict, CLSTEP_VERDICT_FAILED);
    ck_assert_uint_eq(summary.seen, CLSTEP_DEPARTS_ZEROS);
    ck_assert_uint_gt(summary.wrong_zeros, 0);
    ck_assert_uint_eq(summary.wrong_zeros, summary.count.different);
    ck_assert_uint_eq(summary.wrong_zeros, summary.count.outside);
    ck_assert_ptr_nonnull(strstr(summary.text, "zeros have the wrong sign, and no other number is "
                                               "off; this device gives some zeros the wrong sign"));
}
END_TEST

Suite *selftest_plants_suite(void)
{
    Suite *suite = suite_create("selftest_plants");
    TCase *tests = tcase_create("selftest_plants");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    if (!getenv("CLSTEP_QUICK")) {
        tcase_add_loop_test(tests, poorer_devices, 0, sizeof devices / sizeof *devices);
        tcase_add_test(tests, wrong_addresses);
        tcase_add_test(tests, constants_of_another_group);
    }
    suite_add_tcase(suite, tests);
    TCase *zeros = tcase_create("zeros");
    tcase_add_checked_fixture(zeros, fixture_open, fixture_close);
    tcase_add_test(zeros, zeros_of_the_other_sign);
    suite_add_tcase(suite, zeros);
    return suite;
}
