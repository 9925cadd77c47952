/* Runs all suites of host logic. */
#include "patience.h"
#include "suites.h"

#include <stdlib.h>

int main(void)
{
    be_patient();
    SRunner *runner = srunner_create(error_suite());
    srunner_add_suite(runner, sized_suite());
    srunner_add_suite(runner, text_suite());
    srunner_add_suite(runner, sha256_suite());
    srunner_add_suite(runner, blob_suite());
    srunner_add_suite(runner, descriptor_suite());
    srunner_add_suite(runner, rule_suite());
    srunner_add_suite(runner, formula_suite());
    srunner_add_suite(runner, sources_suite());
    srunner_add_suite(runner, variance_suite());
    srunner_add_suite(runner, schedule_suite());
    srunner_add_suite(runner, exact_divide_suite());
    srunner_add_suite(runner, soft_double_suite());
    srunner_add_suite(runner, soft_power_suite());
    srunner_add_suite(runner, format_suite());
    srunner_add_suite(runner, plan_suite());
    srunner_add_suite(runner, verdict_suite());
    srunner_add_suite(runner, tuning_suite());
    srunner_add_suite(runner, store_rules_suite());
    srunner_add_suite(runner, store_damage_suite());
    srunner_add_suite(runner, store_writer_suite());
    srunner_add_suite(runner, store_disk_suite());
    srunner_add_suite(runner, store_limits_suite());
    srunner_add_suite(runner, store_memory_suite());
    srunner_add_suite(runner, store_faults_suite());
    srunner_add_suite(runner, store_checkpoint_suite());
    srunner_add_suite(runner, convert_pairs_suite());
    srunner_add_suite(runner, convert_meaning_suite());
    srunner_add_suite(runner, convert_told_suite());
    srunner_add_suite(runner, convert_refusals_suite());
    srunner_add_suite(runner, convert_calls_suite());
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
