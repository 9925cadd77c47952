#include "cli/bench_measure.h"

#include <stdlib.h>
#include <string.h>

/* Seconds of every round. */
typedef struct {
    double limit[YARDSTICK_FORMS][BENCH_REPEATS_MAX];
    double update[BENCH_REPEATS_MAX];
} times;

enum { WARM_UP = 2 };

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The value below which `share` of the values lie, between neighbours in proportion. */
static double quantile(const double *values, size_t count, double share)
{
    double sorted[BENCH_REPEATS_MAX];
    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_doubles);
    const double position = share * (double)(count - 1);
    const size_t below = (size_t)position;
    const size_t above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (position - (double)below) * (sorted[above] - sorted[below]);
}

/* Both are timed from enqueue to finish, as a caller sees them. */
static int time_update(clstep_optimizer *optimizer, const workplace *place, double *seconds)
{
    const double start = seconds_now();
    clstep_status status = clstep_optimizer_step(optimizer, place->queue, NULL, 0, NULL, NULL);
    if (status != CLSTEP_OK)
        return complain_status(status);
    cl_int code = clFinish(place->queue);
    if (code != CL_SUCCESS)
        return complain_cl("clFinish", code);
    *seconds = seconds_now() - start;
    return EXIT_OK;
}

static int time_limit(const yardstick *stick, size_t form, const workplace *place, double *seconds)
{
    const double start = seconds_now();
    cl_int code = clEnqueueNDRangeKernel(place->queue, stick->kernels[form], 1, NULL,
                                         &stick->global[form], NULL, 0, NULL, NULL);
    if (code != CL_SUCCESS)
        return complain_cl("clEnqueueNDRangeKernel", code);
    code = clFinish(place->queue);
    if (code != CL_SUCCESS)
        return complain_cl("clFinish", code);
    *seconds = seconds_now() - start;
    return EXIT_OK;
}

/* One round: the update and every form, beginning with another in every round, so that none always
 * stands behind the same. */
static int run_round(size_t round, const workplace *place, clstep_optimizer *optimizer,
                     const yardstick *stick, times *taken)
{
    const size_t slot = round < WARM_UP ? 0 : round - WARM_UP;
    for (size_t k = 0; k <= YARDSTICK_FORMS; k++) {
        const size_t which = (round + k) % (YARDSTICK_FORMS + 1);
        int code = which == YARDSTICK_FORMS
                       ? time_update(optimizer, place, &taken->update[slot])
                       : time_limit(stick, which, place, &taken->limit[which][slot]);
        if (code != EXIT_OK)
            return code;
    }
    return EXIT_OK;
}

static void evaluate(const times *taken, size_t rounds, bench_result *result)
{
    *result = (bench_result){.update = quantile(taken->update, rounds, 0.5)};
    for (size_t form = 0; form < YARDSTICK_FORMS; form++) {
        const double median = quantile(taken->limit[form], rounds, 0.5);
        if (form == 0 || median < result->limit) {
            result->form = form;
            result->limit = median;
        }
    }
    double share[BENCH_REPEATS_MAX];
    for (size_t i = 0; i < rounds; i++)
        share[i] = taken->limit[result->form][i] / taken->update[i];
    result->share = quantile(share, rounds, 0.5);
    result->share_low = quantile(share, rounds, 0.25);
    result->share_high = quantile(share, rounds, 0.75);
}

/* The machine's speed drifts: only what runs in one round can be compared. */
int bench_measure(const bench_options *of, const workplace *place, clstep_optimizer *optimizer,
                  const yardstick *stick, bench_result *result)
{
    times *taken = calloc(1, sizeof *taken);
    if (!taken)
        return complain(EXIT_FAILED, "out of memory");
    int code = EXIT_OK;
    for (size_t round = 0; code == EXIT_OK && round < of->repeats + WARM_UP; round++)
        code = run_round(round, place, optimizer, stick, taken);
    if (code == EXIT_OK)
        evaluate(taken, of->repeats, result);
    free(taken);
    return code;
}
