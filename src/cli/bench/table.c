/* Prints headings and rows for people, and warns where the machine was not steady. */
#include "cli/bench/table.h"

#include <math.h>
#include <string.h>
#include <sys/utsname.h>

void bench_print_machine(const clstep_device_info *device)
{
    struct utsname host;
    printf("%s, %s, driver %s\n%u compute units", device->platform_name, device->name,
           device->driver_version, (unsigned)device->compute_units);
    if (device->clock_mhz)
        printf(", %u MHz", (unsigned)device->clock_mhz);
    printf(", %.1f GiB", (double)device->global_memory / 1073741824.0);
    if (uname(&host) == 0)
        printf("; %s %s", host.sysname, host.machine);
    putchar('\n');
    fflush(stdout);
}

void bench_print_heading(const bench_model *model, bool own_buffers)
{
    const size_t tensors = model->tensors.count;
    printf("\n%s: %zu elements in %zu tensor%s%s\n\n", model->name, model->elements, tensors,
           tensors == 1 ? "" : "s", own_buffers ? ", each in buffers of its own" : "");
    printf("%-21s %6s %7s %7s %7s %8s %11s %7s %8s %8s %8s %8s %8s\n", "", "bytes/", "limit",
           "arith.", "update", "share of", "", "against", "elements", "", "host", "first", "again");
    printf("%-21s %6s %7s %7s %7s %8s %11s %7s %8s %8s %8s %8s %8s\n", "rule", "elem.", "GB/s",
           "GB/s", "GB/s", "limit", "quartiles", "it", "1e6/s", "launches", "us", "ms", "ms");
    fflush(stdout);
}

static void print_number(int width, int digits, double value)
{
    if (isfinite(value))
        printf(" %*.*f", width, digits, value);
    else
        printf(" %*s", width, "-");
}

void bench_print_row(const bench_result *result)
{
    printf("%-21s %6zu %7.1f", result->rule, bench_result_bytes(result),
           bench_result_gbps(result, result->limit));
    print_number(7, 1, bench_result_gbps(result, result->arithmetic));
    printf(" %7.1f %8.3f %6.2f-%.2f", bench_result_gbps(result, result->update),
           result->share.median, result->share.low, result->share.high);
    if (*result->versus)
        printf(" %7.3f", result->ratio.median);
    else
        printf(" %7s", "-");
    printf(" %8.0f %8zu %8.0f", (double)result->elements / result->update * 1e-6, result->launches,
           result->host * 1e6);
    print_number(8, 0, result->first * 1e3);
    print_number(8, 0, result->again * 1e3);
    putchar('\n');
    fflush(stdout);
}

/* ---- the limit's own movement ---------------------------------------------------------- */

/* Below this many bytes the caches and the launch are measured, which vary anyhow. */
static const double memory_bound = 1 << 26;
static const double allowed = 0.1;

static bool same_load(const bench_result *a, const bench_result *b)
{
    return a->elements == b->elements && bench_result_bytes(a) == bench_result_bytes(b);
}

/* By how much the limit of this row's load moved, over all rows from this one on. */
static double movement(const bench_results *results, size_t first)
{
    const bench_result *of = &results->of[first];
    double low = of->limit, high = of->limit, most = of->limit_moved;
    for (size_t i = first; i < results->count; i++) {
        const bench_result *other = &results->of[i];
        if (!same_load(of, other))
            continue;
        low = fmin(low, other->limit);
        high = fmax(high, other->limit);
        most = fmax(most, other->limit_moved);
    }
    return fmax(most, high / low - 1);
}

void bench_warn_of_drift(const bench_results *results)
{
    double most = 0;
    for (size_t i = 0; i < results->count; i++) {
        const bench_result *of = &results->of[i];
        if ((double)of->elements * (double)bench_result_bytes(of) >= memory_bound)
            most = fmax(most, movement(results, i));
    }
    if (most > allowed)
        complain(EXIT_OK,
                 "the machine was not steady: the limit itself moved by %.0f %% during the "
                 "run; shares, which are taken within rounds, count more than GB/s",
                 most * 100);
}
