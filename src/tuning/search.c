/* The search for the fastest launch parameters. A callback of the caller measures candidates. */
#include "tuning/search.h"

#include <stdint.h>

/* The bodies that a kernel can have: ways to access vectors. */
static const struct {
    uint32_t width;
    clstep_access access;
} bodies[] = {{1, CLSTEP_ACCESS_UNALIGNED}, {4, CLSTEP_ACCESS_ALIGNED},
              {4, CLSTEP_ACCESS_UNALIGNED}, {8, CLSTEP_ACCESS_ALIGNED},
              {8, CLSTEP_ACCESS_UNALIGNED}, {16, CLSTEP_ACCESS_ALIGNED},
              {16, CLSTEP_ACCESS_UNALIGNED}};

/* On a CPU a work-item takes a whole chunk or much of it, so group size and chunk size are chosen
 * one after the other. */
static const uint32_t cpu_groups[] = {1, 2, 8, 32, 128};
static const uint32_t cpu_chunks[] = {1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144};

/* On a GPU they are chosen together, because the elements of a work-item matter. An H100 reached
 * 2,910 GB/s with 8 elements in groups of 1024, and 2,810 with 32 in groups of 256, but half of
 * that with small chunks in large groups, where most work-items have nothing to do. */
static const uint32_t gpu_groups[] = {64, 128, 256, 512, 1024};
static const uint32_t shares[] = {8, 16, 32};        /* elements of a work-item, with every group */
static const uint32_t other_shares[] = {4, 64, 256}; /* with the best group only */
enum { SMALLEST_GPU_GROUP = 32 };                    /* with the best share only */

enum {
    BODIES = sizeof bodies / sizeof *bodies,
    CPU_GROUPS = sizeof cpu_groups / sizeof *cpu_groups,
    CPU_CHUNKS = sizeof cpu_chunks / sizeof *cpu_chunks,
    GPU_GROUPS = sizeof gpu_groups / sizeof *gpu_groups,
    SHARES = sizeof shares / sizeof *shares,
    OTHER_SHARES = sizeof other_shares / sizeof *other_shares,
    TRIED_MOST = 2 * BODIES + CPU_GROUPS + CPU_CHUNKS + GPU_GROUPS * SHARES + OTHER_SHARES + 1
};

/* A body that was slower than this part of the best is not tried again. */
static const double worth_another_look = 0.9;

typedef struct progress {
    const clstep__tune_search *search;
    clstep_engine_options best;
    double speed;          /* of the best, the default's being 1 */
    double bodies[BODIES]; /* the speed that each had at first */
    clstep_engine_options tried[TRIED_MOST];
    size_t count;
} progress;

bool clstep__tune_same(const clstep_engine_options *a, const clstep_engine_options *b)
{
    return a->vector_width == b->vector_width && a->access == b->access &&
           a->work_group_size == b->work_group_size && a->chunk_elements == b->chunk_elements;
}

static bool is_tried(const progress *of, const clstep_engine_options *launch)
{
    for (size_t i = 0; i < of->count; i++) {
        if (clstep__tune_same(&of->tried[i], launch))
            return true;
    }
    return clstep__tune_same(&of->search->standard, launch);
}

/* The candidate's speed; 0 if it was not tried. */
static double try_launch(progress *of, const clstep_engine_options *launch)
{
    if (launch->work_group_size > of->search->group_most || is_tried(of, launch))
        return 0;
    of->tried[of->count++] = *launch;
    const clstep__tune_result result = of->search->try_launch(launch, of->search->data);
    const double speed = of->speed * result.gain;
    if (result.faster) {
        of->best = *launch;
        of->speed = speed;
    }
    return speed;
}

static clstep_engine_options with_body(clstep_engine_options launch, size_t body)
{
    launch.vector_width = bodies[body].width;
    launch.access = bodies[body].access;
    return launch;
}

static void try_bodies(progress *of)
{
    const clstep_engine_options before = of->best;
    for (size_t i = 0; i < BODIES; i++) {
        const clstep_engine_options launch = with_body(before, i);
        of->bodies[i] =
            clstep__tune_same(&launch, &of->search->standard) ? 1 : try_launch(of, &launch);
    }
}

/* Tries other bodies again: which is best may depend on the group size and the chunk size. */
static void try_bodies_again(progress *of, double speed_before)
{
    const clstep_engine_options before = of->best;
    for (size_t i = 0; i < BODIES; i++) {
        const clstep_engine_options launch = with_body(before, i);
        if (of->bodies[i] >= worth_another_look * speed_before)
            try_launch(of, &launch);
    }
}

static void try_for_cpu(progress *of)
{
    clstep_engine_options launch = of->best;
    for (size_t i = 0; i < CPU_GROUPS; i++) {
        launch.work_group_size = cpu_groups[i];
        try_launch(of, &launch);
    }
    launch = of->best;
    for (size_t i = 0; i < CPU_CHUNKS; i++) {
        launch.chunk_elements = cpu_chunks[i];
        try_launch(of, &launch);
    }
}

/* Each work-item has at least one vector. */
static void try_pair(progress *of, uint32_t group, uint32_t share)
{
    clstep_engine_options launch = of->best;
    launch.work_group_size = group;
    launch.chunk_elements = group * share;
    if (share >= launch.vector_width)
        try_launch(of, &launch);
}

static void try_for_gpu(progress *of)
{
    for (size_t i = 0; i < GPU_GROUPS; i++) {
        for (size_t k = 0; k < SHARES; k++)
            try_pair(of, gpu_groups[i], shares[k]);
    }
    const uint32_t group = of->best.work_group_size;
    for (size_t k = 0; k < OTHER_SHARES; k++)
        try_pair(of, group, other_shares[k]);
    try_pair(of, SMALLEST_GPU_GROUP, of->best.chunk_elements / of->best.work_group_size);
}

clstep_engine_options clstep__tune_search_run(const clstep__tune_search *search)
{
    progress of = {.search = search, .best = search->standard, .speed = 1};
    try_bodies(&of);
    const clstep_engine_options before = of.best;
    const double speed = of.speed;
    if (search->is_cpu)
        try_for_cpu(&of);
    else
        try_for_gpu(&of);
    if (!clstep__tune_same(&before, &of.best))
        try_bodies_again(&of, speed);
    return of.best;
}

size_t clstep__tune_search_most(const clstep__tune_search *search)
{
    const size_t others =
        search->is_cpu ? CPU_GROUPS + CPU_CHUNKS : GPU_GROUPS * SHARES + OTHER_SHARES + 1;
    return 2 * BODIES + others;
}
