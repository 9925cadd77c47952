/* Runs the library's self-test and prints its counts as a table. The library gives the verdict. */
#include "cli/selftest/selftest.h"

#include "cli/columns.h"
#include "cli/compiling.h"
#include "cli/progress.h"
#include "cli/rule_options.h"
#include "cli/terminal.h"
#include "cli/workplace.h"

#include <clstep/selftest.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: clstep selftest [--device D] [--preset P] [--formats] [--quick]\n"
    "\n"
    "Runs on the device: every preset, as it is and with each of its switches; a\n"
    "choice of other formats (bf16, fp16, fp64, state in bf16 and 8 bits); and\n"
    "buffers that kernels reach by address. Compares every number with a scalar\n"
    "reference in C. A device that keeps subnormal numbers must give equal bits. Any\n"
    "other must stay within 64 ulp in fp32 (some rules have no bound there), and give\n"
    "equal bits for SGD in bf16, fp16 and 8 bits.\n"
    "\n"
    "  --device D   an index or a part of a name, see clstep devices\n"
    "  --preset P   this preset only, see clstep presets\n"
    "  --formats    formats and addresses only; with --preset, that preset too\n"
    "  --quick      fewer cases and smaller tensors: seconds, not half a minute\n"
    "  --help\n"
    "\n"
    "Columns: cases; numbers compared; numbers whose bits differ; the largest\n"
    "distance, in units in the last place (ulp) of |old| + |new| (\"-\" where all are\n"
    "equal; selftest.h says what a parameter with momentum adds).\n"
    "\n"
    "exit codes: 0 all is as promised for such a device, 1 not, 2 wrong usage\n";

/* ---- the table */

/* For report(), which the library calls. */
typedef struct {
    progress bar;
    bool headed;
    int behind; /* what comes behind the presets, as parts of the bar */
} reporter;

enum { NAME, CASES, COMPARED, DIFFER, LARGEST, COLUMNS };

static const table_column columns[COLUMNS] = {
    [NAME] = {NULL, "preset", -14, 0},        [CASES] = {NULL, "cases", 6, 2},
    [COMPARED] = {NULL, "compared", 12, 0},   [DIFFER] = {NULL, "differ", 10, 0},
    [LARGEST] = {NULL, "largest ulp", 12, 1},
};

/* "-" if nothing differs. */
static const char *distance(uint64_t ulp, uint64_t different, char text[24])
{
    if (different == 0)
        return "-";
    if (ulp >= UINT64_MAX - 1)
        return ulp == UINT64_MAX ? "NaN or inf" : "above 1e18";
    snprintf(text, 24, "%llu", (unsigned long long)ulp);
    return text;
}

/* `measured`: how many of the numbers that differ have a distance. */
static void print_count(const char *name, const clstep_selftest_count *count, uint64_t measured)
{
    const table rows = table_fit(columns, COLUMNS);
    char text[24];
    table_cells cells;
    snprintf(cells[NAME], TABLE_CELL, "%.*s", TABLE_CELL - 1, name);
    snprintf(cells[CASES], TABLE_CELL, "%llu", (unsigned long long)count->cases);
    snprintf(cells[COMPARED], TABLE_CELL, "%llu", (unsigned long long)count->elements);
    snprintf(cells[DIFFER], TABLE_CELL, "%llu", (unsigned long long)count->different);
    snprintf(cells[LARGEST], TABLE_CELL, "%s", distance(count->largest_ulp, measured, text));
    table_print_row(&rows, cells);
}

static void print_head(reporter *into)
{
    const table rows = table_fit(columns, COLUMNS);
    if (!into->headed)
        table_print_heading(&rows);
    into->headed = true;
}

static void print_first(const char *first)
{
    if (first[0])
        print_sentence("first: %s", first);
}

static void report(const clstep_selftest_result *result, void *data)
{
    reporter *into = data;
    compiling_end();
    progress_clear(&into->bar);
    print_head(into);
    print_count(result->preset, &result->count, result->count.different - result->count.unbounded);
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

/* Prints the rows behind the presets. Returns the counts of what was computed in fp32. */
static clstep_selftest_count print_rest(reporter *into, const clstep_selftest_summary *summary)
{
    const clstep_selftest_count in_fp32 = sum_of(&summary->count, &summary->addresses);
    const clstep_selftest_count all = sum_of(&in_fp32, &summary->formats);
    print_head(into);
    if (summary->formats.cases)
        print_count("formats", &summary->formats, 0);
    if (summary->addresses.cases)
        print_count("addresses", &summary->addresses, summary->addresses.different);
    print_first(summary->first);
    print_count("all", &all, in_fp32.different - in_fp32.unbounded);
    return in_fp32;
}

/* ---- what the device says and does */

static void print_report(const clstep_selftest_summary *summary)
{
    putchar('\n');
    print_sentence("The device reports %s divide and sqrt; %s.",
                   summary->reported & CLSTEP_DEPARTS_DIVIDE ? "approximate" : "correctly rounded",
                   summary->reported & CLSTEP_DEPARTS_SUBNORMALS
                       ? "subnormal numbers may be flushed"
                       : "subnormal numbers are kept");
}

static const table_column operation_columns[] = {
    {NULL, "operation", -18, 0},
    {NULL, "compared", 10, 0},
    {NULL, "differ", 10, 0},
    {NULL, "largest ulp", 12, 1},
};

static void print_operations(const clstep_selftest_summary *summary)
{
    const struct {
        const char *name;
        const clstep_selftest_operation *of;
    } all[] = {{"divide", &summary->divide},
               {"sqrt", &summary->square_root},
               {"fma", &summary->fused},
               {"+ and *", &summary->basic},
               {"subnormal numbers", &summary->subnormal},
               {"signs of zeros", &summary->zero}};
    const table rows = table_fit(operation_columns, 4);
    table_cells cells;
    char text[24];
    print_sentence("Its operations against the host's:");
    table_print_heading(&rows);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const clstep_selftest_operation *of = all[i].of;
        snprintf(cells[0], TABLE_CELL, "%s", all[i].name);
        snprintf(cells[1], TABLE_CELL, "%llu", (unsigned long long)of->tested);
        snprintf(cells[2], TABLE_CELL, "%llu", (unsigned long long)of->different);
        snprintf(cells[3], TABLE_CELL, "%s", distance(of->largest_ulp, of->different, text));
        table_print_row(&rows, cells);
    }
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
         "buffers by addresses: no shared virtual memory, or the driver refuses it"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (summary->left_out & rows[i].bit)
            print_sentence("Left out: %s.", rows[i].what);
    }
}

static const char *differ(uint64_t count)
{
    return count == 1 ? "number differs" : "numbers differ";
}

static void print_summary(reporter *into, const clstep_selftest_summary *summary)
{
    const clstep_selftest_count count = print_rest(into, summary);
    print_report(summary);
    print_operations(summary);
    const uint64_t by_rounding = count.different - count.unbounded - count.flushed;
    if (count.different > count.unbounded + count.flushed)
        print_sentence("%llu %s by rounding; more than promised: %llu.",
                       (unsigned long long)by_rounding, differ(by_rounding),
                       (unsigned long long)count.outside);
    if (count.flushed)
        print_sentence("%llu %s because subnormal ones are not kept.",
                       (unsigned long long)count.flushed, differ(count.flushed));
    if (count.unbounded)
        print_sentence(
            "%llu %s in rules that have no bound on such a device: centred by v - m^2, Adadelta, "
            "NAdam, Adamax, Lion.",
            (unsigned long long)count.unbounded, differ(count.unbounded));
    if (summary->formats.different)
        print_sentence("%llu %s in other formats than fp32, where none may.",
                       (unsigned long long)summary->formats.different,
                       differ(summary->formats.different));
    if (summary->wrong_zeros)
        print_sentence(
            "Of the numbers that differ, %llu %s with the wrong sign: -0 for 0, or 0 for -0.",
            (unsigned long long)summary->wrong_zeros,
            summary->wrong_zeros == 1 ? "is a zero" : "are zeros");
    print_left_out(summary);
    putchar('\n');
    print_sentence("%s", summary->text);
}

/* ---- the command */

typedef struct {
    const char *device;
    const char *preset;
    bool formats;
    bool quick;
} request;

/* The parts that the library shall test; 0: its default. */
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
    reporter into = {.bar = progress_start(), .behind = wanted->formats || !wanted->preset};
    clstep_selftest_options options = CLSTEP_SELFTEST_OPTIONS_INIT;
    options.quick = wanted->quick;
    options.preset = wanted->preset;
    options.parts = parts_of(wanted);
    options.report = report;
    options.data = &into;
    clstep_selftest_summary summary = CLSTEP_SELFTEST_SUMMARY_INIT;
    progress_show(&into.bar, "selftest", 0, 1);
    compiling_begin(place);
    clstep_status status = clstep_selftest(engine, place->queue, &options, &summary);
    compiling_end();
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
    clstep_rule ignored;
    int code = wanted.preset ? rule_preset(wanted.preset, &ignored) : EXIT_OK;
    return code == EXIT_OK ? test_device(&wanted) : code;
}
