/*
 * reference [--markdown FILE] FOLDER: holds the scalar reference and the OpenCL device
 * against what the frameworks computed (every file of FOLDER, by scripts/reference), bit for bit.
 * Where a framework clipped by its own norms, the scalar reference takes these, and once more its
 * own, with which the device is compared.
 * A device that does not promise subnormal numbers may differ: how many rows do is told.
 * CLSTEP_QUICK leaves the large tensor out on the device.
 */
#include "norms.h"
#include "report.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 64 };

/* The files of a folder, without their ending. */
typedef struct {
    char names[FILES_MAX][64];
    size_t count;
} list;

/* The inputs, and what tests/cli reads, are no framework's. */
static bool is_other(const char *name)
{
    return strcmp(name, "inputs") == 0 || strcmp(name, "torch-files") == 0 ||
           strncmp(name, "torch-state-", strlen("torch-state-")) == 0;
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Every file of the folder, in the order of their names. That none is missing is seen from what
 * the presets claim (check_claims). */
static void list_files(const char *folder, list *files)
{
    static const char ending[] = ".safetensors";
    DIR *entries = opendir(folder);
    if (!entries) {
        problem("%s cannot be opened", folder);
        return;
    }
    for (const struct dirent *entry; (entry = readdir(entries));) {
        const size_t length = strlen(entry->d_name), tail = sizeof ending - 1;
        if (length <= tail || strcmp(entry->d_name + length - tail, ending) != 0)
            continue;
        if (files->count == FILES_MAX || length - tail >= sizeof files->names[0]) {
            problem("%s/%s: too many files, or too long a name", folder, entry->d_name);
            continue;
        }
        char *name = files->names[files->count];
        snprintf(name, sizeof files->names[0], "%.*s", (int)(length - tail), entry->d_name);
        files->count += !is_other(name);
    }
    closedir(entries);
    qsort(files->names, files->count, sizeof files->names[0], compare);
}

/* A framework whose threads take subnormal numbers for zeros does so with the gradients that it is
 * given; then so must we, or sums of them reach the normal numbers here and not there. */
static const inputs *inputs_of(const row *of, const inputs *in)
{
    static inputs flushed;
    if (!of->flushed)
        return in;
    flushed = *in;
    for (size_t t = 0; t < STEPS; t++)
        normalise(flushed.grad[t], ELEMENTS, true);
    return &flushed;
}

/* Runs the scalar reference, and again with our norms if the framework's are other ones; returns
 * the run with ours. */
static trajectory *run_reference(const row *of, const inputs *in, const norms *theirs,
                                 trajectory *scalar, result *into)
{
    static norms ours;
    static inputs clipped;
    static trajectory own;
    if (!of->by_norm) {
        run_scalar(&of->rule, in, scalar);
        return scalar;
    }
    find_norms(&of->rule, in, &ours);
    clip_inputs(&of->rule, in, theirs, &clipped);
    run_scalar(&of->rule, &clipped, scalar);
    clip_inputs(&of->rule, in, &ours, &clipped);
    run_scalar(&of->rule, &clipped, &own);
    into->norms = judge_norms(of, theirs, &ours, scalar, &own);
    return &own;
}

static bool run_row(const data *from, const row *of, const inputs *in, const workplace *on,
                    size_t *taken, result *into)
{
    static recording theirs;
    static trajectory scalar, measured;
    size_t step;
    if (!data_read(from, of, &theirs, taken))
        return false;
    into->of = *of;
    in = inputs_of(of, in);
    trajectory *own = run_reference(of, in, &theirs.by, &scalar, into);
    if (!run_device(on, &of->rule, in, &measured))
        return false;
    into->scalar = judge(of, &theirs, &scalar);
    into->device = judge(of, &theirs, &measured);
    judge(of, &theirs, own); /* which brings it into the same form */
    if (!on->flushes && !same_runs(own, &measured, theirs.count, &step))
        problem("%s: row \"%s\": the device differs from the scalar reference in step %zu",
                from->path, of->name, step);
    enforce(from, into, on->flushes);
    return true;
}

static void run_file(const char *folder, const char *name, const inputs *in, const workplace *on,
                     section *into)
{
    static data from;
    if (data_open(&from, folder, name)) {
        size_t taken = 0;
        snprintf(into->framework, TEXT_MAX, "%s", from.framework);
        snprintf(into->cpu, TEXT_MAX, "%s", from.cpu);
        snprintf(into->command, TEXT_MAX, "%s", from.command);
        into->results = calloc(from.row_count, sizeof *into->results);
        for (size_t i = 0; into->results && i < from.row_count; i++)
            into->count +=
                run_row(&from, &from.rows[i], in, on, &taken, &into->results[into->count]);
        if (taken != clstep_safetensors_tensor_count(from.file))
            problem("%s: %zu tensors, but its rows have %zu", from.path,
                    clstep_safetensors_tensor_count(from.file), taken);
        print_section(into);
    }
    data_close(&from);
}

static void save_markdown(const char *path, const section *sections, size_t count)
{
    FILE *file = fopen(path, "w");
    if (file)
        write_markdown(file, sections, count);
    if (!file || fclose(file) != 0)
        problem("%s cannot be written", path);
}

int main(int argc, char **argv)
{
    static inputs in;
    static section sections[FILES_MAX];
    static list files;
    char **words = argv + 1;
    const int count = argc - 1;
    const char *markdown = count == 3 && strcmp(words[0], "--markdown") == 0 ? words[1] : NULL;
    if (count != 1 && !markdown) {
        fputs("usage: reference [--markdown FILE] FOLDER\n", stderr);
        return 2;
    }
    const char *folder = words[count - 1];
    make_inputs(&in);
    check_inputs(folder, &in);
    list_files(folder, &files);
    workplace on;
    if (workplace_open(&on)) {
        print_device(&on);
        for (size_t i = 0; i < files.count; i++)
            run_file(folder, files.names[i], &in, &on, &sections[i]);
        if (!on.flushes) /* else equal bits are not asked of it, and claims not shown by it */
            check_claims(sections, files.count);
        print_sum(&on, sections, files.count);
        if (markdown)
            save_markdown(markdown, sections, files.count);
    }
    workplace_close(&on);
    for (size_t i = 0; i < files.count; i++)
        free(sections[i].results);
    if (problems)
        fprintf(stderr, "reference: %u problems\n", problems);
    return problems ? EXIT_FAILURE : EXIT_SUCCESS;
}
