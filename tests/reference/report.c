/* Prints the table of rows for people, and the last line. markdown.c writes docs/exactness.md. */
#include "report.h"

#include <string.h>

void print_device(const workplace *on)
{
    printf("device: %s; %zu elements%s%s\n", on->device, on->elements,
           on->elements < ELEMENTS ? " (CLSTEP_QUICK: without the large tensor)" : "",
           on->flushes ? "; takes subnormal numbers for zeros" : "");
    printf("%-15s %-30s %-18s %9s %9s\n", "preset", "row", "elements x steps", "scalar", "device");
}

static void print_row(const result *one)
{
    char compared[40];
    const size_t arrays = one->scalar.compared / ((size_t)ELEMENTS * STEPS);
    snprintf(compared, sizeof compared, "%zu x %d x %d", arrays, ELEMENTS, STEPS);
    printf("%-15s %-30s %-18s %9zu %9zu", one->of.preset, one->of.name, compared,
           one->scalar.different, one->device.different);
    putchar('\n');
    if (one->of.differs)
        printf("    within %lld ulp after 1 step and %lld after %d: %s\n",
               (long long)one->scalar.ulp[0], (long long)one->scalar.ulp[1], STEPS, one->of.reason);
    if (has_other_norms(one))
        printf("    %zu of %zu norms have the framework's bits; all are within %lld ulp\n",
               one->norms.equal, one->norms.compared, (long long)one->norms.ulp);
}

void print_section(const section *of)
{
    printf("-- %s\n", of->framework);
    for (size_t i = 0; i < of->count; i++)
        print_row(&of->results[i]);
}

void print_sum(const workplace *on, const section *sections, size_t count)
{
    size_t rows = 0, equal = 0, compared = 0, scalar = 0, device = 0, other = 0, other_norms = 0;
    for (size_t s = 0; s < count; s++) {
        for (size_t i = 0; i < sections[s].count; i++) {
            const result *one = &sections[s].results[i];
            rows++;
            other_norms += has_other_norms(one);
            if (one->of.differs || has_other_norms(one))
                continue;
            equal++;
            other += one->device.different > 0;
            compared += one->scalar.compared + one->device.compared;
            scalar += one->scalar.different;
            device += one->device.different;
        }
    }
    printf(
        "%zu rows; %zu bit-identical to the framework: %zu elements compared, %zu differ; %zu with "
        "stated differences; %zu bit-identical with the framework's norms\n",
        rows, equal, compared, scalar + device, rows - equal - other_norms, other_norms);
    if (on->flushes)
        printf("on this device, which does not promise subnormal numbers, elements of %zu of the "
               "%zu rows differ\n",
               other, equal);
}

/* "PyTorch 2.6.0" of "PyTorch 2.6.0 (Debian 13, python3-torch), AVX2 kernels" */
static void name_framework(const section *of, char name[TEXT_MAX])
{
    snprintf(name, TEXT_MAX, "%s", of->framework);
    char *end = strstr(name, " (");
    if (end)
        *end = '\0';
    name[strcspn(name, ",")] = '\0';
}

/* What a framework's rows show of a preset: equal bits, with subnormal numbers or without. */
typedef struct {
    bool equal, with_subnormals;
} showing;

static showing show_preset(const section *of, const char *preset)
{
    showing shows = {false, false};
    for (size_t i = 0; i < of->count; i++) {
        const result *one = &of->results[i];
        if (strcmp(one->of.preset, preset) != 0 || one->of.differs || one->scalar.different > 0 ||
            one->device.different > 0)
            continue;
        shows.equal = true;
        shows.with_subnormals = shows.with_subnormals || !one->of.flushed;
    }
    return shows;
}

static void check_claim(const clstep_preset_info *info, const section *sections, size_t count)
{
    const bool claims = strncmp(info->checked, "bit-checked against ", 20) == 0;
    const bool limited = strstr(info->checked, "subnormal") != NULL;
    bool shown = false, named = false, with_subnormals = false;
    for (size_t s = 0; s < count; s++) {
        char framework[TEXT_MAX];
        name_framework(&sections[s], framework);
        const showing shows = show_preset(&sections[s], info->name);
        shown = shown || shows.equal;
        if (shows.equal && strstr(info->checked, framework)) {
            named = true;
            with_subnormals = with_subnormals || shows.with_subnormals;
        }
    }
    if (claims && !named)
        problem("preset %s claims \"%s\", but no row without differences shows it", info->name,
                info->checked);
    if (named && limited == with_subnormals)
        problem("preset %s claims \"%s\", but its rows %s subnormal numbers", info->name,
                info->checked, with_subnormals ? "have" : "do without");
    if (!claims && shown)
        problem("preset %s has rows without differences, but claims only \"%s\"", info->name,
                info->checked);
    if (!claims && strncmp(info->checked, "from source", 11) != 0)
        problem("preset %s claims \"%s\": neither bit-checked nor from source", info->name,
                info->checked);
}

void check_claims(const section *sections, size_t count)
{
    const clstep_preset_info *info;
    for (size_t i = 0; (info = clstep_preset(i)); i++)
        check_claim(info, sections, count);
}
