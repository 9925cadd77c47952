/* Writes docs/exactness.md from what was compared. The table for the terminal is report.c's. */
#include "report.h"

#include <string.h>

static const char introduction[] =
    "# Exactness\n"
    "\n"
    "What the bits of the presets have been held against. `make exactness` writes this file from\n"
    "the data of `tests/reference`, and `make check-reference` complains where it is out of date.\n"
    "\n"
    "Each row is a framework's own optimizer, run for 20 steps over six tensors (4,236 elements;\n"
    "gradients over nine decades, with zeros, constants, subnormal numbers and alternating signs\n"
    "among them; `tests/reference/README.md` has the generator). Compared are the parameters and\n"
    "every array of the state after every step, bit for bit, two NaN being equal. The counts are "
    "of\n"
    "elements that differ from the scalar reference of `src/rule`; the large tensor, of 4,099\n"
    "elements, is compared by a CRC of each array after each step, which counts as one. The "
    "OpenCL\n"
    "device, where the tensors lie at odd offsets of shared buffers, must have the bits of the\n"
    "scalar reference in every row, or `make check-reference` fails.\n"
    "\n"
    "A difference is allowed only where a row says why and how large it is: then the bounds on "
    "the\n"
    "parameters, in units in the last place after 1 and after 20 steps, are enforced.\n"
    "\n";

static const char devices[] =
    "## On other OpenCL implementations\n"
    "\n"
    "How the rows that have 0 on PoCL fare there, each bit of the device against the reference:\n"
    "\n"
    "* Oclgrind 21.10 (`make check-oclgrind`; the tensors but for the large one): all, although "
    "it\n"
    "  reports neither correctly rounded divide and sqrt nor fused multiply-add.\n"
    "* Mesa 25.0 rusticl on llvmpipe, LLVM 19 (`make check-rusticl`, on Debian 13): 124. Its "
    "threads\n"
    "  take subnormal numbers for zeros, as it reports, and lose the sign of some zeros; in 21 "
    "rows\n"
    "  elements differ for that (4 to 442 of a row). Most are means of gradients below 1.2e-38 "
    "(all\n"
    "  centred ones of PyTorch's kind, `sgd` with momentum, `adam`); in `torch` and\n"
    "  `bitsandbytes32` with decay, whose parameters have shrunk to 1e-30, a subnormal gradient "
    "is\n"
    "  not yet nothing. It does not report correctly rounded divide and sqrt either, but gave the\n"
    "  same bits.\n"
    "\n"
    "Frameworks that take subnormal numbers for zeros themselves (JAX, TensorFlow, MXNet) are\n"
    "compared likewise: the reference is given zeros for subnormal gradients, and what it makes\n"
    "counts as zero where it is subnormal.\n"
    "\n"
    "## Presets\n"
    "\n"
    "| preset | whose | checked |\n"
    "|---|---|---|\n";

static const char sources[] =
    "\n"
    "Presets \"from source\" have not been run; they are held against scalar functions "
    "written from the\n"
    "formulas of their sources (`tests/unit/sources.c`).\n";

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
            "%zu rows of %zu files: %zu with 0 of %zu elements different, %zu with stated\n"
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
