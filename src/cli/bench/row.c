/* Measures a row: opens all that takes part, times it in rounds, and reduces the times to
 * results. */
#include "cli/bench/row.h"

#include "cli/bench/buffers.h"
#include "cli/bench/step.h"
#include "cli/bench/unfused.h"

#include <math.h>
#include <stdlib.h>

/* The first candidates of a row. Behind them are the limit's variants with roots, if any, and what
 * the update is compared with: one flat tensor, the same in fp32, or unfused updates, only one of
 * these kinds in a row. */
enum { UPDATE, LIMITS, ROOTS = LIMITS + LIMIT_VARIANTS };

typedef struct row {
    const bench_options *options;
    bench_buffers buffers;
    bench_step update;
    bench_step flat; /* the same elements as one tensor, unless that is the model */
    limit_set limits;
    bench_unfused unfused;
    bench_workload workload_in_fp32; /* for a flat model in another format: the same in fp32 */
    bench_buffers buffers_in_fp32;
    bench_step in_fp32;
    bool has_flat, has_unfused, has_fp32;
    double first, again;
    bench_candidate candidates[BENCH_CANDIDATES_MAX];
    size_t count;
    size_t beside; /* the first of those beside the update */
    bench_times times;
    double arithmetic; /* median seconds of the fastest with roots, or NAN */
} row;

/* ---- what takes part ----------------------------------------------------------------------- */

static int enqueue_variant(void *variant)
{
    return limit_enqueue(variant);
}

static void add_candidate(row *of, int (*enqueue)(void *), void *what)
{
    of->candidates[of->count++] = (bench_candidate){enqueue, what};
}

/* Opens the step twice: the second one finds its kernels in the driver's cache. */
static int open_steps(row *of)
{
    const clstep_engine_options *launch = &of->options->launch;
    double ignored;
    int code = bench_step_open(&of->update, &of->buffers, launch, false, &of->first);
    if (code != EXIT_OK)
        return code;
    bench_step_close(&of->update);
    code = bench_step_open(&of->update, &of->buffers, launch, false, &of->again);
    if (code == EXIT_OK && of->has_flat)
        code = bench_step_open(&of->flat, &of->buffers, launch, true, &ignored);
    return code;
}

static int open_limit(row *of)
{
    limit_load load;
    int code = bench_step_load(of->has_flat ? &of->flat : &of->update, &load);
    return code == EXIT_OK ? limit_open(&of->limits, of->buffers.place, &load) : code;
}

static int open_in_fp32(row *of, const workplace *place)
{
    double ignored;
    int code = bench_buffers_open(&of->buffers_in_fp32, place, of->buffers.model,
                                  &of->workload_in_fp32, false);
    return code == EXIT_OK ? bench_step_open(&of->in_fp32, &of->buffers_in_fp32,
                                             &of->options->launch, false, &ignored)
                           : code;
}

static int open_row(row *of, const workplace *place, const bench_model *model,
                    const bench_workload *workload)
{
    int code = bench_buffers_open(&of->buffers, place, model, workload, of->options->own_buffers);
    if (code == EXIT_OK)
        code = open_steps(of);
    if (code == EXIT_OK)
        code = open_limit(of);
    if (code == EXIT_OK && of->has_unfused)
        code = bench_unfused_open(&of->unfused, place, &workload->rule, of->buffers.flat[0],
                                  of->buffers.flat[1], model->elements);
    if (code == EXIT_OK && of->has_fp32)
        code = open_in_fp32(of, place);
    if (code != EXIT_OK)
        return code;
    add_candidate(of, bench_step_enqueue, &of->update);
    for (size_t i = 0; i < LIMIT_VARIANTS; i++)
        add_candidate(of, enqueue_variant, &of->limits.variants[i]);
    for (size_t i = 0; i < of->limits.root_count; i++)
        add_candidate(of, enqueue_variant, &of->limits.roots[i]);
    of->beside = of->count;
    if (of->has_flat)
        add_candidate(of, bench_step_enqueue, &of->flat);
    if (of->has_fp32)
        add_candidate(of, bench_step_enqueue, &of->in_fp32);
    for (size_t i = 0; of->has_unfused && i < BENCH_UNFUSED_VARIANTS; i++)
        add_candidate(of, of->unfused.variants[i].enqueue, &of->unfused.variants[i]);
    return EXIT_OK;
}

static void close_row(row *of)
{
    bench_step_close(&of->in_fp32);
    bench_buffers_close(&of->buffers_in_fp32);
    bench_unfused_close(&of->unfused);
    limit_close(&of->limits);
    bench_step_close(&of->flat);
    bench_step_close(&of->update);
    bench_buffers_close(&of->buffers);
}

/* ---- what it comes to ---------------------------------------------------------------------- */

static double median(const double *values, size_t count)
{
    return bench_spread_of(values, count).median;
}

/* The fastest of `count` variants, from candidate `first` on; 0 if there are none. A variant that
 * leaves out a few elements at the end gets the time that it would take with them. */
static size_t fastest_variant(row *of, size_t first, const limit_variant *variants, size_t count)
{
    size_t best = 0;
    double shortest = INFINITY;
    for (size_t i = 0; i < count; i++) {
        double *seconds = of->times.whole[first + i];
        for (size_t k = 0; k < of->times.rounds; k++)
            seconds[k] /= variants[i].share;
        const double taken = median(seconds, of->times.rounds);
        if (taken < shortest) {
            shortest = taken;
            best = i;
        }
    }
    return best;
}

/* The limit of arithmetic: a large update that divides by a root cannot be faster. */
static double arithmetic(row *of)
{
    const size_t count = of->limits.root_count;
    const size_t best = fastest_variant(of, ROOTS, of->limits.roots, count);
    return count ? median(of->times.whole[ROOTS + best], of->times.rounds) : NAN;
}

static double least(const double *values, size_t count)
{
    double found = values[0];
    for (size_t i = 1; i < count; i++)
        found = fmin(found, values[i]);
    return found;
}

static double best_limit(const row *of)
{
    double found = INFINITY;
    for (size_t i = 0; i < LIMIT_VARIANTS; i++)
        found = fmin(found, least(of->times.whole[LIMITS + i], of->times.rounds));
    return found;
}

/* How much slower one half of the rounds was than the other. */
static double moved(const double *seconds, size_t rounds)
{
    const size_t half = rounds / 2;
    if (half == 0)
        return 0;
    const double ratio = median(seconds, half) / median(seconds + half, rounds - half);
    return (ratio > 1 ? ratio : 1 / ratio) - 1;
}

static bench_result common_result(const row *of, size_t variant)
{
    const bench_workload *workload = of->buffers.workload;
    const bench_model *model = of->buffers.model;
    const double *limit = of->times.whole[LIMITS + variant];
    bench_result result = {.param = workload->param,
                           .grad = workload->grad,
                           .state = workload->state,
                           .elements = model->elements,
                           .tensors = model->tensors.count,
                           .own_buffers = of->options->own_buffers,
                           .rounds = of->times.rounds,
                           .states = workload->states,
                           .limit_variant = of->limits.variants[variant].name,
                           .limit = median(limit, of->times.rounds),
                           .arithmetic = of->arithmetic,
                           .best_limit = best_limit(of),
                           .limit_moved = moved(limit, of->times.rounds),
                           .versus = "",
                           .ratio = {1, 1, 1},
                           .first = NAN,
                           .again = NAN};
    snprintf(result.model, sizeof result.model, "%s", model->name);
    return result;
}

static void set_times(bench_result *result, const row *of, size_t variant, size_t candidate)
{
    const size_t rounds = of->times.rounds;
    result->update = median(of->times.whole[candidate], rounds);
    result->best_update = least(of->times.whole[candidate], rounds);
    result->host = median(of->times.host[candidate], rounds);
    result->share =
        bench_ratio(of->times.whole[LIMITS + variant], of->times.whole[candidate], rounds);
}

static int add_update(row *of, size_t variant, bench_results *results)
{
    bench_result result = common_result(of, variant);
    snprintf(result.rule, sizeof result.rule, "%s", of->buffers.workload->name);
    set_times(&result, of, variant, UPDATE);
    if (of->has_flat || of->has_fp32) {
        result.versus = of->has_flat ? "flat" : "fp32";
        result.ratio =
            bench_ratio(of->times.whole[of->beside], of->times.whole[UPDATE], of->times.rounds);
    }
    result.launches = clstep_optimizer_launches(of->update.optimizer);
    result.first = of->first;
    result.again = of->again;
    return bench_results_add(results, &result);
}

static int add_unfused(row *of, size_t variant, size_t which, bench_results *results)
{
    const size_t candidate = of->beside + which;
    bench_result result = common_result(of, variant);
    snprintf(result.rule, sizeof result.rule, "%s", of->unfused.variants[which].name);
    set_times(&result, of, variant, candidate);
    result.versus = "fused";
    result.ratio =
        bench_ratio(of->times.whole[UPDATE], of->times.whole[candidate], of->times.rounds);
    result.launches = of->unfused.variants[which].launches;
    return bench_results_add(results, &result);
}

static int evaluate(row *of, bench_results *results)
{
    const size_t variant = fastest_variant(of, LIMITS, of->limits.variants, LIMIT_VARIANTS);
    of->arithmetic = arithmetic(of);
    int code = bench_buffers_check(&of->buffers);
    if (code == EXIT_OK)
        code = add_update(of, variant, results);
    for (size_t i = 0; code == EXIT_OK && of->has_unfused && i < BENCH_UNFUSED_VARIANTS; i++)
        code = add_unfused(of, variant, i, results);
    return code;
}

/* Reserves memory for both while their buffers are made. */
static void *reserve_both(const workplace *place, const bench_model *model, const bench_workload *a,
                          const bench_workload *b)
{
    return bench_buffers_reserve(place,
                                 bench_buffers_bytes(model, a) + bench_buffers_bytes(model, b));
}

int bench_row_measure(const bench_options *options, const workplace *place,
                      const bench_model *model, const bench_workload *workload,
                      bench_results *results)
{
    row *of = calloc(1, sizeof *of);
    if (!of)
        return complain_memory();
    const bool is_flat = bench_model_is_flat(model);
    of->options = options;
    of->has_flat = !is_flat || options->own_buffers;
    of->has_unfused = options->peers && is_flat && bench_workload_is_plain(workload);
    of->workload_in_fp32 = bench_workload_in_fp32(workload);
    int code = EXIT_OK;
    if (!of->has_flat && !bench_workload_is_fp32(workload))
        code = bench_buffers_fit(place, model, &of->workload_in_fp32, &of->has_fp32);
    void *reserve =
        of->has_fp32 ? reserve_both(place, model, workload, &of->workload_in_fp32) : NULL;
    if (code == EXIT_OK)
        code = open_row(of, place, model, workload);
    free(reserve);
    if (code == EXIT_OK)
        code = bench_rounds_run(place, of->candidates, of->count, options->rounds, &of->times);
    if (code == EXIT_OK)
        code = evaluate(of, results);
    close_row(of);
    free(of);
    return code;
}
