/* The self-test's verdict, from the counts, the device's report and the probe's results. */
#include "selftest/verdict.h"
#include "selftest/promise.h"

#include "suites.h"

#include <math.h>
#include <stdio.h>

enum { D = CLSTEP_DEPARTS_DIVIDE, S = CLSTEP_DEPARTS_SQRT, Z = CLSTEP_DEPARTS_SUBNORMALS };

static const struct {
    unsigned reported, seen;
    clstep_selftest_count count;
    clstep_verdict verdict;
    const char *said;
} verdicts[] = {
    {0, 0, {.elements = 9}, CLSTEP_VERDICT_EXACT, "bit-exact on this device"},
    {D | S,
     0,
     {.elements = 9},
     CLSTEP_VERDICT_EXACT,
     "bit-exact on this device, although it does not report correctly rounded divide and sqrt"},
    {Z,
     0,
     {.elements = 9},
     CLSTEP_VERDICT_EXACT,
     "bit-exact on this device, although it does not report subnormal numbers"},
    {D | S,
     D | S,
     {.elements = 9, .different = 5, .outside = 5},
     CLSTEP_VERDICT_FAILED,
     "failed: 5 numbers differ; this device rounds divide, sqrt differently from IEEE 754"},
    {D | S | Z,
     D | S,
     {.elements = 9, .different = 5},
     CLSTEP_VERDICT_WITHIN,
     "within 64 ulp: this device rounds divide, sqrt differently from IEEE 754"},
    {D | S | Z,
     Z,
     {.elements = 9, .different = 5, .flushed = 5},
     CLSTEP_VERDICT_WITHIN,
     "within 64 ulp: this device flushes subnormal numbers to 0"},
    {D | S | Z,
     D,
     {.elements = 9, .different = 5, .outside = 2},
     CLSTEP_VERDICT_FAILED,
     "failed: 2 numbers are more than the promised 64 ulp off; this device rounds divide "
     "differently from IEEE 754"},
    {D | S | Z,
     D,
     {.elements = 9, .different = 5, .outside = 1},
     CLSTEP_VERDICT_FAILED,
     "failed: 1 number is more than the promised 64 ulp off; this device rounds divide "
     "differently from IEEE 754"},
    {0,
     S,
     {.elements = 9, .different = 1, .outside = 1},
     CLSTEP_VERDICT_FAILED,
     "failed: 1 number differs; the device reports correctly rounded divide and sqrt, and "
     "subnormal numbers, but rounds sqrt differently from IEEE 754"},
    {0,
     D,
     {.elements = 9, .different = 5, .outside = 5},
     CLSTEP_VERDICT_FAILED,
     "failed: 5 numbers differ; the device reports correctly rounded divide and sqrt, and "
     "subnormal numbers, but rounds divide differently from IEEE 754"},
    {0,
     0,
     {.elements = 9, .different = 5, .outside = 5},
     CLSTEP_VERDICT_FAILED,
     "failed: 5 numbers differ; this device does divide, sqrt and fma as it reports, so its "
     "driver's compiler or clstep is wrong"},
    {0,
     0,
     {.elements = 9, .overwritten = 1},
     CLSTEP_VERDICT_FAILED,
     "failed: 1 number outside every tensor, or in a gradient, was overwritten"},
    /* the numbers that were compared missed what the probe met */
    {0,
     S,
     {.elements = 9},
     CLSTEP_VERDICT_FAILED,
     "failed: no number of these presets is off; the device reports correctly rounded divide and "
     "sqrt, and subnormal numbers, but rounds sqrt differently from IEEE 754"},
    {D | S,
     CLSTEP_DEPARTS_FMA,
     {.elements = 9},
     CLSTEP_VERDICT_FAILED,
     "failed: no number of these presets is off; this device rounds fma differently from IEEE 754"},
    {D | S | Z,
     S,
     {.elements = 9},
     CLSTEP_VERDICT_WITHIN,
     "within 64 ulp: this device rounds sqrt differently from IEEE 754"},
};

START_TEST(verdict)
{
    clstep_selftest_summary summary = CLSTEP_SELFTEST_SUMMARY_INIT;
    summary.reported = verdicts[_i].reported;
    summary.seen = verdicts[_i].seen;
    summary.promised_ulp = clstep__promised_ulp(summary.reported, summary.seen);
    summary.count = verdicts[_i].count;
    clstep__verdict_reach(&summary);
    ck_assert_int_eq(summary.verdict, verdicts[_i].verdict);
    ck_assert_str_eq(summary.text, verdicts[_i].said);
}
END_TEST

/* Formats and addresses count as the presets do, and are named where they alone are off. */
static const struct {
    unsigned reported;
    clstep_selftest_count count, formats, addresses;
    uint32_t left_out;
    clstep_verdict verdict;
    const char *said;
} parts[] = {
    {0, {0}, {.elements = 9}, {.elements = 9}, 0, CLSTEP_VERDICT_EXACT, "bit-exact on this device"},
    {0,
     {0},
     {.elements = 9},
     {0},
     CLSTEP_LEFT_OUT_FLOAT64 | CLSTEP_LEFT_OUT_ADDRESSES,
     CLSTEP_VERDICT_EXACT,
     "bit-exact on this device"},
    {D | S | Z,
     {0},
     {.elements = 9},
     {0},
     CLSTEP_LEFT_OUT_DIVIDES,
     CLSTEP_VERDICT_EXACT,
     "bit-exact on this device, although it does not report correctly rounded divide and sqrt, and "
     "subnormal numbers; bf16, fp16 and 8 bits were compared with SGD only"},
    {D | S | Z,
     {0},
     {.elements = 9},
     {.elements = 9, .different = 2},
     CLSTEP_LEFT_OUT_DIVIDES,
     CLSTEP_VERDICT_WITHIN,
     "within 64 ulp: this device rounds divide, sqrt differently from IEEE 754 and flushes "
     "subnormal numbers to 0; bf16, fp16 and 8 bits were compared with SGD only"},
    {0,
     {0},
     {.elements = 9, .different = 3, .outside = 3},
     {0},
     0,
     CLSTEP_VERDICT_FAILED,
     "failed: 3 numbers in other formats than fp32 differ; this device does divide, sqrt and fma "
     "as it reports, so its driver's compiler or clstep is wrong"},
    {0,
     {0},
     {0},
     {.elements = 9, .different = 4, .outside = 4},
     0,
     CLSTEP_VERDICT_FAILED,
     "failed: 4 numbers in shared virtual memory are off; this device does divide, sqrt and fma as "
     "it reports, so its driver's compiler or clstep is wrong"},
    {0,
     {.elements = 9, .different = 2, .outside = 2},
     {.elements = 9, .different = 3, .outside = 3},
     {.elements = 9, .different = 4, .outside = 4},
     0,
     CLSTEP_VERDICT_FAILED,
     "failed: 9 numbers differ; this device does divide, sqrt and fma as it reports, so its "
     "driver's compiler or clstep is wrong"},
    {D | S | Z,
     {.elements = 9, .different = 2, .outside = 2},
     {.elements = 9, .different = 3, .outside = 3},
     {0},
     0,
     CLSTEP_VERDICT_FAILED,
     "failed: 5 numbers are off by more than promised; this device does divide, sqrt and fma as it "
     "reports, so its driver's compiler or clstep is wrong"},
    {0,
     {0},
     {.elements = 9, .overwritten = 1},
     {.overwritten = 2},
     0,
     CLSTEP_VERDICT_FAILED,
     "failed: 3 numbers outside every tensor, or in a gradient, were overwritten"},
};

/* Zeros whose sign alone is wrong are called that, wherever they are. */
static const struct {
    unsigned reported, seen;
    clstep_selftest_count count, formats;
    uint64_t wrong_zeros;
    clstep_verdict verdict;
    const char *said;
} signs[] = {
    {0,
     CLSTEP_DEPARTS_ZEROS,
     {.elements = 9, .different = 4, .outside = 4},
     {0},
     4,
     CLSTEP_VERDICT_FAILED,
     "failed: 4 zeros have the wrong sign, and no other number is off; this device gives some "
     "zeros the wrong sign"},
    {D | S | Z,
     Z | CLSTEP_DEPARTS_ZEROS,
     {.elements = 9, .different = 5, .flushed = 5},
     {.elements = 9, .different = 2, .outside = 2},
     2,
     CLSTEP_VERDICT_FAILED,
     "failed: 2 zeros have the wrong sign, and no other number is off; this device flushes "
     "subnormal numbers to 0 and gives some zeros the wrong sign"},
    {0,
     0,
     {.elements = 9, .different = 4, .outside = 4},
     {0},
     3,
     CLSTEP_VERDICT_FAILED,
     "failed: 4 numbers differ; this device does divide, sqrt and fma as it reports, so its "
     "driver's compiler or clstep is wrong"},
    {D | S | Z,
     Z | CLSTEP_DEPARTS_ZEROS,
     {.elements = 9, .different = 5, .flushed = 5},
     {0},
     0,
     CLSTEP_VERDICT_WITHIN,
     "within 64 ulp: this device flushes subnormal numbers to 0 and gives some zeros the wrong "
     "sign"},
    /* exact by fma, but for the zeros that no number met */
    {D | S,
     CLSTEP_DEPARTS_ZEROS,
     {.elements = 9},
     {0},
     0,
     CLSTEP_VERDICT_FAILED,
     "failed: no number of these presets is off; this device gives some zeros the wrong sign"},
};

START_TEST(signs_of_zeros)
{
    clstep_selftest_summary summary = CLSTEP_SELFTEST_SUMMARY_INIT;
    summary.reported = signs[_i].reported;
    summary.seen = signs[_i].seen;
    summary.promised_ulp = clstep__promised_ulp(summary.reported, summary.seen);
    summary.count = signs[_i].count;
    summary.formats = signs[_i].formats;
    summary.wrong_zeros = signs[_i].wrong_zeros;
    clstep__verdict_reach(&summary);
    ck_assert_int_eq(summary.verdict, signs[_i].verdict);
    ck_assert_str_eq(summary.text, signs[_i].said);
}
END_TEST

/* Results of a device whose fma gives 0 the other sign where it adds 0 to 0, as Mesa's does. */
START_TEST(probe_meets_zeros)
{
    enum { COUNT = 16384 };
    static float a[COUNT], b[COUNT], c[COUNT], results[CLSTEP__PROBE_OPERATIONS][COUNT];
    clstep__probe_operands operands = {COUNT, a, b, c};
    clstep__probe_choose(&operands);
    for (int is_wrong = 0; is_wrong < 2; is_wrong++) {
        size_t wrong = 0;
        for (size_t i = 0; i < COUNT; i++) {
            results[CLSTEP__PROBE_DIVIDE][i] = a[i] / b[i];
            results[CLSTEP__PROBE_SQRT][i] = sqrtf(fabsf(a[i]));
            results[CLSTEP__PROBE_FMA][i] = fmaf(a[i], b[i], c[i]);
            results[CLSTEP__PROBE_MULTIPLY][i] = a[i] * b[i];
            results[CLSTEP__PROBE_ADD][i] = a[i] + c[i];
            if (is_wrong && c[i] == 0 && (a[i] == 0 || b[i] == 0)) {
                results[CLSTEP__PROBE_FMA][i] = -results[CLSTEP__PROBE_FMA][i];
                wrong++;
            }
        }
        clstep__probe probe = {0};
        clstep__probe_judge(&operands, results[0], &probe);
        ck_assert_uint_gt(probe.zeros.tested, 1000);
        ck_assert_uint_eq(probe.zeros.different, wrong);
        ck_assert_uint_eq(probe.zeros.largest_ulp, 0);
        ck_assert_int_eq(wrong > 40, is_wrong);
        for (int k = 0; k < CLSTEP__PROBE_OPERATIONS; k++) {
            ck_assert_uint_gt(probe.operations[k].tested, 10000);
            ck_assert_uint_eq(probe.operations[k].different + probe.subnormal[k].different, 0);
        }
        clstep_selftest_summary summary = CLSTEP_SELFTEST_SUMMARY_INIT;
        clstep__verdict_probe(&summary, &probe);
        ck_assert_uint_eq(summary.seen, is_wrong ? CLSTEP_DEPARTS_ZEROS : 0);
    }
}
END_TEST

/* Where no preset was compared, none is spoken of. */
START_TEST(only_the_probe_fails)
{
    clstep_selftest_summary summary = CLSTEP_SELFTEST_SUMMARY_INIT;
    summary.seen = CLSTEP_DEPARTS_FMA;
    summary.formats.elements = 9;
    clstep__verdict_reach(&summary);
    ck_assert_int_eq(summary.verdict, CLSTEP_VERDICT_FAILED);
    ck_assert_str_eq(summary.text, "failed: no number that was compared is off; this device rounds "
                                   "fma differently from IEEE 754");
}
END_TEST

/* What the probe saw alone is no verdict of what was wanted, unless the device does not own up. */
static const struct {
    unsigned reported, seen;
    clstep_verdict verdict;
    const char *said;
} nothing[] = {
    {0, 0, CLSTEP_VERDICT_WITHIN,
     "nothing was compared: this device can do nothing of what was asked for"},
    {D | S | Z, D, CLSTEP_VERDICT_WITHIN,
     "nothing was compared: this device can do nothing of what was asked for"},
    {0, CLSTEP_DEPARTS_FMA, CLSTEP_VERDICT_FAILED,
     "failed: nothing was compared; this device rounds fma differently from IEEE 754"},
};

START_TEST(nothing_is_compared)
{
    clstep_selftest_summary summary = CLSTEP_SELFTEST_SUMMARY_INIT;
    summary.reported = nothing[_i].reported;
    summary.seen = nothing[_i].seen;
    summary.promised_ulp = clstep__promised_ulp(summary.reported, summary.seen);
    summary.left_out = CLSTEP_LEFT_OUT_ADDRESSES;
    clstep__verdict_reach(&summary);
    ck_assert_int_eq(summary.verdict, nothing[_i].verdict);
    ck_assert_str_eq(summary.text, nothing[_i].said);
}
END_TEST

START_TEST(formats_and_addresses)
{
    clstep_selftest_summary summary = CLSTEP_SELFTEST_SUMMARY_INIT;
    summary.reported = parts[_i].reported;
    summary.promised_ulp = clstep__promised_ulp(summary.reported, 0);
    summary.count = parts[_i].count;
    summary.formats = parts[_i].formats;
    summary.addresses = parts[_i].addresses;
    summary.left_out = parts[_i].left_out;
    clstep__verdict_reach(&summary);
    ck_assert_int_eq(summary.verdict, parts[_i].verdict);
    ck_assert_str_eq(summary.text, parts[_i].said);
}
END_TEST

/* A device that flushes has no bound for what Adadelta divides: the parameter and acc_delta. */
START_TEST(parts_of_states)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    ck_assert_int_eq(clstep_rule_preset(&rule, "adadelta"), CLSTEP_OK);
    ck_assert_int_eq(clstep__part_of(&rule, 0), CLSTEP__PART_AVERAGE);
    ck_assert_int_eq(clstep__part_of(&rule, 1), CLSTEP__PART_BUFFER);
    const clstep__promise promise = clstep__promise_of(&rule, 1, Z);
    clstep_selftest_count count = {0};
    clstep__promise_count(&promise, clstep__part_of(&rule, 0), 1.001f, 1, 2, &count);
    ck_assert_uint_eq(count.outside, 1);
    clstep__promise_count(&promise, clstep__part_of(&rule, 1), 1.001f, 1, 2, &count);
    ck_assert_uint_eq(count.outside, 1);
    ck_assert_uint_eq(count.unbounded, 1);

    ck_assert_int_eq(clstep_rule_preset(&rule, "graves"), CLSTEP_OK);
    ck_assert_str_eq(clstep_rule_state_name(&rule, 2), "momentum_buffer");
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(clstep__part_of(&rule, i),
                         i == 2 ? CLSTEP__PART_BUFFER : CLSTEP__PART_AVERAGE);
}
END_TEST

Suite *verdict_suite(void)
{
    Suite *suite = suite_create("verdict");
    TCase *tests = tcase_create("verdict");
    tcase_add_loop_test(tests, verdict, 0, sizeof verdicts / sizeof *verdicts);
    tcase_add_loop_test(tests, formats_and_addresses, 0, sizeof parts / sizeof *parts);
    tcase_add_loop_test(tests, nothing_is_compared, 0, sizeof nothing / sizeof *nothing);
    tcase_add_test(tests, only_the_probe_fails);
    tcase_add_loop_test(tests, signs_of_zeros, 0, sizeof signs / sizeof *signs);
    tcase_add_test(tests, probe_meets_zeros);
    tcase_add_test(tests, parts_of_states);
    suite_add_tcase(suite, tests);
    return suite;
}
