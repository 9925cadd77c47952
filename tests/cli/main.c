/* Tests of the program, which is run as a child: OpenCL is never touched in this process, only in
 * those that Check forks of it. */
#include "folder.h"
#include "patience.h"
#include "suites.h"

#include <stdlib.h>

int main(void)
{
    be_patient();
    SRunner *runner = srunner_create(commands_suite());
    srunner_add_suite(runner, messages_suite());
    srunner_add_suite(runner, outputs_suite());
    srunner_add_suite(runner, selftest_suite());
    srunner_add_suite(runner, apply_suite());
    srunner_add_suite(runner, apply_killed_suite());
    srunner_add_suite(runner, apply_library_suite());
    srunner_add_suite(runner, apply_partial_suite());
    srunner_add_suite(runner, apply_states_suite());
    srunner_add_suite(runner, apply_torch_suite());
    srunner_add_suite(runner, convert_suite());
    srunner_add_suite(runner, bench_suite());
    srunner_add_suite(runner, bench_files_suite());
    srunner_add_suite(runner, tune_suite());
    srunner_add_suite(runner, train_usage_suite());
    srunner_add_suite(runner, train_data_suite());
    srunner_add_suite(runner, train_output_suite());
    srunner_add_suite(runner, train_files_suite());
    srunner_add_suite(runner, train_saved_suite());
    srunner_add_suite(runner, train_tasks_suite());
    srunner_add_suite(runner, train_suite());
    folder_start();
    srunner_run_all(runner, CK_NORMAL);
    folder_remove_all();
    /* A misspelt CK_RUN_SUITE runs nothing. */
    int failed = srunner_ntests_failed(runner) != 0 || srunner_ntests_run(runner) == 0;
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
