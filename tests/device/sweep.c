/* No launch parameter, and no number of threads, changes a bit: vector width, access, work-group
 * and chunk in every combination, on a driver of 1, 2 and 7 threads, against the scalar reference.
 */
#include "trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 2, LARGE = 30011, LARGE_QUICK = 101 };

static const uint32_t widths[] = {1, 4, 8, 16};
static const uint32_t group_sizes[] = {1, 5, 64};
static const uint32_t chunks[] = {16, 4096, 1u << 20};

/* PoCL's names for it, before and from its version 4 on. */
static void open_with_threads(const char *count)
{
    clstep_device_info info = CLSTEP_DEVICE_INFO_INIT;
    setenv("POCL_MAX_PTHREAD_COUNT", count, 1);
    setenv("POCL_CPU_MAX_CU_COUNT", count, 1);
    fixture_open();
    ck_ok(clstep_device_describe(the.device, &info));
    if (strstr(info.platform_name, "Portable Computing"))
        ck_assert_uint_eq(info.compute_units, (uint32_t)atoi(count));
}

static void open_1(void)
{
    open_with_threads("1");
}

static void open_2(void)
{
    open_with_threads("2");
}

static void open_7(void)
{
    open_with_threads("7");
}

/* The first tensors' parameters and gradients are at equal offsets, so that aligned accesses occur
 * in them; the others' are not. */
static void run(const char *name, const clstep_rule *rule, const clstep_engine_options *options)
{
    static trial t;
    clstep_engine *engine;
    trial_standard(&t, name, rule);
    t.tensors[1].count = getenv("CLSTEP_QUICK") ? LARGE_QUICK : LARGE;
    t.tensors[3].count = 4099;
    t.tensors[11].count = 5000;
    ck_ok(clstep_engine_create(&engine, the.context, the.device, options));
    t.engine = engine;
    trial_open(&t);
    for (int s = 0; s < STEPS; s++)
        trial_step(&t);
    trial_close(&t);
    clstep_engine_destroy(engine);
}

static void sweep(const char *what, const clstep_rule *rule, uint32_t width, uint32_t aligned)
{
    const size_t most = getenv("CLSTEP_QUICK") ? 1 : 3; /* Oclgrind and sanitizers are slow */
    for (size_t g = 0; g < most; g++) {
        for (size_t c = 0; c < most; c++) {
            char name[128];
            clstep_engine_options options = CLSTEP_ENGINE_OPTIONS_INIT;
            options.vector_width = width;
            options.access = (clstep_access)aligned;
            options.work_group_size = group_sizes[g];
            options.chunk_elements = chunks[c];
            snprintf(name, sizeof name, "%s, width %u, %s, work-group %u, chunk %u", what,
                     (unsigned)width, aligned == 1 ? "aligned" : "unaligned",
                     (unsigned)group_sizes[g], (unsigned)chunks[c]);
            run(name, rule, &options);
        }
    }
}

/* One test per width and access: 9 combinations, with all three arrays of state. */
START_TEST(rmsprop)
{
    clstep_rule rule = preset_rule("torch");
    rule.centered = 1;
    rule.momentum = 0.9;
    rule.weight_decay = 0.01;
    sweep("rmsprop", &rule, widths[_i / 2], 1 + (uint32_t)_i % 2);
}
END_TEST

/* The other extreme: no state, and the least arithmetic. */
START_TEST(sgd)
{
    const clstep_rule rule = preset_rule("sgd");
    sweep("sgd", &rule, widths[_i / 2], 1 + (uint32_t)_i % 2);
}
END_TEST

static void add(Suite *suite, const char *name, void (*open)(void))
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, open, fixture_close);
    tcase_add_loop_test(tests, rmsprop, 0, 8);
    tcase_add_loop_test(tests, sgd, 0, 8);
    suite_add_tcase(suite, tests);
}

Suite *sweep_suite(void)
{
    Suite *suite = suite_create("sweep");
    add(suite, "one thread", open_1);
    add(suite, "two threads", open_2);
    add(suite, "seven threads", open_7);
    return suite;
}
