/* Runs all suites or the named ones, and prints how much was compared. */
#include "fixture.h"
#include "patience.h"
#include "resume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

tally *totals;

/* Oclgrind runs commands only when the host waits for them: a gate in front would never open. */
static const struct {
    const char *name;
    Suite *(*make)(void);
    int has_gates;
} suites[] = {
    {"choose", choose_suite, 0},
    {"sized", sized_suite, 0},
    {"refusal", refusal_suite, 0},
    {"events", events_suite, 1},
    {"failed_steps", failed_steps_suite, 1},
    {"failed_launches", failed_launches_suite, 1},
    {"calls", calls_suite, 0},
    {"addresses", addresses_suite, 0},
    {"failure", failure_suite, 0},
    {"queries", queries_suite, 0},
    {"checkpoint", checkpoint_suite, 0},
    {"checkpoint_match", checkpoint_match_suite, 0},
    {"checkpoint_formats", checkpoint_formats_suite, 0},
    {"checkpoint_params", checkpoint_params_suite, 0},
    {"checkpoint_overflow", checkpoint_overflow_suite, 0},
    {"checkpoint_counts", checkpoint_counts_suite, 0},
    {"checkpoint_random", checkpoint_random_suite, 0},
    {"checkpoint_refused", checkpoint_refused_suite, 0},
    {"startup", startup_suite, 0},
    {"blob", blob_suite, 0},
    {"tuning", tuning_suite, 0},
    {"selftest", selftest_suite, 0},
    {"selftest_parts", selftest_parts_suite, 0},
    {"selftest_plants", selftest_plants_suite, 0},
    {"shapes", shapes_suite, 0},
    {"soft_double", soft_double_suite, 0},
    {"sweep", sweep_suite, 0},
    {"exact", exact_suite, 0},
    {"storage", storage_suite, 0},
    {"conversions", conversions_suite, 0},
    {"averages", averages_suite, 0},
    {"outliers", outliers_suite, 0},
    {"scales", scales_suite, 0},
    {"clip", clip_suite, 0},
    {"control", control_suite, 0},
    {"control_faults", control_faults_suite, 0},
    {"clip_cases", clip_cases_suite, 0},
    {"first_element", first_element_suite, 0},
    {"formats", formats_suite, 0},
    {"given_state", given_state_suite, 0},
    {"inputs", inputs_suite, 0},
    {"rates", rates_suite, 0},
    {"many", many_suite, 0},
};

/* `device SUITE...` runs these only, `device - SUITE...` all but these. */
static int is_wanted(const char *name, int argc, char **argv)
{
    const int but = argc > 1 && strcmp(argv[1], "-") == 0;
    for (int i = 1 + but; i < argc; i++) {
        if (strcmp(argv[i], name) == 0)
            return !but;
    }
    return but || argc == 1;
}

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
    SRunner *runner = srunner_create(NULL);
    size_t wanted = 0;
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++) {
        if (!is_wanted(suites[i].name, argc, argv))
            continue;
        wanted++;
        if (!(suites[i].has_gates && getenv("CLSTEP_NO_GATES")))
            srunner_add_suite(runner, suites[i].make());
    }
    if (wanted == 0) {
        fprintf(stderr, "device: there is no suite of this name\n");
        return EXIT_FAILURE;
    }
    srunner_run_all(runner, CK_SILENT);
    printf("%llu cases, %llu elements compared with the reference: %llu differ\n", totals->cases,
           totals->compared, totals->different);
    srunner_print(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
