/* fp32 by integers (`emulate` of clstep_engine_options): the self-test on it, also on devices that
 * the OpenCL layer makes poorer, the formats, and what is refused. */
#include "layer_client.h"
#include "mixture.h"

#include <clstep/selftest.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static clstep_engine *engine;

static void open_engine(uint32_t work_group_size)
{
    clstep_engine_options options = CLSTEP_ENGINE_OPTIONS_INIT;
    options.emulate = 1;
    options.vector_width = 16; /* without effect */
    options.work_group_size = work_group_size;
    ck_ok(clstep_engine_create(&engine, the.context, the.device, &options));
}

static void open_all(void)
{
    fixture_open();
    open_engine(0);
}

static void close_all(void)
{
    clstep_engine_destroy(engine);
    fixture_close();
}

/* ---- the self-test */

static void remember(const clstep_selftest_result *result, void *data)
{
    char *first = data;
    if (result->first[0] && !first[0])
        memcpy(first, result->first, sizeof result->first);
}

static void check_exact(const char *preset, int quick)
{
    char first[224] = "";
    clstep_selftest_options options = CLSTEP_SELFTEST_OPTIONS_INIT;
    options.preset = preset;
    options.quick = (uint32_t)quick;
    options.report = remember;
    options.data = first;
    clstep_selftest_summary summary = CLSTEP_SELFTEST_SUMMARY_INIT;
    ck_ok(clstep_selftest(engine, the.queue, &options, &summary));
    ck_assert_msg(summary.verdict == CLSTEP_SELFTEST_EXACT, "%s; %s", summary.text, first);
    ck_assert_str_eq(summary.text, "bit-exact on this device, fp32 being emulated");
    ck_assert_uint_eq(summary.emulated, 1);
    ck_assert_uint_eq(summary.reported, 0);
    ck_assert_uint_eq(summary.seen, 0);
    ck_assert_uint_eq(summary.count.different, 0);
    ck_assert_uint_gt(summary.subnormal.tested, 10000);
    totals->cases += summary.count.cases;
    totals->compared += summary.count.elements;
}

START_TEST(every_preset)
{
    check_exact(getenv("CLSTEP_NO_GATES") ? "graves" : NULL, 1); /* Oclgrind takes minutes */
}
END_TEST

/* With every switch: two neighbours, which have different sets of cases. */
START_TEST(every_switch)
{
    check_exact(clstep_preset((size_t)_i)->name, 0);
}
END_TEST

/* ---- on poorer devices */

#define PRAGMA "#pragma OPENCL FP_CONTRACT OFF"

/* Neither what the device's arithmetic is nor what it says of it matters. */
static void make_poorer(void)
{
    setenv("CLSTEP_LAYER_HIDE", "0x81", 1); /* of CL_DEVICE_SINGLE_FP_CONFIG */
    setenv("CLSTEP_LAYER_OPTIONS", "-cl-denorms-are-zero", 1);
    setenv("CLSTEP_LAYER_FROM", PRAGMA, 1);
    setenv("CLSTEP_LAYER_TO",
           PRAGMA "\n#undef fma\n#define fma(a, b, c) ((a) * (b) + (c))\n"
                  "#undef sqrt\n#define sqrt(x) (1.0000002f * half_sqrt(x))\n",
           1);
    open_all();
    layer_open();
}

/* What is cut off counts no longer, so that ties are seen where none are. */
static void make_wrong(void)
{
    setenv("CLSTEP_LAYER_FROM", "digits >> n |", 1);
    setenv("CLSTEP_LAYER_TO", "digits >> n | 0u *", 1);
    open_all();
    layer_open();
}

START_TEST(on_poorer_devices)
{
    check_exact("graves", 0);
}
END_TEST

START_TEST(errors_are_found)
{
    clstep_selftest_options options = CLSTEP_SELFTEST_OPTIONS_INIT;
    options.preset = "torch";
    options.quick = 1;
    clstep_selftest_summary summary = CLSTEP_SELFTEST_SUMMARY_INIT;
    ck_ok(clstep_selftest(engine, the.queue, &options, &summary));
    ck_assert_int_eq(summary.verdict, CLSTEP_SELFTEST_FAILED);
    ck_assert_msg(strstr(summary.text, "fp32 is emulated by integers") != NULL, "%s", summary.text);
    ck_assert_uint_ne(summary.seen, 0);
}
END_TEST

/* ---- formats */

enum { STORAGES = 4, GRADS = 4, STATES = 3, MIXTURES = 1 + 2 * STORAGES };

/* Every way of keeping a parameter, with gradients and state in turn, as CPUs have it and as GPUs,
 * where a team of work-items shares a block of 8-bit state. */
START_TEST(formats)
{
    static const int32_t grads[GRADS] = {CLSTEP_DTYPE_FLOAT64, CLSTEP_DTYPE_FLOAT16,
                                         CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_FLOAT32};
    static const int32_t states[STATES] = {CLSTEP_DTYPE_UINT8, CLSTEP_DTYPE_BFLOAT16, 0};
    clstep_rule rule = preset_rule("hinton");
    rule.lr = 0.01;
    rule.centered = 1;
    rule.momentum = 0.9;
    rule.weight_decay = 0.01;
    if (_i % 2) {
        clstep_engine_destroy(engine);
        open_engine(128);
    }
    static mixture m;
    mixture_standard(&m, "emulated", &rule);
    m.engine = engine;
    m.param_storage = _i == 0 ? 0 : (_i - 1) % STORAGES;
    m.param_dtype = _i == 0                ? CLSTEP_DTYPE_FLOAT32
                    : (_i - 1) >= STORAGES ? CLSTEP_DTYPE_FLOAT16
                                           : CLSTEP_DTYPE_BFLOAT16;
    m.grad_dtype = grads[_i % GRADS];
    m.state_storage = states[_i % STATES];
    m.tensors[14].count = 1000;
    snprintf(m.name, sizeof m.name, "emulated, mixture %d", _i);
    mixture_open(&m);
    for (int s = 0; s < 3; s++)
        mixture_step(&m);
    mixture_close(&m);
}
END_TEST

/* ---- refusals */

START_TEST(no_fp64_parameters)
{
    const clstep_rule rule = preset_rule("hinton");
    cl_mem buffer = make_buffer(NULL, 64);
    clstep_tensor tensor = {.param = buffer,
                            .grad = buffer,
                            .grad_offset = 16,
                            .count = 8,
                            .param_dtype = CLSTEP_DTYPE_FLOAT64,
                            .grad_dtype = CLSTEP_DTYPE_FLOAT32};
    const clstep_group group = {.rule = &rule, .tensors = &tensor, .tensor_count = 1};
    clstep_optimizer *optimizer;
    ck_refused(clstep_optimizer_create(&optimizer, engine, the.queue, 1, &group, NULL, NULL),
               CLSTEP_UNSUPPORTED, "emulates fp32");
    ck_refused(clstep_engine_prepare(engine, 1, &group), CLSTEP_UNSUPPORTED, "emulates fp32");
    clReleaseMemObject(buffer);
}
END_TEST

Suite *emulated_suite(void)
{
    Suite *suite = suite_create("emulated");
    TCase *tests = tcase_create("emulated");
    tcase_add_checked_fixture(tests, open_all, close_all);
    tcase_set_timeout(tests, 240);
    tcase_add_test(tests, every_preset);
    tcase_add_loop_test(tests, formats, 0, getenv("CLSTEP_NO_GATES") ? 1 : MIXTURES);
    tcase_add_test(tests, no_fp64_parameters);
    if (!getenv("CLSTEP_QUICK"))
        tcase_add_loop_test(tests, every_switch, 0, 2);
    suite_add_tcase(suite, tests);
    if (getenv("CLSTEP_QUICK"))
        return suite;
    TCase *poorer = tcase_create("emulated on poorer devices");
    tcase_add_checked_fixture(poorer, make_poorer, close_all);
    tcase_set_timeout(poorer, 240);
    tcase_add_test(poorer, on_poorer_devices);
    suite_add_tcase(suite, poorer);
    TCase *wrong = tcase_create("emulated wrongly");
    tcase_add_checked_fixture(wrong, make_wrong, close_all);
    tcase_add_test(wrong, errors_are_found);
    suite_add_tcase(suite, wrong);
    return suite;
}
