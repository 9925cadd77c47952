/* The self-test's formats and addresses: on this device, on poorer ones, and on kernels with
 * planted errors, each of which it must find. */
#include "optimizer/selftest_cases.h"

#include "allocation.h"
#include "layer_client.h"
#include "shared.h"

#include <clstep/selftest.h>
#include <stdlib.h>
#include <string.h>

enum { BOTH = CLSTEP_SELFTEST_FORMATS | CLSTEP_SELFTEST_ADDRESSES, QUICK_FORMATS = 2 };

/* Engines: as suits the device; emulating; with the launches of a GPU. */
enum { PLAIN, EMULATING, AS_ON_GPUS, ENGINES };

/* An engine of its own, since an engine remembers what its device reports. */
static clstep_status run(int quick, int kind, clstep_selftest_summary *summary)
{
    *summary = (clstep_selftest_summary)CLSTEP_SELFTEST_SUMMARY_INIT;
    clstep_selftest_options options = CLSTEP_SELFTEST_OPTIONS_INIT;
    options.quick = (uint32_t)quick;
    options.parts = BOTH;
    clstep_engine_options how = CLSTEP_ENGINE_OPTIONS_INIT;
    how.emulate = kind == EMULATING;
    if (kind == AS_ON_GPUS) {
        how.vector_width = 4;
        how.work_group_size = 64;
        how.chunk_elements = 1024;
        how.aligned = 1;
    }
    clstep_engine *engine;
    clstep_status status = clstep_engine_create(&engine, the.context, the.device, &how);
    if (status == CLSTEP_OK)
        status = clstep_selftest(engine, the.queue, &options, summary);
    clstep_engine_destroy(engine);
    return status;
}

static void check_exact(const clstep_selftest_summary *summary)
{
    ck_assert_msg(summary->verdict == CLSTEP_SELFTEST_EXACT, "%s; %s", summary->text,
                  summary->first);
    ck_assert_str_eq(summary->first, "");
    ck_assert_uint_eq(summary->formats.different, 0);
    ck_assert_uint_eq(summary->addresses.different, 0);
    ck_assert_uint_eq(summary->count.cases, 0);
    const int shared = shared_memory_exists();
    ck_assert_uint_eq(summary->addresses.cases, shared);
    ck_assert_int_eq((summary->left_out & CLSTEP_LEFT_OUT_ADDRESSES) == 0, shared);
    totals->cases += summary->formats.cases + summary->addresses.cases;
    totals->compared += summary->formats.elements + summary->addresses.elements;
}

/* How many formats are held, on a device that leaves out what the summary says. */
static size_t held(int quick, uint32_t left_out)
{
    clstep__selftest_case cases[CLSTEP__SELFTEST_FORMATS_MAX];
    size_t count, held_of_them = 0;
    ck_ok(clstep__selftest_formats(quick, cases, &count));
    for (size_t i = 0; i < count; i++) {
        const int is_wide = cases[i].format.param == CLSTEP_FLOAT64;
        const int is_sgd = cases[i].rule.algorithm == CLSTEP_SGD;
        held_of_them += is_wide ? !(left_out & CLSTEP_LEFT_OUT_FLOAT64)
                                : is_sgd || !(left_out & CLSTEP_LEFT_OUT_DIVIDES);
    }
    return held_of_them;
}

/* Each engine, with all tensors and with small ones. */
START_TEST(exact)
{
    const int quick = _i % 2, kind = _i / 2;
    clstep_selftest_summary summary;
    ck_ok(run(quick, kind, &summary));
    check_exact(&summary);
    ck_assert_uint_eq(summary.formats.cases, held(quick, summary.left_out));
    ck_assert_uint_gt(summary.formats.elements, quick ? 5000 : 2000000);
    ck_assert_int_eq((summary.left_out & CLSTEP_LEFT_OUT_DIVIDES) != 0, summary.reported != 0);
    if (kind == EMULATING && !quick)
        ck_assert(summary.left_out & CLSTEP_LEFT_OUT_FLOAT64);
}
END_TEST

static void add_bit(unsigned *bits, int32_t value)
{
    *bits |= 1u << value;
}

/* SGD, which is held on every device, meets every way to keep a parameter, both formats of 16 bits
 * and both of state; the other rules together do, too. */
START_TEST(cases_meet_all)
{
    clstep__selftest_case cases[CLSTEP__SELFTEST_FORMATS_MAX];
    size_t count, quick;
    ck_ok(clstep__selftest_formats(true, cases, &quick));
    ck_assert_uint_eq(quick, QUICK_FORMATS);
    ck_ok(clstep__selftest_formats(false, cases, &count));
    ck_assert_uint_eq(count, CLSTEP__SELFTEST_FORMATS_MAX);
    unsigned kept[2] = {0}, params[2] = {0}, grads[2] = {0}, states[2] = {0}, layouts[2] = {0};
    unsigned rules = 0;
    for (size_t i = 0; i < count; i++) {
        const clstep__format *format = &cases[i].format;
        const int is_sgd = cases[i].rule.algorithm == CLSTEP_SGD;
        ck_ok(clstep_rule_validate(&cases[i].rule));
        add_bit(&rules, cases[i].rule.algorithm);
        if (clstep__has_16_bits(format->param))
            add_bit(&kept[is_sgd], format->kept);
        add_bit(&params[is_sgd], format->param);
        add_bit(&grads[is_sgd], format->grad);
        add_bit(&states[is_sgd], format->state);
        add_bit(&layouts[is_sgd], cases[i].scattered);
    }
    ck_assert_uint_eq(rules, 1u << CLSTEP_RMSPROP | 1u << CLSTEP_SGD | 1u << CLSTEP_ADAM);
    for (int k = 0; k < 2; k++) {
        const unsigned low = 1u << CLSTEP_BFLOAT16 | 1u << CLSTEP_FLOAT16;
        ck_assert_uint_eq(kept[k], 15);
        ck_assert_uint_eq(params[k] & low, low);
        ck_assert_uint_eq(grads[k] & low, low);
        ck_assert_uint_eq(states[k] & ~(1u << CLSTEP_FLOAT64),
                          1u << CLSTEP_BFLOAT16 | 1u << CLSTEP_UINT8);
        ck_assert_uint_eq(layouts[k], 3);
    }
}
END_TEST

START_TEST(parts)
{
    static const struct {
        const char *preset;
        uint32_t parts;
        size_t presets, formats;
    } rows[] = {
        {"sgd", 0, 1, 0},
        {"sgd", CLSTEP_SELFTEST_PRESETS | CLSTEP_SELFTEST_FORMATS, 1, QUICK_FORMATS},
        {"sgd", CLSTEP_SELFTEST_FORMATS, 0, QUICK_FORMATS},
        {NULL, CLSTEP_SELFTEST_ADDRESSES, 0, 0},
    };
    clstep_selftest_options options = CLSTEP_SELFTEST_OPTIONS_INIT;
    clstep_selftest_summary summary = CLSTEP_SELFTEST_SUMMARY_INIT;
    options.quick = 1;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        options.preset = rows[i].preset;
        options.parts = rows[i].parts;
        ck_ok(clstep_selftest(the.engine, the.queue, &options, &summary));
        ck_assert_uint_eq(summary.count.cases, rows[i].presets);
        ck_assert_uint_eq(summary.formats.cases, rows[i].formats);
        ck_assert_int_eq(summary.verdict, CLSTEP_SELFTEST_EXACT);
    }
    options.parts = 8;
    ck_refused(clstep_selftest(the.engine, the.queue, &options, &summary), CLSTEP_INVALID_ARGUMENT,
               "options.parts");
}
END_TEST

/* ---- poorer devices, and errors in kernels */

#define FLUSH    "-cl-denorms-are-zero"
#define DIVISION "((a) / (b))"
#define SLOPPY   "((a) * (float)0.99999988f / (b))"
#define WORD     "share * 0x9e3779b97f4a7c15ul"
#define NEXT     "(share + 1) * 0x9e3779b97f4a7c15ul"
#define SGD_ONLY "formats of fewer bits were held with SGD only"
#define FORMATS  "numbers in other formats than fp32 differ"

enum {
    DIVIDES = CLSTEP_LEFT_OUT_DIVIDES,
    TINY = CLSTEP_LEFT_OUT_SUBNORMALS,
    FAILED = CLSTEP_SELFTEST_FAILED
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
} devices[] = {
    /* better than it says; flushes, and says so; or not */
    {"0x81", "", "", "", 1, CLSTEP_SELFTEST_EXACT, DIVIDES | TINY, SGD_ONLY, ""},
    {"0x01", FLUSH, "", "", 0, CLSTEP_SELFTEST_WITHIN, DIVIDES | TINY, SGD_ONLY, ""},
    {"0", FLUSH, "", "", 0, FAILED, 0, "but flushes", ""},
    /* a sloppy divide */
    {"0x80", "", DIVISION, SLOPPY, 1, CLSTEP_SELFTEST_WITHIN, DIVIDES, SGD_ONLY, ""},
    {"0", "", DIVISION, SLOPPY, 1, FAILED, 0, "but rounds divide otherwise", ""},
    /* chance: of the next 32 elements, also where only SGD is held; of another number; too little
     */
    {"0", "", WORD, NEXT, 1, FAILED, 0, FORMATS, "p bf16 stochastic"},
    {"0x81", FLUSH, WORD, NEXT, 1, FAILED, DIVIDES | TINY, FORMATS, "sgd, momentum: p fp16"},
    {"0", "", "0x6e789e6bu", "0x6e789e6du", 1, FAILED, 0, FORMATS, "p bf16 stochastic"},
    {"0", "", "(chance >> 3)", "(chance >> 4)", 0, FAILED, 0, FORMATS, "p fp16 stochastic"},
    /* 8 bits: the greatest number out of reach, a finer scale, another block's, codes with no sign,
     * a square that becomes 0 */
    {"0", "", "(greatest + (1u << shift) - 1u) >> shift", "greatest >> shift", 1, FAILED, 0,
     FORMATS, "state 8 bits"},
    {"0", "", "apart + (apart >> 5)", "apart", 0, FAILED, 0, FORMATS, "state 8 bits"},
    {"0", "", "chunk.state / CLSTEP_BLOCK", "chunk.state / (2 * CLSTEP_BLOCK)", 1, FAILED, 0,
     FORMATS, "scale"},
    {"0", "", "(SIGNS >> (k)&1)", "0", 1, FAILED, 0, FORMATS, "grad_avg"},
    {"0", "", "max(number, (TYPE(int))1)", "max(number, (TYPE(int))0)", 0, FAILED, 0, FORMATS,
     "grad_var"},
    /* 16 bits: what a residual holds, which way ties go, what a master copy is */
    {"0", "", "? fixed : size << 3", "? fixed : size << 2", 1, FAILED, 0, FORMATS,
     "param_residual"},
    {"0", "", "(size + 0x1000u - 0x38000000u)", "(size + 0x0fffu - 0x38000000u)", 1, FAILED, 0,
     FORMATS, "p fp16 residual"},
    {"0", "", "(bits + 0x7fffu + (bits >> 16 & 1u))", "(bits + 0x8000u)", 0, FAILED, 0, FORMATS,
     "p bf16"},
    {"0", "", "STORE(FLOAT, x, i, at->kept);", "STORE(FLOAT, x * 1.0000001f, i, at->kept);", 0,
     FAILED, 0, FORMATS, "param_master"},
    /* 64 bits of which only 32 are computed; pairs of bf16, with less chance */
    {"0", "", "STORE(double, CONVERT(double, x), i, to)",
     "STORE(double, CONVERT(double, CONVERT(float, x)), i, to)", 0, FAILED, 0, FORMATS, "p fp64"},
    {"0", "", "return AS(uint)(x) + (chance >> 16);", "return AS(uint)(x) + (chance >> 17);", 0,
     FAILED, 0, FORMATS, "p bf16 stochastic"},
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
    ck_ok(run(devices[_i].quick, PLAIN, &summary));
    ck_assert_msg(summary.verdict == devices[_i].verdict &&
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
    setenv("CLSTEP_LAYER_FROM", "(size_t)(where)", 1);
    setenv("CLSTEP_LAYER_TO", "(size_t)(where + 4)", 1);
    clstep_selftest_summary summary;
    if (!shared_memory_exists())
        return;
    ck_ok(run(1, PLAIN, &summary));
    ck_assert_int_eq(summary.verdict, CLSTEP_SELFTEST_FAILED);
    ck_assert_uint_eq(summary.formats.different, 0);
    ck_assert_uint_gt(summary.addresses.outside, 0);
    ck_assert_uint_gt(summary.addresses.overwritten, 0);
    ck_assert_ptr_nonnull(strstr(summary.text, "were overwritten"));
    ck_assert_ptr_nonnull(strstr(summary.first, "torch, momentum"));
}
END_TEST

/* Two groups' numbers exchanged, which overwrites nothing; only by addresses are there so many. */
START_TEST(wrong_numbers_by_addresses)
{
    setenv("CLSTEP_LAYER_FROM", "FOUR_OF(group - 4, 4, k)", 1);
    setenv("CLSTEP_LAYER_TO", "FOUR_OF(group - 4, 3, k)", 1);
    clstep_selftest_summary summary;
    if (!shared_memory_exists())
        return;
    ck_ok(run(1, PLAIN, &summary));
    ck_assert_int_eq(summary.verdict, CLSTEP_SELFTEST_FAILED);
    ck_assert_uint_eq(summary.formats.different, 0);
    ck_assert_ptr_nonnull(strstr(summary.text, "numbers that are reached by addresses are off"));
}
END_TEST

/* The library then launches by arguments, which is held elsewhere. */
START_TEST(a_driver_that_refuses_addresses)
{
    layer_open();
    clstep_selftest_summary summary;
    if (!shared_memory_exists())
        return;
    layer_fail(LAYER_ADDRESSES, 1, CL_INVALID_OPERATION, 0);
    ck_ok(run(1, PLAIN, &summary));
    ck_assert_uint_eq(layer_fail(-1, 0, 0, 0), 1);
    ck_assert_int_eq(summary.verdict, CLSTEP_SELFTEST_EXACT);
    ck_assert_uint_eq(summary.addresses.cases, 0);
    ck_assert(summary.left_out & CLSTEP_LEFT_OUT_ADDRESSES);
}
END_TEST

/* ---- failures */

enum { PLACES_MAX = 3000, APART = 11 };

/* Every eleventh OpenCL call fails, once in each run: the status says so, or the library does
 * without addresses, and nothing leaks. */
START_TEST(opencl_fails)
{
    layer_open();
    const long live = layer_live();
    clstep_selftest_summary summary;
    unsigned long place = 1;
    for (; place < PLACES_MAX; place += APART) {
        layer_fail(-1, place, CL_OUT_OF_RESOURCES, 0);
        const clstep_status status = run(1, PLAIN, &summary);
        const unsigned long calls = layer_fail(-1, 0, 0, 0);
        ck_cl(clFinish(the.queue));
        ck_assert_msg(layer_live() == live, "fault at call %lu: %ld references left", place,
                      layer_live() - live);
        if (calls < place)
            break;
        if (status == CLSTEP_OK) {
            ck_assert(summary.left_out & CLSTEP_LEFT_OUT_ADDRESSES);
            ck_assert_int_eq(summary.verdict, CLSTEP_SELFTEST_EXACT);
            continue;
        }
        ck_assert_int_eq(clstep_last_error()->cl_code, CL_OUT_OF_RESOURCES);
        ck_assert_int_eq(summary.verdict, 0);
    }
    ck_assert_int_eq(summary.verdict, CLSTEP_SELFTEST_EXACT);
    ck_assert_uint_gt(place, 100);
    ck_assert_uint_lt(place, PLACES_MAX);
}
END_TEST

START_TEST(memory_is_short)
{
    layer_open();
    const long live = layer_live();
    clstep_selftest_summary summary;
    unsigned long place = 1;
    for (; place < PLACES_MAX; place++) {
        allocation_fail(place);
        const clstep_status status = run(1, PLAIN, &summary);
        allocation_fail(0);
        ck_assert_int_eq(layer_live(), live);
        if (status == CLSTEP_OK)
            break;
        ck_assert_int_eq(status, CLSTEP_OUT_OF_MEMORY);
    }
    ck_assert_uint_gt(place, 10);
    ck_assert_uint_lt(place, PLACES_MAX);
}
END_TEST

Suite *selftest_parts_suite(void)
{
    Suite *suite = suite_create("selftest_parts");
    TCase *tests = tcase_create("selftest_parts");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_set_timeout(tests, 240);
    tcase_add_test(tests, cases_meet_all);
    if (getenv("CLSTEP_QUICK")) {
        for (int kind = 0; kind < ENGINES; kind++)
            tcase_add_loop_test(tests, exact, 2 * kind + 1, 2 * kind + 2);
    } else {
        tcase_add_loop_test(tests, exact, 0, 2 * ENGINES);
        tcase_add_test(tests, parts);
        tcase_add_loop_test(tests, poorer_devices, 0, sizeof devices / sizeof *devices);
        tcase_add_test(tests, wrong_addresses);
        tcase_add_test(tests, wrong_numbers_by_addresses);
    }
    if (!getenv("CLSTEP_NO_GATES")) { /* Oclgrind takes minutes */
        tcase_add_test(tests, a_driver_that_refuses_addresses);
        tcase_add_test(tests, opencl_fails);
        tcase_add_test(tests, memory_is_short);
    }
    suite_add_tcase(suite, tests);
    return suite;
}
