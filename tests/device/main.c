/* Runs all suites of the device, and tells how many elements they compared. */
#include "fixture.h"
#include "patience.h"
#include "resume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

tally *totals;

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--resume") == 0)
        return resume_main(argv[2], argv[3]);
    /* Before OpenCL is first touched, which only the children do. */
    const char *layer = getenv("CLSTEP_LAYER");
    if (layer)
        setenv("OPENCL_LAYERS", layer, 1);
    totals = mmap(NULL, sizeof *totals, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (totals == MAP_FAILED)
        return EXIT_FAILURE;
    be_patient();
    SRunner *runner = srunner_create(choose_suite());
    srunner_add_suite(runner, sized_suite());
    srunner_add_suite(runner, refusal_suite());
    /* Oclgrind runs commands only when the host waits for them: a gate in front would never open.
     */
    if (!getenv("CLSTEP_NO_GATES")) {
        srunner_add_suite(runner, events_suite());
        srunner_add_suite(runner, failed_steps_suite());
        srunner_add_suite(runner, failed_launches_suite());
    }
    srunner_add_suite(runner, calls_suite());
    srunner_add_suite(runner, addresses_suite());
    srunner_add_suite(runner, failure_suite());
    srunner_add_suite(runner, queries_suite());
    srunner_add_suite(runner, checkpoint_suite());
    srunner_add_suite(runner, checkpoint_match_suite());
    srunner_add_suite(runner, checkpoint_formats_suite());
    srunner_add_suite(runner, checkpoint_params_suite());
    srunner_add_suite(runner, checkpoint_counts_suite());
    srunner_add_suite(runner, checkpoint_random_suite());
    srunner_add_suite(runner, checkpoint_refused_suite());
    srunner_add_suite(runner, startup_suite());
    srunner_add_suite(runner, blob_suite());
    srunner_add_suite(runner, tuning_suite());
    srunner_add_suite(runner, selftest_suite());
    srunner_add_suite(runner, selftest_parts_suite());
    srunner_add_suite(runner, selftest_plants_suite());
    srunner_add_suite(runner, shapes_suite());
    srunner_add_suite(runner, sweep_suite());
    srunner_add_suite(runner, exact_suite());
    srunner_add_suite(runner, storage_suite());
    srunner_add_suite(runner, conversions_suite());
    srunner_add_suite(runner, averages_suite());
    srunner_add_suite(runner, outliers_suite());
    srunner_add_suite(runner, first_element_suite());
    srunner_add_suite(runner, formats_suite());
    srunner_add_suite(runner, given_state_suite());
    srunner_add_suite(runner, inputs_suite());
    srunner_add_suite(runner, many_suite());
    srunner_run_all(runner, CK_SILENT);
    printf("%llu cases, %llu elements compared with the reference: %llu differ\n", totals->cases,
           totals->compared, totals->different);
    srunner_print(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
