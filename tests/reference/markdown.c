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
    "counts the elements that differ. The largest tensor has 4,099 of the 4,236 elements. The\n"
    "data have a CRC-32 of each of its arrays after each step: if all its elements agree, the\n"
    "CRC agrees; a CRC that differs counts as one element that differs. In the column\n"
    "\"switches\", \"as it is\" stands for the preset without a change.\n"
    "\n"
    "The OpenCL device makes the same steps, with the tensors at odd offsets of shared\n"
    "buffers. It must give the bits of the scalar reference in every row, or `make\n"
    "check-reference` fails.\n"
    "\n"
    "A row may differ only if its data file states a reason, and bounds on the parameters\n"
    "after 1 and after 20 steps. `make check-reference` enforces the bounds. They count ulp:\n"
    "how many fp32 numbers two results are apart. Near 0 these numbers lie close together, so\n"
    "a parameter that comes near 0 can be many ulp off in one step, and fewer in a later one.\n"
    "\n";

static const char devices[] =
    "## On other OpenCL implementations\n"
    "\n"
    "These numbers are those of PoCL on a CPU. The rows that do not differ were also compared on\n"
    "two other implementations of OpenCL:\n"
    "\n"
    "* Oclgrind 21.10 (`make check-oclgrind`, without the largest tensor): no row differs. It\n"
    "  reports neither correctly rounded divide and sqrt nor fused multiply-add.\n"
    "* Mesa 25.0 rusticl on llvmpipe, LLVM 19 (`make check-rusticl`, on Debian 13): 145 of\n"
    "  197 rows do not differ. The device flushes subnormal numbers, as it reports, and loses\n"
    "  the sign of some zeros. For that reason 4 to 636 elements differ in each of 52 rows. Most\n"
    "  of them are means of gradients below 1.2e-38 (centred rows of PyTorch's kind, `sgd` with\n"
    "  momentum, `lion`, `adam` and its kin). In `torch` and `bitsandbytes32` with decay,\n"
    "  parameters have shrunk to 1e-30, where a\n"
    "  subnormal gradient still counts. The device does not report correctly rounded divide\n"
    "  and sqrt, but gave the same bits.\n"
    "\n"
    "JAX, TensorFlow and MXNet flush subnormal numbers to 0 themselves. For their rows the\n"
    "reference gets zeros for subnormal gradients, and its subnormal results count as zero.\n"
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

/* The parameters that differ after 1 step (end 0) or after 20 (end 1). */
static void write_parameters(FILE *to, const verdict *found, int end)
{
    if (found->params_different[end] == 0)
        fprintf(to, "no parameter after %d step%s", end ? STEPS : 1, end ? "s" : "");
    else
        fprintf(to, "%zu of %d parameters after %d step%s, by up to %lld ulp",
                found->params_different[end], ELEMENTS, end ? STEPS : 1, end ? "s" : "",
                (long long)found->ulp[end]);
}

static void write_difference(FILE *to, const result *one)
{
    const verdict *found = &one->scalar;
    fprintf(to, "* `%s`, %s%s%s: ", one->of.preset, one->of.switches, one->of.how[0] ? "; " : "",
            one->of.how);
    if (found->params_different[0] + found->params_different[1] == 0) {
        fprintf(to, "no parameter differs, but %zu elements of the state do", found->different);
    } else {
        write_parameters(to, found, 0);
        fputs("; ", to);
        write_parameters(to, found, 1);
    }
    fprintf(to, ". Reason: %s.\n", one->of.reason);
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
