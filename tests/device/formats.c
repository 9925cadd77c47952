/* Parameters, gradients and state in every format, bit for bit as the host computes them. */
#include "mixture.h"

#include <clstep/store.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 3 };

static const int32_t dtypes[] = {CLSTEP_DTYPE_FLOAT32, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_FLOAT16,
                                 CLSTEP_DTYPE_FLOAT64};
static const char *const dtype_names[] = {"fp32", "bf16", "fp16", "fp64"};
static const int32_t state_dtypes[] = {0, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_UINT8};
static const char *const storage_names[] = {"nearest", "stochastic", "master", "residual"};
enum { DTYPES = 4, STATES = 3, STORAGES = 4, RULES = 8 };

static const char *const rule_names[RULES] = {
    "centred, momentum, decay", "plain",   "nesterov", "sgd",
    "sgd with momentum",        "adagrad", "adam",     "adamw"};

static clstep_rule rule_of(int index)
{
    static const char *const presets[RULES] = {"hinton", "hinton",  "torch", "sgd",
                                               "sgd",    "adagrad", "adam",  "adamw"};
    clstep_rule rule = preset_rule(presets[index]);
    rule.lr = 0.01;
    if (index == 0) {
        rule.centered = 1;
        rule.momentum = 0.9;
        rule.weight_decay = 0.01;
    } else if (index == 2) {
        rule.momentum = 0.9;
        rule.nesterov = 1;
        rule.initial_square_avg = 0.3;
    } else if (index == 4) {
        rule.momentum = 0.9;
    } else if (index == 5) {
        rule.initial_square_avg = 0.1;
    }
    return rule;
}

static void run(mixture *m)
{
    mixture_open(m);
    for (int s = 0; s < STEPS; s++)
        mixture_step(m);
    mixture_close(m);
}

/* On an engine of its own. */
static void run_on_engine(mixture *m, const clstep_engine_options *options)
{
    ck_ok(clstep_engine_create(&m->engine, the.context, the.device, options));
    run(m);
    clstep_engine_destroy(m->engine);
}

static void describe(mixture *m)
{
    snprintf(m->name + strlen(m->name), sizeof m->name - strlen(m->name),
             ": p %s (%s), g %s, state %s", dtype_names[m->param_dtype],
             storage_names[m->param_storage], dtype_names[m->grad_dtype],
             m->state_storage == CLSTEP_DTYPE_UINT8 ? "8 bits" : dtype_names[m->state_storage]);
}

/* A kernel is built for each mixture, half a second each, so that all of them with all rules take
 * minutes (CLSTEP_FULL=1). Otherwise every pair of parameter and gradient, stored in every way,
 * with the rule that keeps most and one state in turn; and with the other rules half of the pairs
 * of parameter and state, the other half with the next rule. CLSTEP_QUICK takes a quarter of that.
 */
static int is_chosen(int rule, int param, int storage, int state, int grad)
{
    if (getenv("CLSTEP_FULL"))
        return 1;
    if (getenv("CLSTEP_QUICK") && (rule + param + storage + state + grad) % 4)
        return 0;
    const int has_storage = clstep_dtype_size(dtypes[param]) == 2;
    if (rule == 0)
        return state == (param + storage + grad) % STATES || dtypes[param] == CLSTEP_DTYPE_FLOAT64;
    return (param + state + rule) % 2 == 0 && grad == (param + state + rule) / 2 % DTYPES &&
           (!has_storage || storage == (param + state + rule / 2) % STORAGES);
}

/* Likewise of launch shapes, whose counts share no divisor with these. */
static int is_skipped(int launch)
{
    return !getenv("CLSTEP_FULL") && launch % (getenv("CLSTEP_QUICK") ? 9 : 3);
}

START_TEST(every_mixture)
{
    const clstep_rule rule = rule_of(_i);
    for (int i = 0; i < DTYPES * STORAGES * STATES * DTYPES; i++) {
        const int grad = i % DTYPES;
        const int state = i / DTYPES % STATES;
        const int storage = i / (DTYPES * STATES) % STORAGES;
        const int param = i / (DTYPES * STATES * STORAGES);
        if (!is_chosen(_i, param, storage, state, grad))
            continue;
        static mixture m;
        mixture_standard(&m, rule_names[_i], &rule);
        m.param_dtype = dtypes[param];
        m.grad_dtype = dtypes[grad];
        m.state_storage = state_dtypes[state];
        m.param_storage = storage;
        if (!mixture_exists(&m))
            continue;
        if (_i > 0 && !getenv("CLSTEP_FULL"))
            m.tensors[14].count = 1000;
        describe(&m);
        run(&m);
    }
}
END_TEST

static void resume_elsewhere(mixture *m)
{
    clstep_save_options saving = CLSTEP_SAVE_OPTIONS_INIT;
    saving.with_params = 1;
    void *bytes;
    size_t size;
    ck_ok(clstep_checkpoint_save_memory(m->optimizer, the.queue, &saving, &bytes, &size));
    clstep_optimizer_destroy(m->optimizer);
    const unsigned char other = 0x11;
    for (size_t i = 0; i < m->tensor_count; i++) {
        const size_t element = clstep_dtype_size(m->param_dtype);
        if (m->tensors[i].count > 0)
            ck_cl(clEnqueueFillBuffer(the.queue, m->params[0], &other, 1,
                                      m->tensors[i].param_offset * element,
                                      m->tensors[i].count * element, 0, NULL, NULL));
    }
    clstep_engine_options options = CLSTEP_ENGINE_OPTIONS_INIT;
    options.vector_width = 4;
    options.work_group_size = 64;
    options.chunk_elements = 512;
    ck_ok(clstep_engine_create(&m->engine, the.context, the.device, &options));
    m->seed += 77;
    mixture_create(m);
    m->seed -= 77;
    clstep_checkpoint *checkpoint;
    ck_ok(clstep_checkpoint_open_memory(&checkpoint, bytes, size));
    ck_assert_uint_eq(clstep_checkpoint_seed(checkpoint), m->seed);
    clstep_state_storage state_storage;
    clstep_param_storage param_storage;
    ck_ok(clstep_checkpoint_storage(checkpoint, 0, &state_storage, &param_storage));
    ck_assert_int_eq(state_storage, m->state_storage);
    ck_assert_int_eq(param_storage, m->param_storage);
    clstep_load_options loading = CLSTEP_LOAD_OPTIONS_INIT;
    loading.with_params = 1;
    ck_ok(clstep_checkpoint_load(checkpoint, m->optimizer, the.queue, &loading));
    clstep_checkpoint_close(checkpoint);
    clstep_store_free(bytes);
}

/* Bodies for CPUs, where a work-item does a block, and for GPUs, where a team does. */
START_TEST(launch_options)
{
    static const uint32_t widths[] = {1, 4, 8, 16};
    static const uint32_t group_sizes[] = {1, 7, 64, 256};
    static const uint32_t chunks[] = {16, 4096};
    const clstep_rule rule = rule_of(0);
    for (int i = 0; i < 4 * 4 * 2 * 2 * 2; i++) {
        if (is_skipped(i))
            continue;
        clstep_engine_options options = CLSTEP_ENGINE_OPTIONS_INIT;
        options.vector_width = widths[i % 4];
        options.work_group_size = group_sizes[i / 4 % 4];
        options.chunk_elements = chunks[i / 16 % 2];
        options.access = (clstep_access)(i / 32 % 2 + 1);
        static mixture m;
        mixture_standard(&m, "", &rule);
        snprintf(m.name, sizeof m.name, "width %u, work-group %u, chunk %u, aligned %u",
                 options.vector_width, options.work_group_size, options.chunk_elements,
                 (unsigned)options.access);
        const int has_blocks = i < 64;
        m.param_dtype = !has_blocks && i / 16 % 2 ? CLSTEP_DTYPE_FLOAT16 : CLSTEP_DTYPE_BFLOAT16;
        m.grad_dtype = m.param_dtype;
        m.state_storage = has_blocks ? CLSTEP_DTYPE_UINT8 : CLSTEP_DTYPE_BFLOAT16;
        if (!has_blocks)
            m.tensors[14].count = 1000; /* the largest once only */
        describe(&m);
        run_on_engine(&m, &options);
    }
}
END_TEST

/* Numbers beyond the largest that codes reach become that, in blocks of one work-item and of teams.
 */
START_TEST(beyond)
{
    static const uint32_t widths[] = {1, 4, 16};
    static const uint32_t group_sizes[] = {1, 64, 256};
    const clstep_rule rule = rule_of(1);
    for (size_t i = 0; i < 3 * 3; i++) {
        clstep_engine_options options = CLSTEP_ENGINE_OPTIONS_INIT;
        options.vector_width = widths[i % 3];
        options.work_group_size = group_sizes[i / 3];
        options.access = CLSTEP_ACCESS_UNALIGNED; /* vectors wherever tensors lie */
        static mixture m;
        mixture_standard(&m, "beyond", &rule);
        m.state_storage = CLSTEP_DTYPE_UINT8;
        m.gradients = MIXTURE_HUGE;
        describe(&m);
        run_on_engine(&m, &options);
    }
}
END_TEST

/* Blocks that kernels take short ways for, beside others that these would get wrong. */
START_TEST(blocks)
{
    static const struct {
        int rule;
        uint32_t width;
        uint32_t group_size;
        int32_t param_dtype;
        int32_t state_storage;
        int32_t storage;
    } cases[] = {
        {1, 16, 1, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_UINT8, CLSTEP_PARAM_STOCHASTIC},
        {1, 8, 7, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_UINT8, CLSTEP_PARAM_NEAREST},
        {1, 16, 1, CLSTEP_DTYPE_FLOAT32, CLSTEP_DTYPE_UINT8, CLSTEP_PARAM_STOCHASTIC},
        {1, 4, 64, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_UINT8, CLSTEP_PARAM_STOCHASTIC},
        {0, 16, 1, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_UINT8, CLSTEP_PARAM_NEAREST},
        {4, 16, 1, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_UINT8, CLSTEP_PARAM_STOCHASTIC},
        {6, 8, 1, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_UINT8, CLSTEP_PARAM_STOCHASTIC},
        {7, 4, 1, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_UINT8, CLSTEP_PARAM_RESIDUAL},
        {1, 1, 1, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_UINT8, CLSTEP_PARAM_MASTER},
        {1, 16, 1, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_BFLOAT16, CLSTEP_PARAM_NEAREST},
        {1, 8, 4, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_BFLOAT16, CLSTEP_PARAM_STOCHASTIC},
        {0, 8, 1, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_BFLOAT16, CLSTEP_PARAM_STOCHASTIC},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const clstep_rule rule = rule_of(cases[i].rule);
        clstep_engine_options options = CLSTEP_ENGINE_OPTIONS_INIT;
        options.vector_width = cases[i].width;
        options.work_group_size = cases[i].group_size;
        options.chunk_elements = 4096;
        options.access = CLSTEP_ACCESS_UNALIGNED;
        static mixture m;
        mixture_standard(&m, "blocks of all kinds", &rule);
        m.param_dtype = cases[i].param_dtype;
        m.grad_dtype = CLSTEP_DTYPE_BFLOAT16;
        m.state_storage = cases[i].state_storage;
        m.param_storage = cases[i].storage;
        /* the codes of what has a sign keep NaN's, which is for the device to say */
        m.gradients = cases[i].rule == 1 || cases[i].state_storage != CLSTEP_DTYPE_UINT8
                          ? MIXTURE_NAN
                          : MIXTURE_BLOCKS;
        describe(&m);
        run_on_engine(&m, &options);
    }
}
END_TEST

/* In another optimizer of another seed, and launched otherwise, a checkpoint continues with the
 * same bits. */
START_TEST(resume)
{
    static const int32_t formats[][3] = {
        {CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_UINT8, CLSTEP_PARAM_STOCHASTIC},
        {CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_BFLOAT16, CLSTEP_PARAM_MASTER},
        {CLSTEP_DTYPE_FLOAT16, CLSTEP_DTYPE_UINT8, CLSTEP_PARAM_RESIDUAL},
        {CLSTEP_DTYPE_FLOAT32, CLSTEP_DTYPE_BFLOAT16, CLSTEP_PARAM_STOCHASTIC},
        {CLSTEP_DTYPE_FLOAT64, 0, CLSTEP_PARAM_STOCHASTIC},
        {CLSTEP_DTYPE_FLOAT16, 0, CLSTEP_PARAM_NEAREST},
    };
    const clstep_rule rule = rule_of(0);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        static mixture m;
        mixture_standard(&m, "resumed", &rule);
        m.param_dtype = formats[i][0];
        m.grad_dtype = CLSTEP_DTYPE_BFLOAT16;
        m.state_storage = formats[i][1];
        m.param_storage = formats[i][2];
        if (!mixture_exists(&m))
            continue;
        describe(&m);
        mixture_open(&m);
        for (int s = 0; s < STEPS; s++)
            mixture_step(&m);
        resume_elsewhere(&m);
        for (int s = 0; s < STEPS; s++)
            mixture_step(&m);
        clstep_engine *engine = m.engine;
        mixture_close(&m);
        clstep_engine_destroy(engine);
    }
}
END_TEST

Suite *formats_suite(void)
{
    Suite *suite = suite_create("formats");
    TCase *tests = tcase_create("formats");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_loop_test(tests, every_mixture, 0, RULES);
    suite_add_tcase(suite, tests);
    if (!getenv("CLSTEP_NO_LAUNCHES")) { /* a run of their own on Oclgrind */
        TCase *launch = tcase_create("launch");
        tcase_add_checked_fixture(launch, fixture_open, fixture_close);
        tcase_add_test(launch, launch_options);
        tcase_add_test(launch, beyond);
        tcase_add_test(launch, blocks);
        tcase_add_test(launch, resume);
        suite_add_tcase(suite, launch);
    }
    return suite;
}
