/* clstep_tune(): checks that each candidate of search.c gives the same bits as the default, and
 * measures it against the best so far. */
#include <clstep/tuning.h>

#include "base/error.h"
#include "base/sized.h"
#include "device/failure.h"
#include "engine/engine.h"
#include "tuning/compare_bits.h"
#include "tuning/measure.h"
#include "tuning/search.h"

#include <string.h>

static const char call[] = "clstep_tune";

enum { ROUNDS = 9, ROUNDS_LEAST = 3 };

/* A candidate becomes the best only if it is this much faster: two equal runs differ by about 1 %.
 */
static const double least_gain = 1.02;

typedef struct {
    clstep__tune_bench bench;
    const clstep_tune_options *options; /* or NULL */
    clstep__tune_search search;
    clstep_engine_options best;
    clstep__tune_runner best_runner;
    unsigned char digest[CLSTEP__SHA256_SIZE];
    clstep_tune_summary summary;
} tuner;

/* ---- a trial */

/* The launch parameters of an engine, all of them set. */
static clstep_engine_options launch_of(const clstep_engine *engine)
{
    clstep_engine_options launch = CLSTEP_ENGINE_OPTIONS_INIT;
    launch.vector_width = engine->width;
    launch.access = engine->aligned ? CLSTEP_ACCESS_ALIGNED : CLSTEP_ACCESS_UNALIGNED;
    launch.work_group_size = engine->group_size;
    launch.chunk_elements = engine->chunk_elements;
    return launch;
}

static void report(tuner *of, const clstep_engine_options *launch, clstep_tune_outcome outcome,
                   const clstep__tune_times *times)
{
    const clstep_tune_trial trial = {.size = sizeof trial,
                                     .index = of->summary.trials,
                                     .trials = clstep__tune_search_most(&of->search),
                                     .launch = launch,
                                     .outcome = outcome,
                                     .seconds = times->new_seconds,
                                     .gain = times->gain};
    of->summary.trials++;
    of->summary.differing += outcome == CLSTEP_TUNE_DIFFERS;
    of->summary.failed += outcome == CLSTEP_TUNE_FAILED;
    if (of->options && of->options->report)
        of->options->report(&trial, of->options->data);
}

static clstep_tune_outcome judge(tuner *of, const clstep__tune_runner *runner,
                                 clstep__tune_times *times)
{
    unsigned char digest[CLSTEP__SHA256_SIZE];
    if (clstep__tune_digest(&of->bench, runner->engine, digest) != CLSTEP_OK)
        return CLSTEP_TUNE_FAILED;
    if (memcmp(digest, of->digest, sizeof digest) != 0)
        return CLSTEP_TUNE_DIFFERS;
    /* measure a faster candidate twice: other programs may have run */
    for (int look = 0; look < 2; look++) {
        if (clstep__tune_measure(&of->bench, &of->best_runner, runner, times) != CLSTEP_OK)
            return CLSTEP_TUNE_FAILED;
        if (times->gain <= least_gain)
            return CLSTEP_TUNE_NOT_FASTER;
    }
    return CLSTEP_TUNE_FASTER;
}

/* For the search. A candidate that cannot be built or launched is skipped. */
static clstep__tune_result try_launch(const clstep_engine_options *launch, void *data)
{
    tuner *of = data;
    clstep__tune_times times = {0};
    clstep__tune_runner runner = {0};
    clstep_tune_outcome outcome = CLSTEP_TUNE_FAILED;
    if (clstep__tune_runner_open(&of->bench, launch, &runner) == CLSTEP_OK)
        outcome = judge(of, &runner, &times);
    if (outcome == CLSTEP_TUNE_FASTER) {
        const clstep__tune_runner slower = of->best_runner;
        of->best_runner = runner;
        runner = slower;
    }
    report(of, launch, outcome, &times);
    clstep__tune_runner_close(&runner);
    const bool measured = outcome == CLSTEP_TUNE_FASTER || outcome == CLSTEP_TUNE_NOT_FASTER;
    return (clstep__tune_result){outcome == CLSTEP_TUNE_FASTER, measured ? times.gain : 0};
}

/* ---- the search */

static clstep_status begin_search(tuner *of)
{
    cl_device_type type = 0;
    cl_int code = clGetDeviceInfo(of->bench.device, CL_DEVICE_TYPE, sizeof type, &type, NULL);
    if (code == CL_SUCCESS)
        code = clGetDeviceInfo(of->bench.device, CL_DEVICE_MAX_WORK_GROUP_SIZE,
                               sizeof of->search.group_most, &of->search.group_most, NULL);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clGetDeviceInfo", code);
    of->search.is_cpu = (type & CL_DEVICE_TYPE_CPU) != 0;
    of->search.standard = launch_of(of->best_runner.engine);
    of->search.try_launch = try_launch;
    of->search.data = of;
    return CLSTEP_OK;
}

static clstep_status begin(tuner *of, cl_command_queue queue)
{
    const uint32_t rounds = of->options && of->options->rounds ? of->options->rounds : ROUNDS;
    clstep_status status =
        clstep__tune_bench_open(&of->bench, queue, of->options ? of->options->elements : 0, rounds);
    if (status == CLSTEP_OK)
        status = clstep__tune_runner_open(&of->bench, NULL, &of->best_runner);
    if (status == CLSTEP_OK)
        status = begin_search(of);
    if (status != CLSTEP_OK)
        return status;
    of->summary.elements = of->bench.elements;
    return clstep__tune_digest(&of->bench, of->best_runner.engine, of->digest);
}

/* Measures the best against the default once more, and returns the default if that is not slower.
 */
static clstep_status conclude(tuner *of)
{
    clstep__tune_runner standard;
    clstep__tune_times times;
    clstep_status status = clstep__tune_runner_open(&of->bench, NULL, &standard);
    if (status != CLSTEP_OK)
        return status;
    status = clstep__tune_measure(&of->bench, &standard, &of->best_runner, &times);
    clstep__tune_runner_close(&standard);
    if (status != CLSTEP_OK)
        return status;
    if (times.gain <= least_gain || times.new_seconds >= times.old_seconds)
        of->best = of->search.standard;
    const bool is_default = clstep__tune_same(&of->best, &of->search.standard);
    of->summary.default_seconds = times.old_seconds;
    of->summary.best_seconds = is_default ? times.old_seconds : times.new_seconds;
    return CLSTEP_OK;
}

/* ---- the call */

static clstep_status check(cl_command_queue queue, const clstep_tune_options *given,
                           clstep_tune_options *options)
{
    if (!queue)
        return clstep__refuse(call, "queue is NULL");
    if (!given)
        return CLSTEP_OK;
    if (!clstep__struct_read(options, given, CLSTEP__SIZES(clstep_tune_options)) ||
        options->reserved != 0)
        return clstep__refuse(call, "options must start as CLSTEP_TUNE_OPTIONS_INIT");
    if (options->rounds != 0 &&
        (options->rounds < ROUNDS_LEAST || options->rounds > CLSTEP__TUNE_ROUNDS_MAX))
        return clstep__refuse(call, "options.rounds must be 0, or 3 to 99");
    return CLSTEP_OK;
}

static void hand_out(const tuner *of, clstep_engine_options *launch, clstep_tune_summary *summary)
{
    clstep__struct_write(launch, &of->best, sizeof(clstep_engine_options));
    if (summary)
        clstep__struct_write(summary, &of->summary, sizeof(clstep_tune_summary));
}

clstep_status clstep_tune(cl_command_queue queue, const clstep_tune_options *options,
                          clstep_engine_options *launch, clstep_tune_summary *summary)
{
    clstep_tune_options own = CLSTEP_TUNE_OPTIONS_INIT;
    tuner of = {.options = options ? &own : NULL};
    clstep_status status = check(queue, options, &own);
    if (status != CLSTEP_OK)
        return status;
    if (!clstep__struct_fits(launch, CLSTEP__SIZES(clstep_engine_options)))
        return clstep__refuse(call, "launch must point to a clstep_engine_options that starts as "
                                    "CLSTEP_ENGINE_OPTIONS_INIT");
    if (summary && !clstep__struct_fits(summary, CLSTEP__SIZES(clstep_tune_summary)))
        return clstep__refuse(call, "summary must point to a clstep_tune_summary that starts as "
                                    "CLSTEP_TUNE_SUMMARY_INIT");
    status = begin(&of, queue);
    if (status == CLSTEP_OK) {
        of.best = clstep__tune_search_run(&of.search);
        status = conclude(&of);
    }
    if (status == CLSTEP_OK)
        hand_out(&of, launch, summary);
    clstep__tune_runner_close(&of.best_runner);
    clstep__tune_bench_close(&of.bench);
    return clstep__failed_in(status, call);
}
