/* The device equals the scalar reference, bit for bit, for every rule, switch and preset. */
#include "cases.h"
#include "trial.h"

#include <stdlib.h>

enum { STEPS = 4, QUICK_STEPS = 2 };

/* A kernel is built for each case, which takes most of the time. CLSTEP_QUICK takes every preset as
 * it is, and a third of its switches, another third with the next preset. */
static int is_skipped(int preset, size_t index)
{
    return getenv("CLSTEP_QUICK") && index > 0 && ((size_t)preset + index) % 6;
}

START_TEST(presets_and_switches)
{
    static rule_case cases[CASES_MAX];
    const int steps = getenv("CLSTEP_QUICK") ? QUICK_STEPS : STEPS;
    const size_t count = make_cases(clstep_preset((size_t)_i)->name, cases);
    for (size_t i = 0; i < count; i++) {
        if (is_skipped(_i, i))
            continue;
        static trial t;
        trial_standard(&t, cases[i].name, &cases[i].rule);
        trial_open(&t);
        for (int s = 0; s < steps; s++)
            trial_step(&t);
        trial_close(&t);
    }
}
END_TEST

Suite *exact_suite(void)
{
    Suite *suite = suite_create("exact");
    TCase *tests = tcase_create("exact");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    int presets = 0;
    while (clstep_preset((size_t)presets))
        presets++;
    tcase_add_loop_test(tests, presets_and_switches, 0, presets);
    suite_add_tcase(suite, tests);
    return suite;
}
