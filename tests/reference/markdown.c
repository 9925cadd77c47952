/* Writes docs/exactness.md. report.c writes the table for the terminal. */
#include "report.h"

#include <string.h>

static const char introduction[] =
    "# Exactness\n"
    "\n"
    "This page lists what the bits of each preset have been compared with. It is generated:\n"
    "`make exactness` writes it from the data in `tests/reference`, and `make\n"
    "check-reference` fails if it is out of date.\n"
    "\n"
    "A row is one run of a framework's own optimizer: 20 steps over six tensors (4,236\n"
    "elements). The gradients span nine decades, with zeros, constants, subnormal numbers and\n"
    "alternating signs among them; `tests/reference/README.md` describes the generator. After\n"
    "every step the parameters and every array of the state are compared with the scalar\n"
    "reference of `src/reference`, bit for bit; two NaN count as equal. The column \"differ\"\n"
    "counts the elements that differ. The large tensor, of 4,099 elements, is compared by a\n"
    "CRC of each array after each step, which counts as one.\n"
    "\n"
    "The OpenCL device makes the same steps, with the tensors at odd offsets of shared\n"
    "buffers. It must give the bits of the scalar reference in every row, or `make\n"
    "check-reference` fails.\n"
    "\n"
    "A row may differ only if it says why and by how much. Then `make check-reference`\n"
    "enforces its bounds on the parameters, in units in the last place, after 1 and after 20\n"
    "steps.\n"
    "\n";

static const char devices[] =
    "## On other OpenCL implementations\n"
    "\n"
    "Of the rows that have 0 on PoCL, these have 0 on another implementation too:\n"
    "\n"
    "* Oclgrind 21.10 (`make check-oclgrind`, without the large tensor): all. It reports\n"
    "  neither correctly rounded divide and sqrt nor fused multiply-add.\n"
    "* Mesa 25.0 rusticl on llvmpipe, LLVM 19 (`make check-rusticl`, on Debian 13): 124 of\n"
    "  the 145 that version 0.1 had. Its threads take subnormal numbers for zeros, as it\n"
    "  reports, and lose the sign of some zeros; in 21 rows elements differ for that reason\n"
    "  (4 to 442 of a row). Most of them are means of gradients below 1.2e-38 (centred rows\n"
    "  of PyTorch's kind, `sgd` with momentum, `adam`). In `torch` and `bitsandbytes32` with\n"
    "  decay, parameters have shrunk to 1e-30, where a subnormal gradient still counts. It\n"
    "  does not report correctly rounded divide and sqrt, but gave the same bits.\n"
    "\n"
    "JAX, TensorFlow and MXNet take subnormal numbers for zeros themselves. Their rows are\n"
    "compared likewise: the reference gets zeros for subnormal gradients, and its subnormal\n"
    "results count as zero.\n"
    "\n"
    "## Presets\n"
    "\n"
    "| preset | from | compared with |\n"
    "|---|---|---|\n";

static const char sources[] =
    "\n"
    "Presets \"from source\" have not been run. They are compared with scalar functions written\n"
    "from the formulas of their sources (`tests/unit/sources.c`).\n";

static void write_row(FILE *to, const result *one)
{
    fprintf(to, "| `%s` | %s | %s | %zu x %d x %d | %zu |\n", one->of.preset, one->of.switches,
            one->of.how, one->scalar.compared / ((size_t)ELEMENTS * STEPS), ELEMENTS, STEPS,
            one->scalar.different);
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
            "| preset | switches | run as | arrays x elements x steps | differ |\n"
            "|---|---|---|---|---|\n",
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

static void write_sum(FILE *to, const section *sections, size_t count)
{
    size_t rows = 0, equal = 0, compared = 0;
    for (size_t s = 0; s < count; s++) {
        for (size_t i = 0; i < sections[s].count; i++) {
            const result *one = &sections[s].results[i];
            rows++;
            if (one->of.differs || one->scalar.different > 0)
                continue;
            equal++;
            compared += one->scalar.compared;
        }
    }
    fprintf(to,
            "%zu rows of %zu files: in %zu rows 0 of %zu elements differ, %zu have stated "
            "differences.\n\n",
            rows, count, equal, compared, rows - equal);
}

void write_markdown(FILE *to, const section *sections, size_t count)
{
    fputs(introduction, to);
    write_sum(to, sections, count);
    fputs(devices, to);
    const clstep_preset_info *info;
    for (size_t i = 0; (info = clstep_preset(i)); i++)
        fprintf(to, "| `%s` | %s | %s |\n", info->name, info->origin, info->checked);
    fputs(sources, to);
    for (size_t s = 0; s < count; s++)
        write_section(to, &sections[s]);
}
