/* Times candidates in turn, and takes medians and quartiles. The callers know what a candidate
 * does. */
#include "cli/bench/rounds.h"

#include <stdlib.h>
#include <string.h>

enum { WARM_UP = 2, LEAST = 11, MOST = 201 };
static const double enough_seconds = 1;

static int time_one(const workplace *place, const bench_candidate *which, double *whole,
                    double *host)
{
    const double start = seconds_now();
    int code = which->enqueue(which->of);
    if (code != EXIT_OK)
        return code;
    const double enqueued = seconds_now();
    cl_int cl_code = clFinish(place->queue);
    if (cl_code != CL_SUCCESS)
        return complain_cl("clFinish", cl_code);
    *whole = seconds_now() - start;
    *host = enqueued - start;
    return EXIT_OK;
}

/* Each round begins with another candidate, so that none always runs behind the same one. */
static int run_round(const workplace *place, const bench_candidate *candidates, size_t count,
                     size_t round, size_t slot, bench_times *times)
{
    int code = EXIT_OK;
    for (size_t k = 0; code == EXIT_OK && k < count; k++) {
        const size_t which = (round + k) % count;
        code = time_one(place, &candidates[which], &times->whole[which][slot],
                        &times->host[which][slot]);
    }
    return code;
}

int bench_rounds_run(const workplace *place, const bench_candidate *candidates, size_t count,
                     size_t rounds, bench_times *times)
{
    double start = 0;
    int code = EXIT_OK;
    for (size_t i = 0; code == EXIT_OK && i < WARM_UP; i++) {
        start = seconds_now();
        code = run_round(place, candidates, count, i, 0, times);
    }
    times->rounds = rounds;
    if (rounds == 0) {
        const double fitting = enough_seconds / (seconds_now() - start);
        times->rounds = fitting < LEAST ? LEAST : fitting > MOST ? MOST : (size_t)fitting;
    }
    for (size_t i = 0; code == EXIT_OK && i < times->rounds; i++)
        code = run_round(place, candidates, count, i, i, times);
    return code;
}

/* ---- statistics ---------------------------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The quantile at `share`, by linear interpolation. */
static double quantile(const double *sorted, size_t count, double share)
{
    const double position = share * (double)(count - 1);
    const size_t below = (size_t)position;
    const size_t above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (position - (double)below) * (sorted[above] - sorted[below]);
}

bench_spread bench_spread_of(const double *values, size_t count)
{
    double sorted[BENCH_ROUNDS_MAX];
    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_doubles);
    return (bench_spread){quantile(sorted, count, 0.5), quantile(sorted, count, 0.25),
                          quantile(sorted, count, 0.75)};
}

bench_spread bench_ratio(const double *a, const double *b, size_t count)
{
    double ratios[BENCH_ROUNDS_MAX];
    for (size_t i = 0; i < count; i++)
        ratios[i] = a[i] / b[i];
    return bench_spread_of(ratios, count);
}
