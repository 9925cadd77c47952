#include "cli/command.h"
#include "cli/progress.h"

#include <clstep/selftest.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: clstep selftest [--device D] [--preset P] [--quick] [--emulate]\n\n"
    "Runs every preset with every switch on the device, compares every number with a scalar\n"
    "reference in C, and says what this device can be trusted with. A device that reports "
    "correctly\n"
    "rounded divide and sqrt, and subnormal numbers, is held to equal bits; any other to a "
    "bound.\n\n"
    "  --device D   an index or a part of a name, see clstep devices\n"
    "  --preset P   this one only, see clstep presets\n"
    "  --quick      fewer cases and smaller tensors: a few seconds instead of half a minute\n"
    "  --emulate    the engine's option emulate: fp32 by integer operations, which must give "
    "equal\n"
    "               bits on every device\n\n"
    "Columns: cases; numbers compared; numbers whose bits differ; the largest distance, in units "
    "in\n"
    "the last place of the largest magnitudes that met in the number. Exit code 0 if all is as\n"
    "promised for such a device, 1 if not.\n";

/* ---- the table */

/* What the reports of the library draw on. */
typedef struct {
    progress bar;
    bool headed;
    int width; /* of the names */
} table;

static int width_of_names(void)
{
    int width = 0;
    for (size_t i = 0; clstep_preset(i); i++) {
        const int length = (int)strlen(clstep_preset(i)->name);
        width = length > width ? length : width;
    }
    return width;
}

/* "-" where nothing differs. */
static const char *distance(uint64_t ulp, uint64_t different, char text[24])
{
    if (different == 0)
        return "-";
    if (ulp >= UINT64_MAX - 1)
        return ulp == UINT64_MAX ? "NaN or inf" : "beyond all";
    snprintf(text, 24, "%llu", (unsigned long long)ulp);
    return text;
}

static void print_count(int width, const char *name, const clstep_selftest_count *count)
{
    char text[24];
    printf("%-*s %6llu %12llu %10llu %12s\n", width, name, (unsigned long long)count->cases,
           (unsigned long long)count->elements, (unsigned long long)count->different,
           distance(count->largest_ulp, count->different - count->unbounded, text));
}

static void report(const clstep_selftest_result *result, void *data)
{
    table *into = data;
    progress_clear(&into->bar);
    if (!into->headed)
        printf("%-*s %6s %12s %10s %12s\n", into->width, "preset", "cases", "compared", "differ",
               "largest ulp");
    into->headed = true;
    print_count(into->width, result->preset, &result->count);
    if (result->first[0])
        printf("    first: %s\n", result->first);
    fflush(stdout);
    progress_show(&into->bar, "selftest", result->index + 1, result->presets);
}

/* ---- what the device says and does */

static void print_report(const clstep_selftest_summary *summary)
{
    if (summary->emulated) {
        printf("\nfp32 is emulated by integer operations; the device's own is not used.\n");
        return;
    }
    printf("\nThe device reports %s divide and sqrt; %s.\n",
           summary->reported & CLSTEP_DEPARTS_DIVIDE ? "approximate" : "correctly rounded",
           summary->reported & CLSTEP_DEPARTS_SUBNORMALS ? "subnormal numbers may be flushed"
                                                         : "subnormal numbers are kept");
}

static void print_operation(const char *name, const clstep_selftest_operation *row)
{
    char text[24];
    printf("  %-18s %10llu %10llu %12s\n", name, (unsigned long long)row->tested,
           (unsigned long long)row->different, distance(row->largest_ulp, row->different, text));
}

static void print_summary(const clstep_selftest_summary *summary)
{
    const clstep_selftest_count *count = &summary->count;
    print_count(width_of_names(), "all", count);
    print_report(summary);
    printf("%s operations against the host's:\n", summary->emulated ? "These" : "Its");
    printf("  %-18s %10s %10s %12s\n", "", "compared", "differ", "largest ulp");
    print_operation("divide", &summary->divide);
    print_operation("sqrt", &summary->square_root);
    print_operation("fma", &summary->fused);
    print_operation("+ and *", &summary->basic);
    print_operation("subnormal numbers", &summary->subnormal);
    if (count->different > count->unbounded + count->flushed)
        printf("%llu numbers differ by rounding, %llu of them more than promised.\n",
               (unsigned long long)(count->different - count->unbounded - count->flushed),
               (unsigned long long)count->outside);
    if (count->flushed)
        printf("%llu numbers differ because subnormal ones are not kept.\n",
               (unsigned long long)count->flushed);
    if (count->unbounded)
        printf("%llu numbers differ in rules that are centred by v - m^2, for which there is no "
               "bound.\n",
               (unsigned long long)count->unbounded);
    printf("\n%s\n", summary->text);
}

/* ---- the command */

typedef struct {
    const char *device;
    const char *preset;
    bool quick;
    bool emulate;
} request;

static int print_heading(const workplace *place)
{
    clstep_device_info info = CLSTEP_DEVICE_INFO_INIT;
    clstep_status status = clstep_device_describe(place->device, &info);
    if (status != CLSTEP_OK)
        return complain_status(status);
    printf("%s %s, driver %s\n\n", info.platform_name, info.name, info.driver_version);
    fflush(stdout);
    return EXIT_OK;
}

static int run(const workplace *place, clstep_engine *engine, const request *wanted)
{
    int code = print_heading(place);
    if (code != EXIT_OK)
        return code;
    table into = {.bar = progress_start(), .width = width_of_names()};
    clstep_selftest_options options = CLSTEP_SELFTEST_OPTIONS_INIT;
    options.quick = wanted->quick;
    options.preset = wanted->preset;
    options.report = report;
    options.data = &into;
    clstep_selftest_summary summary = CLSTEP_SELFTEST_SUMMARY_INIT;
    progress_show(&into.bar, "selftest", 0, 1);
    clstep_status status = clstep_selftest(engine, place->queue, &options, &summary);
    progress_clear(&into.bar);
    if (status != CLSTEP_OK)
        return complain_status(status);
    print_summary(&summary);
    return summary.verdict == CLSTEP_SELFTEST_FAILED ? EXIT_FAILED : EXIT_OK;
}

static int test_device(const request *wanted)
{
    workplace place;
    int code = workplace_open(&place, wanted->device);
    if (code != EXIT_OK)
        return code;
    clstep_engine *engine = NULL;
    clstep_engine_options options = CLSTEP_ENGINE_OPTIONS_INIT;
    options.emulate = wanted->emulate;
    clstep_status status = clstep_engine_create(&engine, place.context, place.device, &options);
    code = status == CLSTEP_OK ? run(&place, engine, wanted) : complain_status(status);
    clstep_engine_destroy(engine);
    workplace_close(&place);
    return code;
}

/* One that does not exist is told before anything is opened. */
static bool check_preset(const char *name)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    if (!name || clstep_rule_preset(&rule, name) == CLSTEP_OK)
        return true;
    complain_status(CLSTEP_INVALID_ARGUMENT);
    return false;
}

int command_selftest(int argc, char **argv)
{
    static const struct option options[] = {
        {"device", required_argument, NULL, 'd'}, {"preset", required_argument, NULL, 'p'},
        {"quick", no_argument, NULL, 'q'},        {"emulate", no_argument, NULL, 'e'},
        {"help", no_argument, NULL, 'h'},         {0}};
    request wanted = {0};
    int option;
    while ((option = next_option(argc, argv, options)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return EXIT_OK;
        }
        if (option == '?')
            return EXIT_USAGE;
        wanted.quick |= option == 'q';
        wanted.emulate |= option == 'e';
        wanted.device = option == 'd' ? optarg : wanted.device;
        wanted.preset = option == 'p' ? optarg : wanted.preset;
    }
    return check_preset(wanted.preset) ? test_device(&wanted) : EXIT_USAGE;
}
