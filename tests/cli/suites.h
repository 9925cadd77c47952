/* The suites of the program, each in the file of its name. */
#ifndef SUITES_H
#define SUITES_H

#include <check.h>

Suite *apply_suite(void);
Suite *apply_killed_suite(void);
Suite *apply_library_suite(void);
Suite *apply_partial_suite(void);
Suite *apply_states_suite(void);
Suite *apply_torch_suite(void);
Suite *bench_files_suite(void);
Suite *bench_suite(void);
Suite *commands_suite(void);
Suite *convert_suite(void);
Suite *messages_suite(void);
Suite *outputs_suite(void);
Suite *selftest_suite(void);
Suite *train_suite(void);
Suite *tune_suite(void);
Suite *train_data_suite(void);
Suite *train_usage_suite(void);
Suite *train_output_suite(void);
Suite *train_files_suite(void);
Suite *train_saved_suite(void);
Suite *train_tasks_suite(void);

#endif
