/*
 * reference [--markdown FILE] FOLDER: holds the scalar reference and the OpenCL device
 * against what the frameworks computed (FOLDER, written by scripts/reference), bit for bit.
 * A device that does not promise subnormal numbers may differ: how many rows do is told.
 * CLSTEP_QUICK leaves the large tensor out on the device.
 */
#include "report.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/* Every file is here, and every one of these is there. */
static const char *const frameworks[] = {
    "torch",       "timm",     "sb3",   "bitsandbytes", "keras-jax", "keras-tensorflow",
    "keras-torch", "tf-keras", "tf1",   "optax",        "jax",       "paddle",
    "mlx",         "chainer",  "mxnet", "nnabla"};
enum { FRAMEWORKS = sizeof frameworks / sizeof *frameworks };

/* A file that nobody reads would pass for evidence. What tests/cli reads is no framework's. */
static void check_folder(const char *folder)
{
    static const char ending[] = ".safetensors";
    DIR *entries = opendir(folder);
    if (!entries) {
        problem("%s cannot be opened", folder);
        return;
    }
    for (const struct dirent *entry; (entry = readdir(entries));) {
        const char *end = strstr(entry->d_name, ending);
        if (!end || end[sizeof ending - 1])
            continue;
        const size_t length = (size_t)(end - entry->d_name);
        bool known = strcmp(entry->d_name, "inputs.safetensors") == 0 ||
                     strcmp(entry->d_name, "torch-files.safetensors") == 0 ||
                     strncmp(entry->d_name, "torch-state-", strlen("torch-state-")) == 0;
        for (size_t i = 0; i < FRAMEWORKS; i++)
            known = known || (strlen(frameworks[i]) == length &&
                              strncmp(entry->d_name, frameworks[i], length) == 0);
        if (!known)
            problem("%s/%s is not among the files that tests/reference/main.c names", folder,
                    entry->d_name);
    }
    closedir(entries);
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
    run_scalar(&of->rule, in, &scalar);
    if (!run_device(on, &of->rule, in, &measured))
        return false;
    into->scalar = judge(of, &theirs, &scalar);
    into->device = judge(of, &theirs, &measured);
    if (!on->flushes && !same_runs(&scalar, &measured, theirs.count, &step))
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

static void save_markdown(const char *path, const section *sections)
{
    FILE *file = fopen(path, "w");
    if (file)
        write_markdown(file, sections, FRAMEWORKS);
    if (!file || fclose(file) != 0)
        problem("%s cannot be written", path);
}

int main(int argc, char **argv)
{
    static inputs in;
    static section sections[FRAMEWORKS];
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
    check_folder(folder);
    workplace on;
    if (workplace_open(&on)) {
        print_device(&on);
        for (size_t i = 0; i < FRAMEWORKS; i++)
            run_file(folder, frameworks[i], &in, &on, &sections[i]);
        check_claims(sections, FRAMEWORKS);
        print_sum(&on, sections, FRAMEWORKS);
        if (markdown)
            save_markdown(markdown, sections);
    }
    workplace_close(&on);
    for (size_t i = 0; i < FRAMEWORKS; i++)
        free(sections[i].results);
    if (problems)
        fprintf(stderr, "reference: %u problems\n", problems);
    return problems ? EXIT_FAILURE : EXIT_SUCCESS;
}
