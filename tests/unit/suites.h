/* The suites of host logic, each in the file of its name. None touches OpenCL. */
#ifndef TESTS_UNIT_SUITES_H
#define TESTS_UNIT_SUITES_H

#include <check.h>
#include <string.h>

Suite *convert_calls_suite(void);
Suite *convert_meaning_suite(void);
Suite *convert_pairs_suite(void);
Suite *convert_refusals_suite(void);
Suite *convert_told_suite(void);
Suite *blob_suite(void);
Suite *error_suite(void);
Suite *formula_suite(void);
Suite *exact_divide_suite(void);
Suite *format_suite(void);
Suite *plan_suite(void);
Suite *descriptor_suite(void);
Suite *rule_suite(void);
Suite *schedule_suite(void);
Suite *sha256_suite(void);
Suite *sized_suite(void);
Suite *soft_double_suite(void);
Suite *soft_power_suite(void);
Suite *sources_suite(void);
Suite *store_checkpoint_suite(void);
Suite *store_damage_suite(void);
Suite *store_disk_suite(void);
Suite *store_faults_suite(void);
Suite *store_limits_suite(void);
Suite *store_memory_suite(void);
Suite *store_rules_suite(void);
Suite *store_writer_suite(void);
Suite *text_suite(void);
Suite *tuning_suite(void);
Suite *variance_suite(void);
Suite *verdict_suite(void);

#endif
