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
    "\n"
    "Rows with clip norm or clip global_norm exist in pairs, since frameworks add the squares\n"
    "of a norm in other orders than clstep. In one row the framework clips by clstep's norm,\n"
    "which a copy of clstep's sum in NumPy has computed: reference and device must have the\n"
    "framework's bits. In the other row it clips by its own norm, which the data hold. The\n"
    "scalar reference clips by that norm too, and must have the framework's bits; the device\n"
    "clips by clstep's norm, and must have the bits of the scalar reference with that norm.\n"
    "The two norms may be 2 ulp apart. Below the tables stands how far they were.\n"
    "\n";

static const char devices[] =
    "## On other OpenCL implementations\n"
    "\n"
    "These numbers are those of PoCL on a CPU. The rows that do not differ were also compared on\n"
    "two other implementations of OpenCL:\n"
    "\n"
    "* Oclgrind 21.10 (`make check-oclgrind`, without the largest tensor): no row differs. It\n"
    "  reports neither correctly rounded divide and sqrt nor fused multiply-add.\n"
    "* Mesa 25.0 rusticl on llvmpipe, LLVM 19 (`make check-rusticl`, on Debian 13): of the 197\n"
    "  rows without clip, 145 do not differ. The device flushes subnormal numbers, as it\n"
    "  reports, and loses the sign of some zeros. For that reason 4 to 636 elements differ in\n"
    "  each of 52 rows. Most of them are means of gradients below 1.2e-38 (centred rows of\n"
    "  PyTorch's kind, `sgd` with momentum, `lion`, `adam` and its kin). In `torch` and\n"
    "  `bitsandbytes32` with decay, parameters have shrunk to 1e-30, where a subnormal gradient\n"
    "  still counts. The device does not report correctly rounded divide and sqrt, but gave the\n"
    "  same bits.\n"
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
static void write_parameters(FILE *to, const size_t different[2], const int64_t ulp[2], int end)
{
    if (different[end] == 0)
        fprintf(to, "no parameter after %d step%s", end ? STEPS : 1, end ? "s" : "");
    else
        fprintf(to, "%zu of %d parameters after %d step%s, by up to %lld ulp", different[end],
                ELEMENTS, end ? STEPS : 1, end ? "s" : "", (long long)ulp[end]);
}

static void write_difference(FILE *to, const result *one)
{
    const verdict *found = &one->scalar;
    fprintf(to, "* `%s`, %s%s%s: ", one->of.preset, one->of.switches, one->of.how[0] ? "; " : "",
            one->of.how);
    if (found->params_different[0] + found->params_different[1] == 0) {
        fprintf(to, "no parameter differs, but %zu elements of the state do", found->different);
    } else {
        write_parameters(to, found->params_different, found->ulp, 0);
        fputs("; ", to);
        write_parameters(to, found->params_different, found->ulp, 1);
    }
    fprintf(to, ". Reason: %s.\n", one->of.reason);
}

/* What the framework's norms change, if they have other bits than ours. */
static void write_norms(FILE *to, const result *one)
{
    const norm_verdict *found = &one->norms;
    fprintf(to,
            "* `%s`, %s; %s: %zu of %zu norms have the bits of clstep's, and all are within %lld "
            "ulp. With clstep's norms, ",
            one->of.preset, one->of.switches, one->of.how, found->equal, found->compared,
            (long long)found->ulp);
    write_parameters(to, found->params_different, found->params_ulp, 0);
    fputs("; ", to);
    write_parameters(to, found->params_different, found->params_ulp, 1);
    fputs(".\n", to);
}

static void write_section(FILE *to, const section *of)
{
    fprintf(to,
            "\n## %s\n\n`%s`, on %s.\n\n"
            "| preset | switches | run as | arrays x elements x steps | differ |\n"
            "|---|---|---|---|---|\n",
            of->framework, of->command, of->cpu);
    bool differences = false, other_norms = false;
    for (size_t i = 0; i < of->count; i++) {
        write_row(to, &of->results[i]);
        differences = differences || of->results[i].of.differs;
        other_norms = other_norms || has_other_norms(&of->results[i]);
    }
    if (differences)
        fprintf(to, "\nWhere they differ:\n\n");
    for (size_t i = 0; i < of->count; i++) {
        if (of->results[i].of.differs)
            write_difference(to, &of->results[i]);
    }
    if (other_norms)
        fprintf(to, "\nWhere the framework's own norms have other bits, parameters differ on the "
                    "device:\n\n");
    for (size_t i = 0; i < of->count; i++) {
        if (has_other_norms(&of->results[i]))
            write_norms(to, &of->results[i]);
    }
}

static void write_sum(FILE *to, const section *sections, size_t count)
{
    size_t rows = 0, equal = 0, compared = 0, other_norms = 0;
    for (size_t s = 0; s < count; s++) {
        for (size_t i = 0; i < sections[s].count; i++) {
            const result *one = &sections[s].results[i];
            rows++;
            other_norms += has_other_norms(one);
            if (one->of.differs || one->scalar.different > 0 || has_other_norms(one))
                continue;
            equal++;
            compared += one->scalar.compared;
        }
    }
    fprintf(
        to,
        "%zu rows of %zu files: in %zu rows 0 of %zu elements differ, %zu have stated "
        "differences.\n\n"
        "In the other %zu rows the framework clips by norms of its own. 0 elements differ if\n"
        "the scalar reference takes these norms too; on the device, which does not, some do.\n\n",
        rows, count, equal, compared, rows - equal - other_norms, other_norms);
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
