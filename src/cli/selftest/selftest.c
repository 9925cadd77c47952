/* Runs the library's self-test and prints its counts as a table. The verdict is the library's. */
#include "cli/selftest/selftest.h"

#include "cli/progress.h"
#include "cli/workplace.h"

#include <clstep/selftest.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: clstep selftest [--device D] [--preset P] [--formats] [--quick]\n\n"
    "Runs every preset with every switch on the device, then a choice of other formats (bf16, "
    "fp16,\n"
    "fp64, state in bf16 and 8 bits) and of buffers that are reached by addresses, compares every\n"
    "number with a scalar reference in C, and says what this device can be trusted with. A device\n"
    "that reports subnormal numbers as kept is held to equal bits; any other to a bound, and in\n"
    "formats of fewer bits to equal bits of SGD.\n\n"
    "  --device D   an index or a part of a name, see clstep devices\n"
    "  --preset P   this one only, see clstep presets\n"
    "  --formats    formats and addresses, and no presets but that of --preset\n"
    "  --quick      fewer cases and smaller tensors: seconds instead of half a minute\n\n"
    "Columns: cases; numbers compared; numbers whose bits differ; the largest distance, in units "
    "in\n"
    "the last place of the largest magnitudes that met in the number (there is none where numbers\n"
    "must be equal). Exit code 0 if all is as promised for such a device, 1 if not.\n";

/* ---- the table */

/* What the reports of the library draw on. */
typedef struct {
    progress bar;
    bool headed;
    int width;  /* of the names */
    int behind; /* what comes behind the presets, as parts of the bar */
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

/* `measured` of the numbers that differ have a distance. */
static void print_count(int width, const char *name, const clstep_selftest_count *count,
                        uint64_t measured)
{
    char text[24];
    printf("%-*s %6llu %12llu %10llu %12s\n", width, name, (unsigned long long)count->cases,
           (unsigned long long)count->elements, (unsigned long long)count->different,
           distance(count->largest_ulp, measured, text));
}

static void print_head(table *into)
{
    if (!into->headed)
        printf("%-*s %6s %12s %10s %12s\n", into->width, "preset", "cases", "compared", "differ",
               "largest ulp");
    into->headed = true;
}

static void print_first(const char *first)
{
    if (first[0])
        printf("    first: %s\n", first);
}

static void report(const clstep_selftest_result *result, void *data)
{
    table *into = data;
    progress_clear(&into->bar);
    print_head(into);
    print_count(into->width, result->preset, &result->count,
                result->count.different - result->count.unbounded);
    print_first(result->first);
    fflush(stdout);
    progress_show(&into->bar, "selftest", result->index + 1,
                  result->presets + (size_t)into->behind);
}

static clstep_selftest_count sum_of(const clstep_selftest_count *a, const clstep_selftest_count *b)
{
    clstep_selftest_count sum = *a;
    sum.cases += b->cases;
    sum.elements += b->elements;
    sum.different += b->different;
    sum.flushed += b->flushed;
    sum.unbounded += b->unbounded;
    sum.outside += b->outside;
    sum.overwritten += b->overwritten;
    sum.largest_ulp = a->largest_ulp > b->largest_ulp ? a->largest_ulp : b->largest_ulp;
    return sum;
}

/* The rows of what is no preset, and of all; gives what was computed in fp32. */
static clstep_selftest_count print_rest(table *into, const clstep_selftest_summary *summary)
{
    const clstep_selftest_count in_fp32 = sum_of(&summary->count, &summary->addresses);
    const clstep_selftest_count all = sum_of(&in_fp32, &summary->formats);
    print_head(into);
    if (summary->formats.cases)
        print_count(into->width, "formats", &summary->formats, 0);
    if (summary->addresses.cases)
        print_count(into->width, "addresses", &summary->addresses, summary->addresses.different);
    print_first(summary->first);
    print_count(into->width, "all", &all, in_fp32.different - in_fp32.unbounded);
    return in_fp32;
}

/* ---- what the device says and does */

static void print_report(const clstep_selftest_summary *summary)
{
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

static void print_left_out(const clstep_selftest_summary *summary)
{
    const struct {
        uint32_t bit;
        const char *what;
    } rows[] = {
        {CLSTEP_LEFT_OUT_DIVIDES, "formats of fewer bits with other rules than SGD, for which such "
                                  "a device has no bound"},
        {CLSTEP_LEFT_OUT_SUBNORMALS, "subnormal numbers in these formats"},
        {CLSTEP_LEFT_OUT_FLOAT64, "fp64, which the device does not have"},
        {CLSTEP_LEFT_OUT_ADDRESSES,
         "buffers by addresses, for which there is no shared virtual memory"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (summary->left_out & rows[i].bit)
            printf("Left out: %s.\n", rows[i].what);
    }
}

static void print_summary(table *into, const clstep_selftest_summary *summary)
{
    const clstep_selftest_count count = print_rest(into, summary);
    print_report(summary);
    printf("Its operations against the host's:\n");
    printf("  %-18s %10s %10s %12s\n", "", "compared", "differ", "largest ulp");
    print_operation("divide", &summary->divide);
    print_operation("sqrt", &summary->square_root);
    print_operation("fma", &summary->fused);
    print_operation("+ and *", &summary->basic);
    print_operation("subnormal numbers", &summary->subnormal);
    print_operation("signs of zeros", &summary->zero);
    if (count.different > count.unbounded + count.flushed)
        printf("%llu numbers differ by rounding, %llu of them more than promised.\n",
               (unsigned long long)(count.different - count.unbounded - count.flushed),
               (unsigned long long)count.outside);
    if (count.flushed)
        printf("%llu numbers differ because subnormal ones are not kept.\n",
               (unsigned long long)count.flushed);
    if (count.unbounded)
        printf("%llu numbers differ in rules that are centred by v - m^2, for which there is no "
               "bound.\n",
               (unsigned long long)count.unbounded);
    if (summary->formats.different)
        printf("%llu numbers differ in other formats than fp32, where none may.\n",
               (unsigned long long)summary->formats.different);
    if (summary->wrong_zeros)
        printf("%llu numbers that differ are zeros with the wrong sign: -0 for 0, or 0 for -0.\n",
               (unsigned long long)summary->wrong_zeros);
    print_left_out(summary);
    printf("\n%s\n", summary->text);
}

/* ---- the command */

typedef struct {
    const char *device;
    const char *preset;
    bool formats;
    bool quick;
} request;

/* What the library is asked for; 0: what it does of itself. */
static uint32_t parts_of(const request *wanted)
{
    const uint32_t presets = wanted->preset ? CLSTEP_PART_PRESETS : 0;
    return wanted->formats ? CLSTEP_PART_FORMATS | CLSTEP_PART_ADDRESSES | presets : 0;
}

static int run(const workplace *place, clstep_engine *engine, const request *wanted)
{
    int code = workplace_print(place);
    if (code != EXIT_OK)
        return code;
    table into = {.bar = progress_start(), .width = width_of_names()};
    into.behind = wanted->formats || !wanted->preset;
    clstep_selftest_options options = CLSTEP_SELFTEST_OPTIONS_INIT;
    options.quick = wanted->quick;
    options.preset = wanted->preset;
    options.parts = parts_of(wanted);
    options.report = report;
    options.data = &into;
    clstep_selftest_summary summary = CLSTEP_SELFTEST_SUMMARY_INIT;
    progress_show(&into.bar, "selftest", 0, 1);
    clstep_status status = clstep_selftest(engine, place->queue, &options, &summary);
    progress_clear(&into.bar);
    if (status != CLSTEP_OK)
        return complain_status(status);
    print_summary(&into, &summary);
    return summary.verdict == CLSTEP_VERDICT_FAILED ? EXIT_FAILED : EXIT_OK;
}

static int test_device(const request *wanted)
{
    workplace place;
    int code = workplace_open(&place, wanted->device);
    if (code != EXIT_OK)
        return code;
    clstep_engine *engine = NULL;
    clstep_engine_options options = CLSTEP_ENGINE_OPTIONS_INIT;
    code = workplace_engine_with(&place, &options, &engine);
    if (code == EXIT_OK)
        code = run(&place, engine, wanted);
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
        {"formats", no_argument, NULL, 'f'},      {"quick", no_argument, NULL, 'q'},
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
        wanted.formats |= option == 'f';
        wanted.quick |= option == 'q';
        wanted.device = option == 'd' ? optarg : wanted.device;
        wanted.preset = option == 'p' ? optarg : wanted.preset;
    }
    return check_preset(wanted.preset) ? test_device(&wanted) : EXIT_USAGE;
}
