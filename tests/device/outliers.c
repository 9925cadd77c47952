/* 8-bit block state: a gradient that is not finite, or far above the others, costs only its own
 * element; and blocks with zeros beside blocks without them. tests/unit/format.c tests the numbers;
 * these are whole runs. */
#include "fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Five blocks, the last of which is shorter; the bad element is in the first, the small one in the
 * third. Teams of 32 work-items, two to a group, take four of them by wide accesses. */
enum { COUNT = 600, BAD = 5, SMALL = 300, STEPS = 200 };

static const float gradients[] = {NAN, 1e19f, INFINITY, -INFINITY, 3e38f, 1e6f};
static const float smalls[] = {0, -0.0f, 1e-9f, -1e-9f};
static const char *const presets[] = {"torch", "hinton", "keras", "adam"};
enum {
    GRADIENTS = sizeof gradients / sizeof *gradients,
    SMALLS = sizeof smalls / sizeof *smalls,
    PRESETS = sizeof presets / sizeof *presets
};

static float ordinary(int i)
{
    return 0.01f * (1 + (float)(i % 7)) * (i % 2 ? 1 : -1);
}

/* Parameters after STEPS steps in which element `at` has `third` as the gradient of step 3, and
 * `others` in all others. */
static void run_at(int at, const clstep_rule *rule, float third, float others, float p[COUNT])
{
    float g[COUNT];
    for (int i = 0; i < COUNT; i++) {
        p[i] = 1;
        g[i] = i == at ? others : ordinary(i);
    }
    cl_mem param = make_buffer(p, COUNT), grad = make_buffer(g, COUNT);
    const clstep_tensor tensor = {.param = param, .grad = grad, .count = COUNT};
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = rule, .tensors = &tensor,
                                .tensor_count = 1, .state_storage = CLSTEP_STATE_8BIT};
    clstep_optimizer *optimizer;
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, NULL, NULL));
    for (int step = 1; step <= STEPS; step++) {
        if (step == 3 || step == 4)
            write_buffer(grad, (size_t)at, step == 3 ? &third : &others, 1);
        ck_ok(clstep_optimizer_step(optimizer, the.queue, NULL, 0, NULL, NULL));
    }
    ck_ok(clstep_optimizer_finish(optimizer));
    read_buffer(param, 0, p, COUNT);
    clstep_optimizer_destroy(optimizer);
    clReleaseMemObject(param);
    clReleaseMemObject(grad);
}

static void run(const clstep_rule *rule, float third, float others, float p[COUNT])
{
    run_at(BAD, rule, third, others, p);
}

/* In every step: the others have the bits that they have beside a gradient of 0. */
START_TEST(neighbours_keep_their_bits)
{
    const clstep_rule rule = preset_rule(presets[_i % PRESETS]);
    const float bad = gradients[_i / PRESETS];
    float with_bad[COUNT], with_zero[COUNT];
    if (isfinite(bad) && (bad < 1e10f || strcmp(presets[_i % PRESETS], "adam") == 0))
        return; /* a finite one goes on to matter, as it should */
    run(&rule, bad, bad, with_bad);
    run(&rule, 0, 0, with_zero);
    for (int i = 0; i < COUNT; i++)
        ck_assert_msg(i == BAD || memcmp(&with_bad[i], &with_zero[i], sizeof(float)) == 0,
                      "%s, gradient %g: element %d is %g instead of %g", presets[_i % PRESETS],
                      (double)bad, i, (double)with_bad[i], (double)with_zero[i]);
}
END_TEST

/* In one step: the others go as far as without it, but for what 8 bits round. */
START_TEST(neighbours_go_on)
{
    const clstep_rule rule = preset_rule(presets[_i % PRESETS]);
    const float bad = gradients[_i / PRESETS];
    float in_8_bits[COUNT], undisturbed[COUNT];
    run(&rule, bad, ordinary(BAD), in_8_bits);
    run(&rule, ordinary(BAD), ordinary(BAD), undisturbed);
    for (int i = 0; i < COUNT; i++) {
        const float gone = fabsf(in_8_bits[i] - 1), wanted = fabsf(undisturbed[i] - 1);
        ck_assert_msg(i == BAD || fabsf(gone - wanted) <= 0.05f * wanted,
                      "%s, gradient %g: element %d has gone %g instead of %g",
                      presets[_i % PRESETS], (double)bad, i, (double)gone, (double)wanted);
    }
    ck_assert(isfinite(bad) ? isfinite(in_8_bits[BAD]) : isnan(in_8_bits[BAD]));
}
END_TEST

/* Teams of work-items share the blocks, as on GPUs. */
static void open_teams(void)
{
    clstep_engine_destroy(the.engine);
    clstep_engine_options options = CLSTEP_ENGINE_OPTIONS_INIT;
    options.vector_width = 4;
    options.work_group_size = 64;
    options.access = CLSTEP_ACCESS_ALIGNED;
    ck_ok(clstep_engine_create(&the.engine, the.context, the.device, &options));
}

static void check_equal(const float alone[COUNT], const float in_teams[COUNT], float special)
{
    for (int i = 0; i < COUNT; i++)
        ck_assert_msg(memcmp(&alone[i], &in_teams[i], sizeof(float)) == 0,
                      "gradient %g: element %d is %g instead of %g", (double)special, i,
                      (double)in_teams[i], (double)alone[i]);
}

START_TEST(teams_have_the_same_bits)
{
    const clstep_rule rule = preset_rule(presets[_i % PRESETS]);
    const float bad = gradients[_i / PRESETS];
    float alone[COUNT], in_teams[COUNT];
    run(&rule, bad, ordinary(BAD), alone);
    open_teams();
    run(&rule, bad, ordinary(BAD), in_teams);
    check_equal(alone, in_teams, bad);
}
END_TEST

/* Its code is 0, with either sign, in a block between others that have none. */
START_TEST(small_numbers_in_teams)
{
    const float small = smalls[_i / 2];
    clstep_rule rule = preset_rule(_i % 2 ? "adam" : "hinton");
    float alone[COUNT], in_teams[COUNT];
    rule.momentum = _i % 2 ? 0 : 0.9;
    run_at(SMALL, &rule, small, small, alone);
    open_teams();
    run_at(SMALL, &rule, small, small, in_teams);
    check_equal(alone, in_teams, small);
}
END_TEST

Suite *outliers_suite(void)
{
    Suite *suite = suite_create("outliers");
    TCase *tests = tcase_create("outliers");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    const int some = getenv("CLSTEP_QUICK") ? 2 : GRADIENTS;
    tcase_add_loop_test(tests, neighbours_keep_their_bits, 0, some * PRESETS);
    tcase_add_loop_test(tests, neighbours_go_on, 0, some * PRESETS);
    tcase_add_loop_test(tests, teams_have_the_same_bits, 0, some * PRESETS);
    tcase_add_loop_test(tests, small_numbers_in_teams, 0, SMALLS * 2);
    suite_add_tcase(suite, tests);
    return suite;
}
