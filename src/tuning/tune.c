/* The search for the fastest launch parameters: one thing after the other. */
#include <clstep/tuning.h>

#include "base/error.h"
#include "base/sized.h"
#include "device/failure.h"
#include "engine/engine.h"
#include "tuning/measure.h"

#include <string.h>

static const char call[] = "clstep_tune";

enum { ROUNDS = 9, ROUNDS_LEAST = 3 };

/* A candidate must be faster by this to be kept: two runs of one thing differ by about 1 %. */
static const double least_gain = 1.02;

static const struct {
    uint32_t width;
    clstep_access access;
} bodies[] = {{1, 2}, {4, 1}, {4, 2}, {8, 1}, {8, 2}, {16, 1}, {16, 2}};

static const uint32_t cpu_groups[] = {1, 2, 8, 32, 128};
static const uint32_t gpu_groups[] = {32, 64, 128, 256, 512, 1024};
static const uint32_t chunks[] = {1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144};

enum {
    BODIES = sizeof bodies / sizeof *bodies,
    CPU_GROUPS = sizeof cpu_groups / sizeof *cpu_groups,
    GPU_GROUPS = sizeof gpu_groups / sizeof *gpu_groups,
    CHUNKS = sizeof chunks / sizeof *chunks
};

typedef struct {
    clstep__tune_bench bench;
    const clstep_tune_options *options; /* or NULL */
    const uint32_t *groups;
    size_t group_count;
    size_t trials; /* at most */
    clstep_engine_options best;
    clstep__tune_runner best_runner;
    clstep_engine_options standard; /* the device's default */
    unsigned char digest[CLSTEP__SHA256_SIZE];
    clstep_tune_summary summary;
} search;

static clstep_status refuse(const char *message)
{
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "%s", message);
}

static bool same(const clstep_engine_options *a, const clstep_engine_options *b)
{
    return a->vector_width == b->vector_width && a->access == b->access &&
           a->work_group_size == b->work_group_size && a->chunk_elements == b->chunk_elements;
}

/* ---- a trial */

/* What an engine has made of its options, so that they are told whole. */
static clstep_engine_options launch_of(const clstep_engine *engine)
{
    clstep_engine_options launch = CLSTEP_ENGINE_OPTIONS_INIT;
    launch.vector_width = engine->width;
    launch.access = engine->aligned ? CLSTEP_ACCESS_ALIGNED : CLSTEP_ACCESS_UNALIGNED;
    launch.work_group_size = engine->group_size;
    launch.chunk_elements = engine->chunk_elements;
    return launch;
}

static void report(search *of, const clstep_engine_options *launch, clstep_tune_outcome outcome,
                   const clstep__tune_times *times)
{
    const clstep_tune_trial trial = {.size = sizeof trial,
                                     .index = of->summary.trials,
                                     .trials = of->trials,
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

static clstep_tune_outcome judge(search *of, const clstep__tune_runner *runner,
                                 clstep__tune_times *times)
{
    unsigned char digest[CLSTEP__SHA256_SIZE];
    if (clstep__tune_digest(&of->bench, runner->engine, digest) != CLSTEP_OK)
        return CLSTEP_TUNE_FAILED;
    if (memcmp(digest, of->digest, sizeof digest) != 0)
        return CLSTEP_TUNE_DIFFERS;
    /* what looks faster is looked at again: other programs come and go */
    for (int look = 0; look < 2; look++) {
        if (clstep__tune_measure(&of->bench, &of->best_runner, runner, times) != CLSTEP_OK)
            return CLSTEP_TUNE_FAILED;
        if (times->gain <= least_gain)
            return CLSTEP_TUNE_NOT_FASTER;
    }
    return CLSTEP_TUNE_FASTER;
}

/* A candidate that cannot be built or launched is none. */
static void try_launch(search *of, clstep_engine_options launch)
{
    clstep__tune_times times = {0};
    clstep__tune_runner runner = {0};
    clstep_tune_outcome outcome = CLSTEP_TUNE_FAILED;
    if (same(&launch, &of->best) || same(&launch, &of->standard))
        return;
    if (clstep__tune_runner_open(&of->bench, &launch, &runner) == CLSTEP_OK)
        outcome = judge(of, &runner, &times);
    if (outcome == CLSTEP_TUNE_FASTER) {
        const clstep__tune_runner slower = of->best_runner;
        of->best_runner = runner;
        runner = slower;
        of->best = launch;
    }
    report(of, &launch, outcome, &times);
    clstep__tune_runner_close(&runner);
}

/* ---- the search */

static void try_bodies(search *of)
{
    clstep_engine_options launch = of->best;
    for (size_t i = 0; i < BODIES; i++) {
        launch.vector_width = bodies[i].width;
        launch.access = bodies[i].access;
        try_launch(of, launch);
    }
}

static void try_groups(search *of)
{
    clstep_engine_options launch = of->best;
    for (size_t i = 0; i < of->group_count; i++) {
        launch.work_group_size = of->groups[i];
        try_launch(of, launch);
    }
}

static void try_chunks(search *of)
{
    clstep_engine_options launch = of->best;
    for (size_t i = 0; i < CHUNKS; i++) {
        launch.chunk_elements = chunks[i];
        try_launch(of, launch);
    }
}

/* Whether a body is best may depend on the group and the chunk. */
static void run_search(search *of)
{
    try_bodies(of);
    const clstep_engine_options before = of->best;
    try_groups(of);
    try_chunks(of);
    if (!same(&before, &of->best))
        try_bodies(of);
}

/* The largest work-groups may be more than the device takes. */
static clstep_status choose_groups(search *of)
{
    size_t most = 0;
    cl_device_type type = 0;
    cl_int code = clGetDeviceInfo(of->bench.device, CL_DEVICE_TYPE, sizeof type, &type, NULL);
    if (code == CL_SUCCESS)
        code = clGetDeviceInfo(of->bench.device, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof most, &most,
                               NULL);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clGetDeviceInfo", code);
    const bool cpu = (type & CL_DEVICE_TYPE_CPU) != 0;
    of->groups = cpu ? cpu_groups : gpu_groups;
    of->group_count = cpu ? CPU_GROUPS : GPU_GROUPS;
    while (of->group_count > 0 && of->groups[of->group_count - 1] > most)
        of->group_count--;
    of->trials = 2 * BODIES + of->group_count + CHUNKS;
    return CLSTEP_OK;
}

static clstep_status begin(search *of, cl_command_queue queue)
{
    const uint32_t rounds = of->options && of->options->rounds ? of->options->rounds : ROUNDS;
    clstep_status status =
        clstep__tune_bench_open(&of->bench, queue, of->options ? of->options->elements : 0, rounds);
    if (status == CLSTEP_OK)
        status = choose_groups(of);
    if (status == CLSTEP_OK)
        status = clstep__tune_runner_open(&of->bench, NULL, &of->best_runner);
    if (status != CLSTEP_OK)
        return status;
    of->best = of->standard = launch_of(of->best_runner.engine);
    of->summary.elements = of->bench.elements;
    return clstep__tune_digest(&of->bench, of->best_runner.engine, of->digest);
}

/* The best against the default, once more; what does not hold is not kept. */
static clstep_status conclude(search *of)
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
        of->best = of->standard;
    const bool kept = same(&of->best, &of->standard);
    of->summary.default_seconds = times.old_seconds;
    of->summary.best_seconds = kept ? times.old_seconds : times.new_seconds;
    return CLSTEP_OK;
}

/* ---- the call */

static clstep_status check(cl_command_queue queue, const clstep_tune_options *given,
                           clstep_tune_options *options)
{
    if (!queue)
        return refuse("queue is NULL");
    if (!given)
        return CLSTEP_OK;
    if (!clstep__struct_read(options, given, CLSTEP__SIZES(clstep_tune_options)) ||
        options->reserved != 0)
        return refuse("options must start as CLSTEP_TUNE_OPTIONS_INIT");
    if (options->rounds != 0 &&
        (options->rounds < ROUNDS_LEAST || options->rounds > CLSTEP__TUNE_ROUNDS_MAX))
        return refuse("options.rounds must be 0, or 3 to 99");
    return CLSTEP_OK;
}

static void hand_out(const search *of, clstep_engine_options *launch, clstep_tune_summary *summary)
{
    clstep__struct_write(launch, &of->best, sizeof(clstep_engine_options));
    if (summary)
        clstep__struct_write(summary, &of->summary, sizeof(clstep_tune_summary));
}

clstep_status clstep_tune(cl_command_queue queue, const clstep_tune_options *options,
                          clstep_engine_options *launch, clstep_tune_summary *summary)
{
    clstep_tune_options own = CLSTEP_TUNE_OPTIONS_INIT;
    search of = {.options = options ? &own : NULL};
    clstep_status status = check(queue, options, &own);
    if (status != CLSTEP_OK)
        return status;
    if (!clstep__struct_fits(launch, CLSTEP__SIZES(clstep_engine_options)))
        return refuse("launch must point to a clstep_engine_options that starts as "
                      "CLSTEP_ENGINE_OPTIONS_INIT");
    if (summary && !clstep__struct_fits(summary, CLSTEP__SIZES(clstep_tune_summary)))
        return refuse("summary must point to a clstep_tune_summary that starts as "
                      "CLSTEP_TUNE_SUMMARY_INIT");
    status = begin(&of, queue);
    if (status == CLSTEP_OK) {
        run_search(&of);
        status = conclude(&of);
    }
    if (status == CLSTEP_OK)
        hand_out(&of, launch, summary);
    clstep__tune_runner_close(&of.best_runner);
    clstep__tune_bench_close(&of.bench);
    return status;
}
