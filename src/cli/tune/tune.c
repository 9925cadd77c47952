/* Runs the library's tuner, prints its trials and writes the result. The library searches. */
#include "cli/tune/tune.h"

#include "cli/columns.h"
#include "cli/compiling.h"
#include "cli/output_file.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "cli/workplace.h"

#include <clstep/tuning.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: clstep tune [--device D] [--elements N] [--output FILE | --dry-run]\n"
    "\n"
    "Finds the fastest launch parameters of a device and writes them to a file.\n"
    "bench, train and apply read the default file, one for each device and driver.\n"
    "Each candidate must give the same bits as the default. To go back to the\n"
    "default, remove the file.\n"
    "\n"
    "  --device D      an index or a part of a name, see clstep devices\n"
    "  --elements N    elements of the tensor that is stepped, at least 16K; K, M and\n"
    "                  G are powers of 1024. Small tensors measure caches and\n"
    "                  launches, not memory (default 32M, or what memory allows)\n"
    "  --output FILE   where to write; - is standard output (default clstep/tuning in\n"
    "                  XDG_CACHE_HOME or ~/.cache)\n"
    "  --dry-run       writes nothing\n"
    "  --help\n"
    "\n"
    "Columns:\n"
    "  width     floats per access\n"
    "  access    aligned or unaligned vectors\n"
    "  group     work-items per work-group\n"
    "  chunk     elements that a work-group updates\n"
    "  ms        milliseconds per step\n"
    "  speed     time of the best before it / its own time, measured alternately\n"
    "\n"
    "exit codes: 0 done, 1 failed or a candidate gave other bits, 2 wrong usage\n";

/* Bytes that plain RMSprop moves per element; the least elements. */
enum { TRAFFIC = 20, ELEMENTS_LEAST = 16384 };

/* More than a tuning file has. */
enum { TEXT_SIZE = 4096 };

typedef struct {
    const char *device;
    const char *output;
    uint64_t elements;
    bool dry;
} request;

/* For report(), which the library calls. */
typedef struct {
    progress bar;
    bool headed;
} reporter;

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
        return "other bits";
    default:
        return "does not run";
    }
}

static const char *access_name(const clstep_engine_options *launch)
{
    return launch->access == CLSTEP_ACCESS_ALIGNED ? "aligned" : "unaligned";
}

enum { WIDTH, ACCESS, GROUP, CHUNK, MS, SPEED, OUTCOME, COLUMNS };

static const table_column columns[COLUMNS] = {
    [WIDTH] = {NULL, "width", 5, 0}, [ACCESS] = {NULL, "access", 9, 0},
    [GROUP] = {NULL, "group", 5, 0}, [CHUNK] = {NULL, "chunk", 7, 0},
    [MS] = {NULL, "ms", 8, 2},       [SPEED] = {NULL, "speed", 6, 0},
    [OUTCOME] = {NULL, "", -12, 1},
};

static void print_trial(const clstep_tune_trial *trial, bool headed)
{
    const table rows = table_fit(columns, COLUMNS);
    const clstep_engine_options *launch = trial->launch;
    table_cells cells = {{0}};
    if (!headed)
        table_print_heading(&rows);
    snprintf(cells[WIDTH], TABLE_CELL, "%u", (unsigned)launch->vector_width);
    snprintf(cells[ACCESS], TABLE_CELL, "%s", access_name(launch));
    snprintf(cells[GROUP], TABLE_CELL, "%u", (unsigned)launch->work_group_size);
    snprintf(cells[CHUNK], TABLE_CELL, "%u", (unsigned)launch->chunk_elements);
    if (trial->seconds > 0) {
        snprintf(cells[MS], TABLE_CELL, "%.3f", trial->seconds * 1e3);
        snprintf(cells[SPEED], TABLE_CELL, "%.3f", trial->gain);
    }
    snprintf(cells[OUTCOME], TABLE_CELL, "%s", outcome_name(trial->outcome));
    table_print_row(&rows, cells);
}

static void report(const clstep_tune_trial *trial, void *data)
{
    reporter *into = data;
    compiling_end();
    progress_clear(&into->bar);
    print_trial(trial, into->headed);
    into->headed = true;
    progress_show(&into->bar, "tune", trial->index + 1, trial->trials);
}

static void print_best(const clstep_engine_options *launch, const clstep_tune_summary *summary)
{
    putchar('\n');
    print_sentence("best: width %u, %s, groups of %u, chunks of %u", (unsigned)launch->vector_width,
                   access_name(launch), (unsigned)launch->work_group_size,
                   (unsigned)launch->chunk_elements);
    print_sentence("%.1f GB/s; the default %.1f GB/s (%llu elements)",
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

/* The library writes files only: writes one, and copies it to the stream. */
static int write_stream(const workplace *place, const clstep_engine_options *launch,
                        const char *path)
{
    char name[] = "/tmp/clstep-tuning-XXXXXX";
    const int descriptor = mkstemp(name);
    if (descriptor < 0)
        return complain(EXIT_FAILED, "cannot write '%s': %s", name, strerror(errno));
    close(descriptor);
    char text[TEXT_SIZE];
    size_t length = 0;
    const clstep_status status = clstep_tuning_write(launch, place->device, name);
    FILE *written = status == CLSTEP_OK ? fopen(name, "rb") : NULL;
    if (written) {
        length = fread(text, 1, sizeof text, written);
        fclose(written);
    }
    unlink(name);
    if (status != CLSTEP_OK)
        return complain_status(status);
    if (length == 0)
        return complain(EXIT_FAILED, "cannot read '%s'", name);
    output_file file;
    int code = output_open(&file, path);
    if (code != EXIT_OK)
        return code;
    fwrite(text, 1, length, file.stream);
    return output_commit(&file);
}

static int write_result(const workplace *place, const request *wanted,
                        const clstep_engine_options *launch, const char *path)
{
    if (output_is_stream(path))
        return write_stream(place, launch, path);
    if (clstep_tuning_write(launch, place->device, wanted->output) != CLSTEP_OK)
        return complain(EXIT_FAILED, "%s", clstep_last_error()->message);
    printf("written to %s\n", path);
    return EXIT_OK;
}

/* ---- the command */

/* Writes to `path`, unless that is NULL. */
static int tune(const workplace *place, const request *wanted, const char *path)
{
    reporter into = {.bar = progress_start()};
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
    compiling_begin(place);
    clstep_status status = clstep_tune(place->queue, &options, &launch, &summary);
    compiling_end();
    progress_clear(&into.bar);
    if (status != CLSTEP_OK)
        return complain_status(status);
    print_best(&launch, &summary);
    if (path)
        code = write_result(place, wanted, &launch, path);
    if (summary.differing > 0)
        return complain(EXIT_FAILED,
                        "%u candidate%s gave other bits than the default: do not trust this "
                        "driver, and run clstep selftest",
                        (unsigned)summary.differing, plural(summary.differing));
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
    if (path && code == EXIT_OK) /* before the work, which may take a minute */
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
    default: /* next_option() has said what is wrong */
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
        return complain(EXIT_USAGE, "--dry-run writes nothing; give either it or --output");
    return tune_device(&wanted);
}
