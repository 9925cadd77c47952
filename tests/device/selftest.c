/* The self-test on this device, on devices that the OpenCL layer makes worse, and on kernels in
 * which it plants errors. */
#include "selftest/cases.h"

#include "allocation.h"
#include "fixture.h"
#include "layer_client.h"

#include <clstep/selftest.h>
#include <fenv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __SSE__
#include <xmmintrin.h>
#endif

/* What the reports said, summed up. */
typedef struct {
    size_t reports;
    clstep_selftest_count count;
    char first[224];
} heard;

static void hear(const clstep_selftest_result *result, void *data)
{
    heard *all = data;
    ck_assert_uint_eq(result->size, sizeof *result);
    ck_assert_uint_eq(result->index, all->reports);
    ck_assert_uint_gt(result->presets, result->index);
    ck_assert_uint_gt(result->count.cases, 0);
    ck_assert_int_eq(result->first[0] != '\0', result->count.different > 0);
    if (result->first[0] && !all->first[0])
        memcpy(all->first, result->first, sizeof all->first);
    all->count.cases += result->count.cases;
    all->count.elements += result->count.elements;
    all->count.different += result->count.different;
    all->reports++;
}

/* An engine of its own, since an engine remembers what its device reports. */
static clstep_status run(const char *preset, int quick, heard *all,
                         clstep_selftest_summary *summary)
{
    *all = (heard){0};
    *summary = (clstep_selftest_summary)CLSTEP_SELFTEST_SUMMARY_INIT;
    clstep_selftest_options options = CLSTEP_SELFTEST_OPTIONS_INIT;
    options.quick = (uint32_t)quick;
    options.preset = preset;
    options.report = hear;
    options.data = all;
    clstep_engine *engine;
    clstep_status status = clstep_engine_create(&engine, the.context, the.device, NULL);
    if (status == CLSTEP_OK)
        status = clstep_selftest(engine, the.queue, &options, summary);
    clstep_engine_destroy(engine);
    return status;
}

static void check_exact(const clstep_selftest_summary *summary, const heard *all)
{
    ck_assert_msg(summary->verdict == CLSTEP_VERDICT_EXACT, "%s; %s", summary->text, all->first);
    ck_assert_ptr_nonnull(strstr(summary->text, "bit-exact on this device"));
    ck_assert_uint_eq(summary->seen, 0);
    ck_assert_uint_eq(summary->promised_ulp, summary->reported ? CLSTEP_SELFTEST_ULP : 0);
    ck_assert_uint_eq(summary->count.different, 0);
    ck_assert_uint_eq(summary->count.overwritten, 0);
    ck_assert_uint_eq(summary->count.cases, all->count.cases);
    ck_assert_uint_eq(summary->count.elements, all->count.elements);
    const clstep_selftest_operation *const rows[] = {&summary->divide, &summary->square_root,
                                                     &summary->fused, &summary->basic,
                                                     &summary->subnormal};
    ck_assert_uint_gt(summary->zero.tested, 1000);
    ck_assert_uint_eq(summary->zero.different + summary->wrong_zeros, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_uint_gt(rows[i]->tested, 10000);
        ck_assert_uint_eq(rows[i]->different, 0);
    }
}

START_TEST(quick)
{
    heard all;
    clstep_selftest_summary summary;
    ck_ok(run(NULL, 1, &all, &summary));
    check_exact(&summary, &all);
    size_t presets = 0;
    while (clstep_preset(presets))
        presets++;
    ck_assert_uint_eq(all.reports, presets);
    ck_assert_uint_gt(summary.formats.cases, 0); /* selftest_parts.c */
    ck_assert_uint_eq(summary.formats.different + summary.addresses.different, 0);
}
END_TEST

/* Two neighbours, which have different sets of cases. */
START_TEST(whole)
{
    heard all;
    clstep_selftest_summary summary;
    ck_ok(run(clstep_preset((size_t)_i)->name, 0, &all, &summary));
    check_exact(&summary, &all);
    ck_assert_uint_eq(all.reports, 1);
    ck_assert_uint_eq(all.count.cases, CLSTEP__SELFTEST_CASES_MAX);
    ck_assert_uint_eq(summary.formats.cases + summary.addresses.cases + summary.left_out, 0);
    ck_assert_uint_gt(all.count.elements, 2000000);
}
END_TEST

/* Which switches and numbers of a rule stand otherwise than its preset has them, as bits. */
static unsigned changed(const clstep_rule *rule, const clstep_rule *preset)
{
    const unsigned recursion = rule->centered && rule->variance == CLSTEP_VARIANCE_RECURSION;
    const unsigned difference = rule->centered && rule->variance == CLSTEP_VARIANCE_DIFFERENCE;
    const unsigned decays = rule->weight_decay > 0, clips = rule->clip != preset->clip;
    return (unsigned)((rule->momentum > 0) != (preset->momentum > 0)) |
           (unsigned)(rule->momentum > 0 && rule->lr_in_momentum != preset->lr_in_momentum) << 1 |
           (unsigned)(rule->nesterov != preset->nesterov) << 2 | (rule->dampening > 0) << 3 |
           recursion << 4 | difference << 5 |
           (unsigned)(rule->eps_inside_sqrt != preset->eps_inside_sqrt) << 6 |
           (unsigned)(rule->bias_correction != preset->bias_correction) << 7 |
           (unsigned)(rule->maximize != preset->maximize) << 8 | clips << 16 |
           (decays && rule->decay == CLSTEP_DECAY_L2) << 9 |
           (decays && rule->decay == CLSTEP_DECAY_DECOUPLED) << 10 |
           (decays && rule->decay == CLSTEP_DECAY_DECOUPLED_WITHOUT_LR) << 11 |
           (rule->initial_square_avg != preset->initial_square_avg) << 12 |
           (rule->rho != preset->rho || rule->beta1 != preset->beta1) << 13 |
           (rule->lr_decay > 0) << 14 | (unsigned)(rule->amsgrad != preset->amsgrad) << 15;
}

/* The bits that a rule's fields allow. */
static unsigned changeable(const clstep_rule *rule)
{
    static const char *const fields[] = {
        "momentum", "lr_in_momentum",  "nesterov",           "dampening", "centered",
        "centered", "eps_inside_sqrt", "bias_correction",    "maximize",  "decay",
        "decay",    "decay",           "initial_square_avg", "rho",       "lr_decay",
        "amsgrad"};
    unsigned bits = 1u << 16 | (unsigned)clstep_rule_has(rule, "beta1") << 13; /* 16: clip */
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        bits |= (unsigned)clstep_rule_has(rule, fields[i]) << i;
    return bits;
}

/* Every preset meets every switch and number that its algorithm has. */
START_TEST(cases_meet_all)
{
    for (size_t i = 0; clstep_preset(i); i++) {
        const char *name = clstep_preset(i)->name;
        const clstep_rule preset = preset_rule(name);
        clstep__selftest_case cases[CLSTEP__SELFTEST_CASES_MAX];
        size_t count;
        unsigned met = 0;
        int layouts = 0;
        ck_ok(clstep__selftest_cases(i, false, cases, &count));
        for (size_t k = 0; k < count; k++) {
            ck_ok(clstep_rule_validate(&cases[k].rule));
            met |= changed(&cases[k].rule, &preset);
            layouts |= cases[k].scattered ? 2 : 1;
        }
        ck_assert_int_eq(layouts, 3);
        const unsigned missing = changeable(&preset) & ~met;
        ck_assert_msg(missing == 0, "%s: does not meet %x", name, missing);
    }
}
END_TEST

START_TEST(out_of_order_queue)
{
    cl_int code;
    cl_command_queue queue = clCreateCommandQueue(the.context, the.device,
                                                  CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE, &code);
    ck_cl(code);
    clstep_selftest_options options = CLSTEP_SELFTEST_OPTIONS_INIT;
    options.preset = "graves";
    options.quick = 1;
    clstep_selftest_summary summary = CLSTEP_SELFTEST_SUMMARY_INIT;
    ck_ok(clstep_selftest(the.engine, queue, &options, &summary));
    ck_assert_int_eq(summary.verdict, CLSTEP_VERDICT_EXACT);
    clFinish(queue);
    clReleaseCommandQueue(queue);
}
END_TEST

/* ---- refusals */

START_TEST(refusals)
{
    clstep_selftest_summary summary = CLSTEP_SELFTEST_SUMMARY_INIT, unset = {0};
    clstep_selftest_options options = CLSTEP_SELFTEST_OPTIONS_INIT, other = {0};
#define REFUSED(engine, queue, options, summary, part)                                             \
    ck_refused(clstep_selftest(engine, queue, options, summary), CLSTEP_INVALID_ARGUMENT, part)
    REFUSED(NULL, the.queue, NULL, &summary, "engine");
    REFUSED(the.engine, NULL, NULL, &summary, "queue");
    REFUSED(the.engine, the.queue, &other, &summary, "OPTIONS_INIT");
    REFUSED(the.engine, the.queue, NULL, NULL, "summary");
    REFUSED(the.engine, the.queue, NULL, &unset, "SUMMARY_INIT");
    options.quick = 2;
    REFUSED(the.engine, the.queue, &options, &summary, "options.quick");
    options.quick = 1;
    options.parts = 64;
    REFUSED(the.engine, the.queue, &options, &summary, "options.parts");
    options.parts = 0;
    options.preset = "nonesuch";
    REFUSED(the.engine, the.queue, &options, &summary, "nonesuch");
    options.preset = "sgd";
    cl_int code;
    cl_context context = clCreateContext(NULL, 1, &the.device, NULL, NULL, &code);
    ck_cl(code);
    cl_command_queue foreign = clCreateCommandQueue(context, the.device, 0, &code);
    ck_cl(code);
    REFUSED(the.engine, foreign, &options, &summary, "another context");
    clReleaseCommandQueue(foreign);
    clReleaseContext(context);
    ck_assert_int_eq(summary.verdict, 0);
}
END_TEST

/* The reference would be wrong. */
START_TEST(host_that_rounds_otherwise)
{
    clstep_selftest_summary summary = CLSTEP_SELFTEST_SUMMARY_INIT;
    fesetround(FE_UPWARD);
    clstep_status status = clstep_selftest(the.engine, the.queue, NULL, &summary);
    fesetround(FE_TONEAREST);
    ck_refused(status, CLSTEP_UNSUPPORTED, "round to nearest");
#ifdef __SSE__
    for (int i = 0; i < 2; i++) {
        const unsigned before = _mm_getcsr();
        _mm_setcsr(before | (i ? 0x8000u : 0x0040u)); /* results, operands */
        status = clstep_selftest(the.engine, the.queue, NULL, &summary);
        _mm_setcsr(before);
        ck_refused(status, CLSTEP_UNSUPPORTED, "flushes subnormal");
    }
#endif
}
END_TEST

START_TEST(after_fork)
{
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        alarm(600); /* a driver that hangs */
        clstep_selftest_summary summary = CLSTEP_SELFTEST_SUMMARY_INIT;
        _exit(clstep_selftest(the.engine, the.queue, NULL, &summary) == CLSTEP_UNSUPPORTED ? 0 : 1);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

/* ---- poorer devices */

#define HIDE_ROUNDING "0x80" /* CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT */
#define HIDE_BOTH     "0x81" /* and CL_FP_DENORM */
#define PRAGMA        "#pragma OPENCL FP_CONTRACT OFF"
#define FLUSH         "-cl-denorms-are-zero"
#define DIVISION      "return a / b;"
#define EXACT         "return exact_divide(a, b);"

static const struct {
    const char *hide;
    const char *options;
    const char *from, *to; /* in the kernels */
    const char *preset;
    clstep_verdict verdict;
    unsigned seen;
    const char *said;
} devices[] = {
    /* better than it says */
    {HIDE_BOTH, "", "", "", "graves", CLSTEP_VERDICT_EXACT, 0, "although it does not report"},
    /* flushes, and says so; or not */
    {"0x01", FLUSH, "", "", "hinton", CLSTEP_VERDICT_WITHIN, CLSTEP_DEPARTS_SUBNORMALS,
     "flushes subnormal"},
    {"0x01", FLUSH, "", "", "graves", CLSTEP_VERDICT_WITHIN, CLSTEP_DEPARTS_SUBNORMALS, "no bound"},
    {"0", FLUSH, "", "", "hinton", CLSTEP_VERDICT_FAILED, CLSTEP_DEPARTS_SUBNORMALS,
     "reports correctly rounded divide and sqrt, and subnormal numbers, but flushes"},
    /* a sloppy root, and a sloppy divide: unused where they are not said to be exact */
    {HIDE_ROUNDING, "", PRAGMA,
     PRAGMA "\n#undef sqrt\n#define sqrt(x) (1.0000002f * half_sqrt(x))\n", "torch",
     CLSTEP_VERDICT_EXACT, 0, "although it does not report"},
    {HIDE_ROUNDING, "", DIVISION, "return a * (float)0.9f / b;", "torch", CLSTEP_VERDICT_EXACT, 0,
     "although it does not report"},
    {"0", "", DIVISION, "return a * (float)0.99999988f / b;", "torch", CLSTEP_VERDICT_FAILED,
     CLSTEP_DEPARTS_DIVIDE, "but rounds divide differently"},
    /* errors of the divide by fma, where equal bits are promised and where not */
    {HIDE_ROUNDING, "", EXACT, "return exact_divide(a * 0.99999988f, b);", "torch",
     CLSTEP_VERDICT_FAILED, CLSTEP_DEPARTS_DIVIDE, "this device rounds divide differently"},
    {HIDE_BOTH, "", EXACT, "return exact_divide(a * 0.99999988f, b);", "torch",
     CLSTEP_VERDICT_WITHIN, CLSTEP_DEPARTS_DIVIDE, "this device rounds divide differently"},
    {HIDE_BOTH, "", EXACT, "return exact_divide(a * 0.9999f, b);", "torch", CLSTEP_VERDICT_FAILED,
     CLSTEP_DEPARTS_DIVIDE, "more than the promised 64 ulp off"},
    /* OpenCL does not allow that one */
    {"0", "", PRAGMA, PRAGMA "\n#undef fma\n#define fma(a, b, c) ((a) * (b) + (c))\n", "torch",
     CLSTEP_VERDICT_FAILED, CLSTEP_DEPARTS_FMA, "rounds fma differently"},
    /* errors of a kernel: the order of lr and g, one element too many, two exchanged */
    {"0", "", "return divide(lr * g, D);", "return lr * divide(g, D);", "torch",
     CLSTEP_VERDICT_FAILED, 0, "compiler or clstep is wrong"},
    {"0", "", ".end = end,", ".end = end + 1,", "sgd", CLSTEP_VERDICT_FAILED, 0,
     "were overwritten"},
    {"0", "", "chunk.grad, GRAD", "chunk.grad ^ 1, GRAD", "sgd", CLSTEP_VERDICT_FAILED, 0,
     "compiler or clstep is wrong"},
};

START_TEST(poorer_devices)
{
    setenv("CLSTEP_LAYER_HIDE", devices[_i].hide, 1);
    setenv("CLSTEP_LAYER_OPTIONS", devices[_i].options, 1);
    if (devices[_i].from[0]) {
        setenv("CLSTEP_LAYER_FROM", devices[_i].from, 1);
        setenv("CLSTEP_LAYER_TO", devices[_i].to, 1);
    }
    heard all;
    clstep_selftest_summary summary;
    ck_ok(run(devices[_i].preset, 0, &all, &summary));
    ck_assert_msg(summary.verdict == devices[_i].verdict && strstr(summary.text, devices[_i].said),
                  "verdict %d: %s; %s", summary.verdict, summary.text, all.first);
    ck_assert_uint_eq(summary.seen, devices[_i].seen);
    ck_assert_uint_eq(summary.count.different, all.count.different);
    ck_assert_int_eq(summary.count.outside + summary.count.overwritten > 0,
                     summary.verdict == CLSTEP_VERDICT_FAILED);
}
END_TEST

/* ---- failures */

enum { PLACES_MAX = 2000 };

/* Every third OpenCL call fails, once in each run: the status says so and nothing leaks. */
START_TEST(opencl_fails)
{
    layer_open();
    const long live = layer_live();
    heard all;
    clstep_selftest_summary summary;
    unsigned long place = 1;
    for (; place < PLACES_MAX; place += 3) {
        layer_fail(-1, place, CL_OUT_OF_RESOURCES, 0);
        const clstep_status status = run("graves", 1, &all, &summary);
        layer_fail(-1, 0, 0, 0);
        ck_cl(clFinish(the.queue));
        ck_assert_msg(layer_live() == live, "fault at call %lu: %ld references left", place,
                      layer_live() - live);
        if (status == CLSTEP_OK)
            break;
        ck_assert_int_eq(clstep_last_error()->cl_code, CL_OUT_OF_RESOURCES);
        ck_assert_int_eq(summary.verdict, 0);
    }
    ck_assert_int_eq(summary.verdict, CLSTEP_VERDICT_EXACT);
    ck_assert_uint_gt(place, 100);
}
END_TEST

START_TEST(memory_is_short)
{
    layer_open();
    const long live = layer_live();
    heard all;
    clstep_selftest_summary summary;
    unsigned long place = 1;
    for (; place < PLACES_MAX; place++) {
        allocation_fail(place);
        const clstep_status status = run("graves", 1, &all, &summary);
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

Suite *selftest_suite(void)
{
    Suite *suite = suite_create("selftest");
    TCase *tests = tcase_create("selftest");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_test(tests, quick);
    tcase_add_test(tests, cases_meet_all);
    tcase_add_test(tests, out_of_order_queue);
    tcase_add_test(tests, refusals);
    tcase_add_test(tests, host_that_rounds_otherwise);
    tcase_add_test(tests, after_fork);
    if (!getenv("CLSTEP_QUICK")) {
        tcase_add_loop_test(tests, whole, 0, 2);
        tcase_add_loop_test(tests, poorer_devices, 0, sizeof devices / sizeof *devices);
    }
    if (!getenv("CLSTEP_NO_GATES") && !getenv("CLSTEP_QUICK")) { /* Oclgrind takes minutes */
        tcase_add_test(tests, opencl_fails);
        tcase_add_test(tests, memory_is_short);
    }
    suite_add_tcase(suite, tests);
    return suite;
}
