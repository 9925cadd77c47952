/* Runs the library's tuner, prints its trials and writes the result. The search is the library's.
 */
#include "cli/tune/tune.h"

#include "cli/output_file.h"
#include "cli/progress.h"
#include "cli/workplace.h"

#include <clstep/tuning.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: clstep tune [--device D] [--elements N] [--output FILE | --dry-run]\n\n"
    "Finds the launch parameters that are fastest on the device, each checked to give the same "
    "bits,\n"
    "and keeps them in a file for this device and driver, which bench, train and apply then "
    "use.\n\n"
    "  --device D      an index or a part of a name, see clstep devices\n"
    "  --elements N    of the tensor that is stepped, from 16K; by default 32M, or what memory\n"
    "                  allows; K, M and G are powers of 1024; few ones measure caches and "
    "launches, not memory\n"
    "  --output FILE   where to write; by default clstep/tuning in XDG_CACHE_HOME or ~/.cache\n"
    "  --dry-run       writes nothing\n\n"
    "Columns: floats per access; how vectors are accessed; work-items per group; elements per "
    "chunk;\n"
    "milliseconds of a step; speed against the best before, measured in turn. Removing the file\n"
    "undoes it.\n";

/* Bytes that plain RMSprop moves per element; the least elements. */
enum { TRAFFIC = 20, ELEMENTS_LEAST = 16384 };

typedef struct {
    const char *device;
    const char *output;
    uint64_t elements;
    bool dry;
} request;

/* What the reports of the library draw on. */
typedef struct {
    progress bar;
    bool headed;
} table;

static double gigabytes(uint64_t elements, double seconds)
{
    return seconds > 0 ? (double)elements * TRAFFIC * 1e-9 / seconds : 0;
}

static const char *outcome_name(clstep_tune_outcome outcome)
{
    switch (outcome) {
    case CLSTEP_TUNE_FASTER:
        return "faster, kept";
    case CLSTEP_TUNE_NOT_FASTER:
        return "";
    case CLSTEP_TUNE_DIFFERS:
        return "other bits: this driver is wrong";
    default:
        return "does not run";
    }
}

static void print_launch(const clstep_engine_options *launch)
{
    printf("%6u %10s %6u %8u", (unsigned)launch->vector_width,
           launch->access == CLSTEP_ACCESS_ALIGNED ? "aligned" : "unaligned",
           (unsigned)launch->work_group_size, (unsigned)launch->chunk_elements);
}

static void report(const clstep_tune_trial *trial, void *data)
{
    table *into = data;
    progress_clear(&into->bar);
    if (!into->headed)
        printf("%6s %10s %6s %8s %9s %8s\n", "width", "access", "group", "chunk", "ms", "speed");
    into->headed = true;
    print_launch(trial->launch);
    if (trial->seconds > 0)
        printf(" %9.3f %8.3f", trial->seconds * 1e3, trial->gain);
    printf("%s%s\n", trial->outcome == CLSTEP_TUNE_NOT_FASTER ? "" : "  ",
           outcome_name(trial->outcome));
    fflush(stdout);
    progress_show(&into->bar, "tune", trial->index + 1, trial->trials);
}

static void print_best(const clstep_engine_options *launch, const clstep_tune_summary *summary)
{
    printf("\nbest: ");
    print_launch(launch);
    printf("\n%.1f GB/s; the default %.1f GB/s (%llu elements)\n",
           gigabytes(summary->elements, summary->best_seconds),
           gigabytes(summary->elements, summary->default_seconds),
           (unsigned long long)summary->elements);
}

/* ---- the file */

/* The place of the file, which the caller frees. An exit code. */
static int find_place(const workplace *place, const char *output, char **path)
{
    size_t needed = 0;
    clstep_status status = CLSTEP_OK;
    if (!output)
        status = clstep_tuning_path(place->device, NULL, 0, &needed);
    *path = output ? strdup(output) : calloc(needed + 1, 1);
    if (!*path)
        return complain_memory();
    if (status == CLSTEP_OK && !output)
        status = clstep_tuning_path(place->device, *path, needed, NULL);
    return status == CLSTEP_OK ? EXIT_OK : complain_status(status);
}

static int write_result(const workplace *place, const request *wanted,
                        const clstep_engine_options *launch, const char *path)
{
    if (clstep_tuning_write(launch, place->device, wanted->output) != CLSTEP_OK)
        return complain(EXIT_FAILED, "%s", clstep_last_error()->message);
    printf("written to %s\n", path);
    return EXIT_OK;
}

/* ---- the command */

/* Writes to `path`, unless that is NULL. */
static int tune(const workplace *place, const request *wanted, const char *path)
{
    table into = {.bar = progress_start()};
    clstep_tune_options options = CLSTEP_TUNE_OPTIONS_INIT;
    clstep_tune_summary summary = CLSTEP_TUNE_SUMMARY_INIT;
    clstep_engine_options launch = CLSTEP_ENGINE_OPTIONS_INIT;
    options.elements = wanted->elements;
    options.report = report;
    options.data = &into;
    int code = workplace_print(place);
    if (code != EXIT_OK)
        return code;
    progress_show(&into.bar, "tune", 0, 1);
    clstep_status status = clstep_tune(place->queue, &options, &launch, &summary);
    progress_clear(&into.bar);
    if (status != CLSTEP_OK)
        return complain_status(status);
    print_best(&launch, &summary);
    if (path)
        code = write_result(place, wanted, &launch, path);
    if (summary.differing > 0)
        return complain(EXIT_FAILED, "%u candidates gave other bits; see clstep selftest",
                        (unsigned)summary.differing);
    return code;
}

static int tune_device(const request *wanted)
{
    workplace place;
    int code = workplace_open(&place, wanted->device);
    if (code != EXIT_OK)
        return code;
    char *path = NULL;
    if (!wanted->dry)
        code = find_place(&place, wanted->output, &path);
    if (path && code == EXIT_OK) /* before the work, which takes minutes */
        code = wanted->output ? output_check(path) : output_check_below(path);
    if (code == EXIT_OK)
        code = tune(&place, wanted, path);
    free(path);
    workplace_close(&place);
    return code;
}

static int take(int option, request *wanted)
{
    switch (option) {
    case 'd':
        wanted->device = optarg;
        return EXIT_OK;
    case 'o':
        wanted->output = optarg;
        return EXIT_OK;
    case 'n':
        wanted->dry = true;
        return EXIT_OK;
    case 'e':
        return take_count("elements", optarg, ELEMENTS_LEAST, UINT64_MAX, &wanted->elements);
    default: /* next_option() has told */
        return EXIT_USAGE;
    }
}

int command_tune(int argc, char **argv)
{
    static const struct option options[] = {
        {"device", required_argument, NULL, 'd'}, {"elements", required_argument, NULL, 'e'},
        {"output", required_argument, NULL, 'o'}, {"dry-run", no_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'},         {0}};
    request wanted = {0};
    int option;
    while ((option = next_option(argc, argv, options)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return EXIT_OK;
        }
        int code = take(option, &wanted);
        if (code != EXIT_OK)
            return code;
    }
    if (wanted.dry && wanted.output)
        return complain(EXIT_USAGE, "--dry-run writes nothing, also not --output");
    return tune_device(&wanted);
}
