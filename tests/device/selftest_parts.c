/* The self-test's formats and shared virtual memory: what is compared, and what happens if it
 * cannot be. */
#include "selftest/cases.h"

#include "format/dtypes.h"

#include "allocation.h"
#include "layer_client.h"
#include "selftest_run.h"
#include "shared.h"

#include <stdlib.h>
#include <string.h>

enum { QUICK_FORMATS = 2 };

static void check_exact(const clstep_selftest_summary *summary)
{
    ck_assert_msg(summary->verdict == CLSTEP_VERDICT_EXACT, "%s; %s", summary->text,
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
static size_t held(int quick, const clstep_selftest_summary *summary)
{
    clstep__selftest_case cases[CLSTEP__SELFTEST_FORMATS_MAX];
    size_t count, held_of_them = 0;
    ck_ok(clstep__selftest_formats(quick, cases, &count));
    for (size_t i = 0; i < count; i++) {
        const clstep__format *format = &cases[i].format;
        const int is_double = format->param == CLSTEP_DTYPE_FLOAT64;
        const int needs_double = is_double || format->grad == CLSTEP_DTYPE_FLOAT64;
        const int is_sgd = strcmp(clstep_rule_name(&cases[i].rule), "sgd") == 0;
        if (needs_double && (summary->left_out & CLSTEP_LEFT_OUT_FLOAT64))
            continue;
        held_of_them += is_double || is_sgd || !(summary->left_out & CLSTEP_LEFT_OUT_DIVIDES);
    }
    return held_of_them;
}

/* Each engine, with all tensors and with small ones. */
START_TEST(exact)
{
    const int quick = _i % 2, kind = _i / 2;
    clstep_selftest_summary summary;
    ck_ok(run_parts(BOTH, quick, kind, &summary));
    check_exact(&summary);
    ck_assert_uint_eq(summary.formats.cases, held(quick, &summary));
    ck_assert_uint_gt(summary.formats.elements, quick ? 5000 : 2000000);
    ck_assert_int_eq((summary.left_out & CLSTEP_LEFT_OUT_DIVIDES) != 0, summary.reported != 0);
    if (kind == WITHOUT_FP64)
        ck_assert_int_eq((summary.left_out & CLSTEP_LEFT_OUT_FLOAT64) != 0, !quick);
}
END_TEST

static void add_bit(unsigned *bits, int32_t value)
{
    *bits |= 1u << value;
}

/* SGD, which is held on every device, meets every way to keep a parameter, both formats of 16 bits
 * and both of state; the other rules together do, too. fp64 gradients meet a parameter with fewer
 * bits in SGD, which every device that has them can be held to. */
START_TEST(cases_meet_all)
{
    clstep__selftest_case cases[CLSTEP__SELFTEST_FORMATS_MAX];
    size_t count, quick;
    ck_ok(clstep__selftest_formats(true, cases, &quick));
    ck_assert_uint_eq(quick, QUICK_FORMATS);
    ck_ok(clstep__selftest_formats(false, cases, &count));
    ck_assert_uint_eq(count, CLSTEP__SELFTEST_FORMATS_MAX);
    unsigned storages[2] = {0}, params[2] = {0}, grads[2] = {0}, states[2] = {0}, layouts[2] = {0};
    unsigned rules = 0;
    for (size_t i = 0; i < count; i++) {
        const clstep__format *format = &cases[i].format;
        const int is_sgd = strcmp(clstep_rule_name(&cases[i].rule), "sgd") == 0;
        ck_ok(clstep_rule_validate(&cases[i].rule));
        add_bit(&rules, cases[i].rule.algorithm);
        if (clstep__has_16_bits(format->param))
            add_bit(&storages[is_sgd], format->storage);
        add_bit(&params[is_sgd], format->param);
        add_bit(&grads[is_sgd], format->grad);
        add_bit(&states[is_sgd], format->state);
        add_bit(&layouts[is_sgd], cases[i].scattered);
    }
    static const char *const met[] = {"torch", "sgd", "adam"};
    for (size_t i = 0; i < sizeof met / sizeof *met; i++)
        ck_assert_uint_eq(rules >> preset_rule(met[i]).algorithm & 1, 1);
    for (int k = 0; k < 2; k++) {
        const unsigned low = 1u << CLSTEP_DTYPE_BFLOAT16 | 1u << CLSTEP_DTYPE_FLOAT16;
        ck_assert_uint_eq(storages[k], 15);
        ck_assert_uint_eq(params[k] & low, low);
        ck_assert_uint_eq(grads[k] & low, low);
        ck_assert_uint_eq(states[k] & ~(1u << CLSTEP_DTYPE_FLOAT64),
                          1u << CLSTEP_DTYPE_BFLOAT16 | 1u << CLSTEP_DTYPE_UINT8);
        ck_assert_uint_eq(layouts[k], 3);
    }
    ck_assert(grads[1] & 1u << CLSTEP_DTYPE_FLOAT64);
    ck_assert(!(params[1] & 1u << CLSTEP_DTYPE_FLOAT64));
}
END_TEST

/* Of nothing nothing can be said. */
static void check_verdict(const clstep_selftest_summary *summary)
{
    const int some = summary->count.cases + summary->formats.cases + summary->addresses.cases > 0;
    ck_assert_int_eq(summary->verdict, some ? CLSTEP_VERDICT_EXACT : CLSTEP_VERDICT_WITHIN);
    ck_assert_int_eq(strstr(summary->text, "nothing was compared") == NULL, some);
}

START_TEST(parts)
{
    static const struct {
        const char *preset;
        uint32_t parts;
        size_t presets, formats;
    } rows[] = {
        {"sgd", 0, 1, 0},
        {"sgd", CLSTEP_PART_PRESETS | CLSTEP_PART_FORMATS, 1, QUICK_FORMATS},
        {"sgd", CLSTEP_PART_FORMATS, 0, QUICK_FORMATS},
        {NULL, CLSTEP_PART_ADDRESSES, 0, 0},
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
        check_verdict(&summary);
    }
    options.parts = 8;
    ck_refused(clstep_selftest(the.engine, the.queue, &options, &summary), CLSTEP_INVALID_ARGUMENT,
               "options.parts");
}
END_TEST

/* ---- failures */

/* The library then launches by arguments, which is held elsewhere. */
START_TEST(a_driver_that_refuses_addresses)
{
    layer_open();
    clstep_selftest_summary summary;
    if (!shared_memory_exists())
        return;
    layer_fail(LAYER_ADDRESSES, 1, CL_INVALID_OPERATION, 0);
    ck_ok(run_parts(_i ? BOTH : CLSTEP_PART_ADDRESSES, 1, PLAIN, &summary));
    ck_assert_uint_eq(layer_fail(-1, 0, 0, 0), 1);
    check_verdict(&summary);
    ck_assert_int_eq(summary.formats.cases > 0, _i);
    ck_assert_uint_eq(summary.addresses.cases, 0);
    ck_assert(summary.left_out & CLSTEP_LEFT_OUT_ADDRESSES);
}
END_TEST

enum { PLACES_MAX = 3000, APART = 11 };

/* Every eleventh OpenCL call fails, once in each run: the status says so, or the library does
 * without addresses, and nothing leaks. With the code that the library gives to clSVMAlloc(), which
 * has none. */
START_TEST(opencl_fails)
{
    layer_open();
    const long live = layer_live();
    clstep_selftest_summary summary;
    unsigned long place = 1;
    for (; place < PLACES_MAX; place += APART) {
        layer_fail(-1, place, CL_MEM_OBJECT_ALLOCATION_FAILURE, 0);
        const clstep_status status = run_parts(BOTH, 1, PLAIN, &summary);
        const unsigned long calls = layer_fail(-1, 0, 0, 0);
        ck_cl(clFinish(the.queue));
        ck_assert_msg(layer_live() == live, "fault at call %lu: %ld references left", place,
                      layer_live() - live);
        if (calls < place)
            break;
        if (status == CLSTEP_OK) {
            ck_assert(summary.left_out & CLSTEP_LEFT_OUT_ADDRESSES);
            ck_assert_int_eq(summary.verdict, CLSTEP_VERDICT_EXACT);
            continue;
        }
        ck_assert_int_eq(clstep_last_error()->cl_code, CL_MEM_OBJECT_ALLOCATION_FAILURE);
        ck_assert_int_eq(summary.verdict, 0);
    }
    ck_assert_int_eq(summary.verdict, CLSTEP_VERDICT_EXACT);
    ck_assert_uint_gt(place, 100);
    ck_assert_uint_lt(place, PLACES_MAX);
}
END_TEST

/* Each piece of shared memory in turn cannot be had. */
START_TEST(shared_memory_is_short)
{
    layer_open();
    const long live = layer_live();
    clstep_selftest_summary summary;
    unsigned long place = 1;
    for (; place < PLACES_MAX; place++) {
        layer_fail(LAYER_SHARED, place, CL_OUT_OF_RESOURCES, 0);
        const clstep_status status = run_parts(CLSTEP_PART_ADDRESSES, 1, PLAIN, &summary);
        layer_fail(-1, 0, 0, 0);
        ck_assert_int_eq(layer_live(), live);
        if (status == CLSTEP_OK)
            break;
        ck_assert_int_eq(status, CLSTEP_OPENCL_FAILED);
        ck_assert_ptr_nonnull(strstr(clstep_last_error()->message, "clSVMAlloc"));
        ck_assert_int_eq(summary.verdict, 0);
    }
    check_verdict(&summary);
    ck_assert_uint_eq(place > 1, shared_memory_exists());
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
        const clstep_status status = run_parts(BOTH, 1, PLAIN, &summary);
        allocation_fail(0);
        ck_assert_int_eq(layer_live(), live);
        if (status == CLSTEP_OK)
            break;
        ck_assert_int_eq(status, CLSTEP_OUT_OF_MEMORY);
        const char *call = clstep_last_error()->call;
        ck_assert_msg(strcmp(call, "clstep_selftest") == 0 ||
                          strcmp(call, "clstep_engine_create") == 0,
                      "%s was not called", call);
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
    tcase_add_test(tests, cases_meet_all);
    if (getenv("CLSTEP_QUICK")) {
        for (int kind = 0; kind < ENGINES; kind++)
            tcase_add_loop_test(tests, exact, 2 * kind + 1, 2 * kind + 2);
    } else {
        tcase_add_loop_test(tests, exact, 0, 2 * ENGINES);
        tcase_add_test(tests, parts);
    }
    if (!getenv("CLSTEP_NO_GATES")) /* Oclgrind takes minutes */
        tcase_add_loop_test(tests, a_driver_that_refuses_addresses, 0, 2);
    if (!getenv("CLSTEP_NO_GATES") && !getenv("CLSTEP_QUICK")) {
        tcase_add_test(tests, opencl_fails);
        tcase_add_test(tests, shared_memory_is_short);
        tcase_add_test(tests, memory_is_short);
    }
    suite_add_tcase(suite, tests);
    return suite;
}
