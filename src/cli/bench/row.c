#include "cli/bench/row.h"

#include "cli/bench/bed.h"
#include "cli/bench/pieces.h"
#include "cli/bench/step.h"
#include "cli/bench/unfused.h"

#include <math.h>
#include <stdlib.h>

/* The first contenders of a row; the limit's with roots follow, if it has any, and what stands
 * beside the update: a flat one, the same in fp32 or unfused ones, which never meet. */
enum { UPDATE, FORMS, ROOTS = FORMS + LIMIT_FORMS };

typedef struct row {
    const bench_options *options;
    bench_bed bed;
    bench_step update;
    bench_step flat; /* the same elements as one tensor, unless that is the model */
    limit_set limits;
    bench_unfused unfused;
    bench_contest contest_in_fp32; /* a flat model's in another format beside the same in fp32 */
    bench_bed bed_in_fp32;
    bench_step in_fp32;
    bool has_flat, has_unfused, has_fp32;
    double first, again;
    bench_contender contenders[BENCH_CONTENDERS_MAX];
    size_t count;
    size_t beside; /* the first of those beside the update */
    bench_times times;
    double arithmetic; /* median seconds of the fastest with roots, or NAN */
} row;

/* ---- what takes part ----------------------------------------------------------------------- */

static int enqueue_form(void *form)
{
    return limit_enqueue(form);
}

static void add_contender(row *of, int (*enqueue)(void *), void *what)
{
    of->contenders[of->count++] = (bench_contender){enqueue, what};
}

/* Twice: the first may find nothing in the driver's cache, the second finds what the first left. */
static int open_steps(row *of)
{
    const clstep_engine_options *launch = &of->options->launch;
    double ignored;
    int code = bench_step_open(&of->update, &of->bed, launch, false, &of->first);
    if (code != EXIT_OK)
        return code;
    bench_step_close(&of->update);
    code = bench_step_open(&of->update, &of->bed, launch, false, &of->again);
    if (code == EXIT_OK && of->has_flat)
        code = bench_step_open(&of->flat, &of->bed, launch, true, &ignored);
    return code;
}

static int open_limit(row *of)
{
    limit_load load;
    int code =
        bench_bed_load(&of->bed, of->has_flat ? of->flat.optimizer : of->update.optimizer, &load);
    return code == EXIT_OK ? limit_open(&of->limits, of->bed.place, &load) : code;
}

static int open_in_fp32(row *of, const workplace *place)
{
    double ignored;
    int code = bench_bed_open(&of->bed_in_fp32, place, of->bed.model, &of->contest_in_fp32, false);
    return code == EXIT_OK ? bench_step_open(&of->in_fp32, &of->bed_in_fp32, &of->options->launch,
                                             false, &ignored)
                           : code;
}

static int open_row(row *of, const workplace *place, const bench_model *model,
                    const bench_contest *contest)
{
    int code = bench_bed_open(&of->bed, place, model, contest, of->options->own_buffers);
    if (code == EXIT_OK)
        code = open_steps(of);
    if (code == EXIT_OK)
        code = open_limit(of);
    if (code == EXIT_OK && of->has_unfused)
        code = bench_unfused_open(&of->unfused, place, &contest->rule, of->bed.flat[0],
                                  of->bed.flat[1], model->elements);
    if (code == EXIT_OK && of->has_fp32)
        code = open_in_fp32(of, place);
    if (code != EXIT_OK)
        return code;
    add_contender(of, bench_step_enqueue, &of->update);
    for (size_t i = 0; i < LIMIT_FORMS; i++)
        add_contender(of, enqueue_form, &of->limits.forms[i]);
    for (size_t i = 0; i < of->limits.root_count; i++)
        add_contender(of, enqueue_form, &of->limits.roots[i]);
    of->beside = of->count;
    if (of->has_flat)
        add_contender(of, bench_step_enqueue, &of->flat);
    if (of->has_fp32)
        add_contender(of, bench_step_enqueue, &of->in_fp32);
    for (size_t i = 0; of->has_unfused && i < BENCH_UNFUSED_FORMS; i++)
        add_contender(of, of->unfused.forms[i].enqueue, &of->unfused.forms[i]);
    return EXIT_OK;
}

static void close_row(row *of)
{
    bench_step_close(&of->in_fp32);
    bench_bed_close(&of->bed_in_fp32);
    bench_unfused_close(&of->unfused);
    limit_close(&of->limits);
    bench_step_close(&of->flat);
    bench_step_close(&of->update);
    bench_bed_close(&of->bed);
}

/* ---- what it comes to ---------------------------------------------------------------------- */

static double median(const double *values, size_t count)
{
    return bench_spread_of(values, count).median;
}

/* The fastest of `count` forms, the first of which is contender `first`; 0 of none. A form that
 * leaves out a few elements at the end would take so much longer with them. */
static size_t fastest_form(row *of, size_t first, const limit_form *forms, size_t count)
{
    size_t best = 0;
    double shortest = INFINITY;
    for (size_t i = 0; i < count; i++) {
        double *seconds = of->times.whole[first + i];
        for (size_t k = 0; k < of->times.rounds; k++)
            seconds[k] /= forms[i].share;
        const double taken = median(seconds, of->times.rounds);
        if (taken < shortest) {
            shortest = taken;
            best = i;
        }
    }
    return best;
}

/* What no large update can be faster than that divides by a square root. */
static double arithmetic(row *of)
{
    const size_t count = of->limits.root_count;
    const size_t best = fastest_form(of, ROOTS, of->limits.roots, count);
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
    for (size_t i = 0; i < LIMIT_FORMS; i++)
        found = fmin(found, least(of->times.whole[FORMS + i], of->times.rounds));
    return found;
}

/* How much slower the slower half of the rounds was. */
static double moved(const double *seconds, size_t rounds)
{
    const size_t half = rounds / 2;
    if (half == 0)
        return 0;
    const double ratio = median(seconds, half) / median(seconds + half, rounds - half);
    return (ratio > 1 ? ratio : 1 / ratio) - 1;
}

static bench_result common_result(const row *of, size_t form)
{
    const bench_contest *contest = of->bed.contest;
    const bench_model *model = of->bed.model;
    const double *limit = of->times.whole[FORMS + form];
    bench_result result = {.param = contest->param,
                           .grad = contest->grad,
                           .state = contest->state,
                           .elements = model->elements,
                           .tensors = model->tensors.count,
                           .own_buffers = of->options->own_buffers,
                           .rounds = of->times.rounds,
                           .states = contest->states,
                           .limit_form = of->limits.forms[form].name,
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

static void set_times(bench_result *result, const row *of, size_t form, size_t contender)
{
    const size_t rounds = of->times.rounds;
    result->update = median(of->times.whole[contender], rounds);
    result->best_update = least(of->times.whole[contender], rounds);
    result->host = median(of->times.host[contender], rounds);
    result->share = bench_ratio(of->times.whole[FORMS + form], of->times.whole[contender], rounds);
}

static int add_update(row *of, size_t form, bench_results *results)
{
    bench_result result = common_result(of, form);
    snprintf(result.rule, sizeof result.rule, "%s", of->bed.contest->name);
    set_times(&result, of, form, UPDATE);
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

static int add_unfused(row *of, size_t form, size_t which, bench_results *results)
{
    const size_t contender = of->beside + which;
    bench_result result = common_result(of, form);
    snprintf(result.rule, sizeof result.rule, "%s", of->unfused.forms[which].name);
    set_times(&result, of, form, contender);
    result.versus = "fused";
    result.ratio =
        bench_ratio(of->times.whole[UPDATE], of->times.whole[contender], of->times.rounds);
    result.launches = of->unfused.forms[which].launches;
    return bench_results_add(results, &result);
}

static int evaluate(row *of, bench_results *results)
{
    const size_t form = fastest_form(of, FORMS, of->limits.forms, LIMIT_FORMS);
    of->arithmetic = arithmetic(of);
    int code = bench_bed_check(&of->bed);
    if (code == EXIT_OK)
        code = add_update(of, form, results);
    for (size_t i = 0; code == EXIT_OK && of->has_unfused && i < BENCH_UNFUSED_FORMS; i++)
        code = add_unfused(of, form, i, results);
    return code;
}

/* While the buffers of both are made. */
static void *hold_pieces(const workplace *place, const bench_model *model, const bench_contest *a,
                         const bench_contest *b)
{
    return bench_pieces_hold(place, bench_bed_bytes(model, a) + bench_bed_bytes(model, b));
}

int bench_row_measure(const bench_options *options, const workplace *place,
                      const bench_model *model, const bench_contest *contest,
                      bench_results *results)
{
    row *of = calloc(1, sizeof *of);
    if (!of)
        return complain(EXIT_FAILED, "out of memory");
    const bool is_flat = bench_model_is_flat(model);
    of->options = options;
    of->has_flat = !is_flat || options->own_buffers;
    of->has_unfused = options->peers && is_flat && bench_contest_is_plain(contest);
    of->contest_in_fp32 = bench_contest_in_fp32(contest);
    int code = EXIT_OK;
    if (!of->has_flat && !bench_contest_is_fp32(contest))
        code = bench_bed_fits(place, model, &of->contest_in_fp32, &of->has_fp32);
    void *pieces = of->has_fp32 ? hold_pieces(place, model, contest, &of->contest_in_fp32) : NULL;
    if (code == EXIT_OK)
        code = open_row(of, place, model, contest);
    free(pieces);
    if (code == EXIT_OK)
        code = bench_rounds_run(place, of->contenders, of->count, options->rounds, &of->times);
    if (code == EXIT_OK)
        code = evaluate(of, results);
    close_row(of);
    free(of);
    return code;
}
