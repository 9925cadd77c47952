/*
 * The optimizer step. A launch updates the chunks of a table, each by one work-group. It reads and
 * writes every array once.
 *
 * A work-item takes a span of elements at a time: it loads them, prepares the gradient, applies the
 * rule and stores the results. Each of these has its own file. update/macros.clh lists the macros
 * that select code.
 */
#pragma OPENCL FP_CONTRACT OFF
#include "abi/chunk.h"
#include "abi/launch.h"
#include "abi/formats.h"
#include "abi/rounding.h"
#include "abi/block8.h"
#include "abi/norm.h"
#include "abi/control.h"
#include "update/macros.clh"
#include "update/types.clh"
#include "update/access.clh"
#include "update/random_bits.clh"
#include "update/bfloat16.clh"
#include "update/float16.clh"
#include "update/numbers.clh"
#include "update/binding.clh"
#include "update/locate.clh"
#include "update/divide.clh"
#include "update/lerp.clh"
#include "update/gradient.clh"
#include "update/rules/*.clh"
#include "update/parameter.clh"
#include "update/state.clh"

typedef CLSTEP_CONSTANTS_OF(REAL) clstep_constants;
typedef CLSTEP_LAUNCH_OF(clstep_constants) clstep_launch;
CLSTEP_ASSERT(constants_lie_behind_each_other,
              sizeof(clstep_constants) == 8 + sizeof(REAL) * CLSTEP_STEP_CONSTANTS);
CLSTEP_ASSERT(launch_is_dense, sizeof(clstep_launch) == 16 + sizeof(clstep_constants));

/* Loads parameters and gradients, updates them and the state, and stores the parameters. `decays`
 * may be a constant. */
SPECIALIZED void update_span(const place *at, span s, const real *constants, int decays,
                             const random_source *source, states state[PARTS])
{
    realN p[PARTS], g[PARTS];
    load_numbers(at->grad, s, GRAD, g);
    load_param(at, s, p);
#pragma unroll
    for (uint part = 0; part < PARTS; part++) {
        g[part] = unscaled(g[part], at->grad_scale);
        prepare(&p[part], &g[part], constants, decays);
        p[part] = apply_rule(p[part], g[part], state[part], constants);
    }
    store_param(p, at, s, source);
}

/* The first span of a work-item among the elements from `done` on, which are no whole spans. On
 * GPUs neighbouring work-items take neighbouring elements, which is one wide access. */
SPECIALIZED uint first_of_rest(uint done)
{
    return done + (uint)get_local_id(0) * (IN_PIECES ? SPAN : 1);
}

SPECIALIZED span span_of_rest(uint first, uint end)
{
    const span s = {.first = first,
                    .stride = IN_PIECES ? 1 : GROUP_SIZE,
                    .end = end,
                    .phase = first % CLSTEP_RANDOM_ELEMENTS,
                    .whole = 0};
    return s;
}

#if HAS_BLOCKS
#include "block8/codes.clh"
#include "block8/scale.clh"
#include "block8/run.clh"
#include "block8/team.clh"
#else

SPECIALIZED void update_numbers(const place *at, span s, const real *constants, int decays,
                                const random_source *source)
{
    states state[PARTS];
    load_state(at, s, state);
    update_span(at, s, constants, decays, source, state);
    store_state(state, at, s, source);
}

/* Updates the whole spans of a chunk of `count` elements; returns the number of their elements. */
SPECIALIZED uint update_whole_spans(const place *at, uint count, const real *constants, int decays)
{
    const uint lane = (uint)get_local_id(0), end = count - count % SPAN;
    /* A chunk that draws random bits begins at a multiple of CLSTEP_RANDOM_ELEMENTS. If a turn of
     * the group takes a multiple of these, the multipliers are the same in all turns. */
    const int same = GROUP_SIZE * SPAN % CLSTEP_RANDOM_ELEMENTS == 0;
    random_source source;
    if (IS_RANDOM) { /* and `same`: clang warns of && between constants */
        if (same)
            multipliers_of(whole_span(lane * SPAN, lane * SPAN, end), source.multiplier);
    }
    for (uint first = lane * SPAN; first < end; first += GROUP_SIZE * SPAN) {
        const span s = whole_span(first, same ? lane * SPAN : first, end);
        if (IS_RANDOM) {
            if (!same)
                multipliers_of(s, source.multiplier);
            draw_words(&source, at->key, s);
        }
        update_numbers(at, s, constants, decays, &source);
    }
    return end;
}

static inline void update_chunk(const place *at, uint count, int is_aligned, const real *constants,
                                __local uint4 *shared)
{
    const int decays = constants[CLSTEP_DECAYS] != 0;
    uint done = 0;
    /* A separate loop without decay. In one loop the decay is computed in every turn, even if it is
     * not used, which took bf16 from 0.93 of the limit to 0.88. */
    if (PARTS == 2 && is_aligned && !decays)
        done = update_whole_spans(at, count, constants, 0);
    else if (is_aligned)
        done = update_whole_spans(at, count, constants, PARTS == 2 ? 1 : decays);
    for (uint first = first_of_rest(done); first < count; first += GROUP_SIZE * SPAN) {
        const span s = span_of_rest(first, count);
        random_source source;
        if (IS_RANDOM)
            source = draw(at->key, s);
        update_numbers(at, s, constants, decays, &source);
    }
}
#endif

/* ---- the kernels */

#define FOR_0_STATES(DO)
#define FOR_1_STATES(DO)  DO(0)
#define FOR_2_STATES(DO)  DO(0) DO(1)
#define FOR_3_STATES(DO)  DO(0) DO(1) DO(2)
#define FOR_4_STATES(DO)  DO(0) DO(1) DO(2) DO(3)
#define FOR_STATES(DO)    PASTE(PASTE(FOR_, STATES), _STATES)(DO)
#define STATE_ARGUMENT(k) , __global void *state##k
#define STATE_NAME(k)     state##k,
#define SCALE_ARGUMENT(k) , __global uint *scale##k
#define SCALE_NAME(k)     scale##k,
#if HAS_BLOCKS
/* Local memory is an argument: in PoCL 3.1 the work-groups of all threads share a local array that
 * is declared in a kernel. */
#define BLOCK8_ARGUMENTS , __local uint4 *shared
#define SCALE_ARGUMENTS  FOR_STATES(SCALE_ARGUMENT)
#define SCALE_NAMES      FOR_STATES(SCALE_NAME)
#define SHARED           shared
#else
#define BLOCK8_ARGUMENTS
#define SCALE_ARGUMENTS
#define SCALE_NAMES
#define SHARED 0
#endif
#if HAS_COPY
#define COPY_ARGUMENT , __global void *copy
#define COPY          copy
#else
#define COPY_ARGUMENT
#define COPY 0
#endif

__kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void
clstep_update(__global const clstep_chunk *chunks,
              const clstep_launch launch BLOCK8_ARGUMENTS FOR_STATES(STATE_ARGUMENT)
                  SCALE_ARGUMENTS COPY_ARGUMENT BUFFERS(void, params) BUFFERS(const void, grads))
{
    const clstep_chunk chunk = chunks[launch.first_chunk + get_group_id(0)];
    __global void *const state_arrays[] = {FOR_STATES(STATE_NAME) 0};
    __global uint *const scale_arrays[] = {SCALE_NAMES 0};
    place at;
    const uint param = CLSTEP_CHUNK_PARAM(chunk.buffers), grad = CLSTEP_CHUNK_GRAD(chunk.buffers);
    at.param = (__global void *)located(CHOOSE(params, param), chunk.param, PARAM);
    at.grad = located(CHOOSE(grads, grad), chunk.grad, GRAD);
#pragma unroll
    for (uint k = 0; k < STATES; k++) {
        at.state[k] = (__global void *)array_at(state_arrays[k], chunk.state, STATE);
        if (HAS_BLOCKS)
            at.scale[k] = scale_arrays[k] + chunk.state / CLSTEP_BLOCK8_ELEMENTS;
    }
    if (HAS_COPY)
        at.copy = (__global void *)array_at(COPY, chunk.state, COPY_TYPE);
    /* Loaded only now: the choice among many buffers needs all of AMD's scalar registers. */
    clstep_constants of_step = launch.constants;
    if (chunk.constants > 0)
        of_step = ((__global const clstep_constants *)((__global const ulong *)chunks +
                                                       launch.table))[chunk.constants - 1];
#if CONTROL
    const clstep_decided decided =
        ((__global const clstep_decided *)((__global const ulong *)chunks + launch.table))[-1];
    if (decided.is_skipped)
        return;
    at.grad_scale = decided.scale;
#endif
    at.key = random_key(of_step.key, chunk.element);
    const int is_aligned = !ALIGNED || (chunk.buffers & CLSTEP_CHUNK_ALIGNED) != 0;
    update_chunk(&at, chunk.count, is_aligned, of_step.of, SHARED);
}

#if STORAGE == CLSTEP_STORAGE_MASTER
/* Sets the first values of the master copies: the parameters. */
__kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void
clstep_begin_master(__global const clstep_chunk *chunks, ulong first_chunk,
                    __global float *copy BUFFERS(void, params))
{
    const clstep_chunk chunk = chunks[first_chunk + get_group_id(0)];
    const uint param = CLSTEP_CHUNK_PARAM(chunk.buffers);
    __global const void *from = located(CHOOSE(params, param), chunk.param, PARAM);
    for (uint first = first_of_rest(0); first < chunk.count; first += GROUP_SIZE * SPAN) {
        const span s = span_of_rest(first, chunk.count);
        realN p[PARTS];
        load_numbers(from, s, PARAM, p);
        store_numbers(p, copy + chunk.state, s, CLSTEP_TYPE_FLOAT32);
    }
}
#endif

#include "control/counts.clh"
#if CLIP >= CLSTEP_CLIPS_NORM
#include "norm/norm.clh"
#endif
#if CONTROL || CLIP >= CLSTEP_CLIPS_NORM
#include "control/control.clh"
#endif

/* Writes words into the table. */
__kernel void clstep_upload(__global uint *to, const clstep_upload_words words)
{
    for (uint i = (uint)get_global_id(0); i < words.count; i += (uint)get_global_size(0))
        to[words.first + words.of[i].place] = words.of[i].word;
}
