/* Prints headings, rows and legend for people, and warns if the machine was not steady. */
#include "cli/bench/table.h"

#include "cli/columns.h"
#include "cli/command.h"
#include "cli/terminal.h"

#include <math.h>
#include <string.h>
#include <sys/utsname.h>

void bench_print_machine(const clstep_device_info *device)
{
    struct utsname host;
    char clock[32] = "", system[160] = "";
    if (device->clock_mhz)
        snprintf(clock, sizeof clock, ", %u MHz", (unsigned)device->clock_mhz);
    if (uname(&host) == 0)
        snprintf(system, sizeof system, "; %s %s", host.sysname, host.machine);
    print_sentence("%s, %s, driver %s", device->platform_name, device->name,
                   device->driver_version);
    print_sentence("%u compute unit%s%s, %.1f GiB%s", (unsigned)device->compute_units,
                   plural(device->compute_units), clock,
                   (double)device->global_memory / 1073741824.0, system);
    fflush(stdout);
}

enum {
    RULE,
    BYTES,
    LIMIT,
    ARITHMETIC,
    UPDATE,
    SHARE,
    QUARTILES,
    AGAINST,
    RATE,
    LAUNCHES,
    HOST,
    FIRST,
    AGAIN,
    COLUMNS
};

static const table_column columns[COLUMNS] = {
    [RULE] = {"", "rule", -21, 0},          [BYTES] = {"bytes/", "elem.", 6, 9},
    [LIMIT] = {"limit", "GB/s", 7, 1},      [ARITHMETIC] = {"arith.", "GB/s", 7, 3},
    [UPDATE] = {"update", "GB/s", 7, 0},    [SHARE] = {"share of", "limit", 8, 0},
    [QUARTILES] = {"", "quartiles", 11, 2}, [AGAINST] = {"against", "base", 7, 4},
    [RATE] = {"million", "elem./s", 8, 8},  [LAUNCHES] = {"", "launches", 8, 6},
    [HOST] = {"host", "us", 8, 5},          [FIRST] = {"first", "step ms", 8, 7},
    [AGAIN] = {"again", "step ms", 8, 7},
};

void bench_print_heading(const bench_model *model, bool own_buffers)
{
    const table rows = table_fit(columns, COLUMNS);
    const size_t tensors = model->tensors.count;
    putchar('\n');
    print_sentence("%s: %zu elements in %zu tensor%s%s", model->name, model->elements, tensors,
                   plural(tensors), own_buffers ? ", each in buffers of its own" : "");
    putchar('\n');
    table_print_heading(&rows);
}

static void set_number(char *cell, int digits, double value)
{
    if (isfinite(value))
        snprintf(cell, TABLE_CELL, "%.*f", digits, value);
    else
        snprintf(cell, TABLE_CELL, "-");
}

void bench_print_row(const bench_result *result)
{
    const table rows = table_fit(columns, COLUMNS);
    table_cells cells;
    snprintf(cells[RULE], TABLE_CELL, "%.*s", TABLE_CELL - 1, result->rule);
    snprintf(cells[BYTES], TABLE_CELL, "%zu", bench_result_bytes(result));
    set_number(cells[LIMIT], 1, bench_result_gbps(result, result->limit));
    set_number(cells[ARITHMETIC], 1, bench_result_gbps(result, result->arithmetic));
    set_number(cells[UPDATE], 1, bench_result_gbps(result, result->update));
    set_number(cells[SHARE], 3, result->share.median);
    snprintf(cells[QUARTILES], TABLE_CELL, "%.2f-%.2f", result->share.low, result->share.high);
    set_number(cells[AGAINST], 3, *result->versus ? result->ratio.median : NAN);
    set_number(cells[RATE], 0, (double)result->elements / result->update * 1e-6);
    snprintf(cells[LAUNCHES], TABLE_CELL, "%zu", result->launches);
    set_number(cells[HOST], 0, result->host * 1e6);
    set_number(cells[FIRST], 0, result->first * 1e3);
    set_number(cells[AGAIN], 0, result->again * 1e3);
    table_print_row(&rows, cells);
}

/* ---- the legend ------------------------------------------------------------------------ */

/* Rows that move fewer bytes measure caches and launches, which always vary. */
enum { MEMORY_BOUND_MIB = 64 };

static bool is_memory_bound(const bench_result *result)
{
    return (double)result->elements * (double)bench_result_bytes(result) >=
           MEMORY_BOUND_MIB * 1048576.0;
}

void bench_print_legend(const bench_results *results)
{
    const table rows = table_fit(columns, COLUMNS);
    bool has_small = false;
    for (size_t i = 0; i < results->count; i++)
        has_small = has_small || !is_memory_bound(&results->of[i]);
    putchar('\n');
    if (has_small)
        print_sentence("Rows that move less than %d MiB measure caches and launches, not memory.",
                       MEMORY_BOUND_MIB);
    if (rows.shown[FIRST])
        print_sentence("first step: from an engine's creation to the end of its first step; "
                       "again: the same with the compiled kernels in the driver's cache.");
    print_sentence("clstep bench --help explains the columns.");
}

/* ---- the limit's own movement ---------------------------------------------------------- */

static const double allowed = 0.1;

static bool same_load(const bench_result *a, const bench_result *b)
{
    return a->elements == b->elements && bench_result_bytes(a) == bench_result_bytes(b);
}

/* How much the limit of this row's load moved, over all rows from this one on. */
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
        if (is_memory_bound(of))
            most = fmax(most, movement(results, i));
    }
    if (most > allowed)
        complain(EXIT_OK,
                 "the machine was not steady: the limit itself moved by %.0f %% during the "
                 "run; shares, which are taken within rounds, count more than GB/s",
                 most * 100);
}
