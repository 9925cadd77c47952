#include "report.h"

#include <string.h>

static const char introduction[] =
    "# Exactness\n"
    "\n"
    "What the bits of the presets have been held against. `make exactness` writes this file from\n"
    "the data of `tests/reference`, and `make check` complains where it is out of date.\n"
    "\n"
    "Each row is a framework's own optimizer, run for 20 steps over six tensors (4,236 elements;\n"
    "gradients over nine decades, with zeros, constants and subnormals among them; the generator\n"
    "is in `tests/reference/README.md`). Compared are the parameters and every array of the state\n"
    "after every step, bit for bit, two NaN being equal: once with the scalar reference of\n"
    "`src/rule`, once with the OpenCL device, where the tensors lie at odd offsets of shared\n"
    "buffers. The counts are of elements that differ; the large tensor, of 4,099 elements, is\n"
    "compared by a CRC of each array after each step, which counts as one.\n"
    "\n"
    "A difference is allowed only where a row says why and how large it is. Then the bounds on\n"
    "the parameters, in units in the last place after 1 and after 20 steps, are enforced, and the\n"
    "device must still have the bits of the scalar reference.\n"
    "\n"
    "## Presets\n"
    "\n"
    "| preset | whose | checked |\n"
    "|---|---|---|\n";

static const char sources[] = "\n"
                              "Presets that have not been run are held against scalar functions "
                              "written from the formulas of\n"
                              "their sources (`tests/unit/sources.c`).\n";

static void write_row(FILE *to, const result *one)
{
    fprintf(to, "| `%s` | %s | %s | %zu | %zu | %zu |\n", one->of.preset, one->of.switches,
            one->of.how[0] ? one->of.how : "", one->scalar.compared, one->scalar.different,
            one->device.different);
}

static void write_difference(FILE *to, const result *one)
{
    fprintf(to,
            "* `%s`, %s%s%s: %zu of %d parameters after 1 step, by up to %lld ulp; %zu after 20, "
            "by up to %lld. %s\n",
            one->of.preset, one->of.switches, one->of.how[0] ? "; " : "", one->of.how,
            one->scalar.params_different[0], ELEMENTS, (long long)one->scalar.ulp[0],
            one->scalar.params_different[1], (long long)one->scalar.ulp[1], one->of.reason);
}

static void write_section(FILE *to, const section *of)
{
    fprintf(to,
            "\n## %s\n\n`%s`, on %s.\n\n"
            "| preset | switches | run as | elements | scalar differs | device differs |\n"
            "|---|---|---|---|---|---|\n",
            of->framework, of->command, of->cpu);
    bool differences = false;
    for (size_t i = 0; i < of->count; i++) {
        write_row(to, &of->results[i]);
        differences = differences || of->results[i].of.differs;
    }
    if (differences)
        fprintf(to, "\nWhere they differ:\n\n");
    for (size_t i = 0; i < of->count; i++) {
        if (of->results[i].of.differs)
            write_difference(to, &of->results[i]);
    }
}

void write_markdown(FILE *to, const section *sections, size_t count)
{
    fputs(introduction, to);
    const clstep_preset_info *info;
    for (size_t i = 0; (info = clstep_preset(i)); i++)
        fprintf(to, "| `%s` | %s | %s |\n", info->name, info->origin, info->checked);
    fputs(sources, to);
    for (size_t s = 0; s < count; s++)
        write_section(to, &sections[s]);
}
