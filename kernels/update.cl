/*
 * The optimizer step: one launch updates all chunks of a chunk table, each by one work-group. Every
 * array is read once and written once.
 *
 * Macros are the shape of the code, all of them numbers:
 *   ALGORITHM ARITHMETIC CENTERED MOMENTUM LR_IN_MOMENTUM NESTEROV EPS_INSIDE_SQRT BIAS_CORRECTION
 *   DECAY_DECOUPLED MAXIMIZE   the rule (layout.clh, rmsprop.clh ...)
 *   STATES      arrays of state, 0 to 3
 *   MANY        1: several groups and buffers in the launch, chosen by the chunk; 0: one of each
 *   WIDTH       floats per access, 1, 4, 8 or 16
 *   ALIGNED     1: wide accesses through pointers to vectors, in chunks that allow it, and single
 *                  elements elsewhere (GPUs: vload on float* is four narrow loads on NVIDIA, and
 *                  neighbouring work-items' single elements are one wide access);
 *               0: vload and vstore everywhere (CPUs: no slower than aligned accesses there)
 *   GROUP_SIZE  work-items per work-group
 * Neither WIDTH, ALIGNED, GROUP_SIZE nor the chunks change any result: every element is computed by
 * the same operations, each correctly rounded, and contraction is off.
 */
#pragma OPENCL FP_CONTRACT OFF
#include "layout.clh"

#define SQUARES   CLSTEP_SQUARES_OF(ARITHMETIC)
#define MEAN      CLSTEP_MEAN_OF(ARITHMETIC)
#define INCREMENT CLSTEP_INCREMENT_OF(ARITHMETIC)
#define FUSES     CLSTEP_FUSES_OF(ARITHMETIC)
#define SHRINK    CLSTEP_SHRINK_OF(ARITHMETIC)
/* eps goes under the root with v, in front of the mean */
#define EPS_FIRST                                                                                  \
    (CLSTEP_EPS_FIRST_OF(ARITHMETIC) && EPS_INSIDE_SQRT && CENTERED == CLSTEP_CENTERED_DIFFERENCE)

#define REAL    float
#define NAME(x) x##_1
#include "element.clh"
#undef REAL
#undef NAME

#if WIDTH > 1
#define PASTE2(a, b) a##b
#define PASTE(a, b)  PASTE2(a, b)
#define VECTOR       PASTE(float, WIDTH)
#define REAL         VECTOR
#define NAME(x)      x##_n
#include "element.clh"
#undef REAL
#undef NAME
#if ALIGNED
#define LOAD(i, from)      (((__global const VECTOR *)(from))[i])
#define STORE(value, i, to) (((__global VECTOR *)(to))[i] = (value))
#else
#define LOAD(i, from)       PASTE(vload, WIDTH)(i, from)
#define STORE(value, i, to) PASTE(vstore, WIDTH)(value, i, to)
#endif
#endif

#if MANY
#define GROUPS CLSTEP_GROUPS_MAX
#else
#define GROUPS 1
#endif

typedef struct {
    float of[GROUPS][CLSTEP_NUMBERS];
} clstep_numbers;

#if MANY
/* One of eight values that have all been read: indexed by what the compiler does not know, the
 * argument would be copied to the stack in every work-item by AMD's compiler, and a choice between
 * places in it by NVIDIA's. */
static inline float one_of(uint slot, float a, float b, float c, float d, float e, float f, float g,
                           float h)
{
    return slot < 4 ? (slot < 2 ? (slot < 1 ? a : b) : (slot < 3 ? c : d))
                    : (slot < 6 ? (slot < 5 ? e : f) : (slot < 7 ? g : h));
}
#define NUMBER(slot, k)                                                                            \
    one_of(slot, numbers.of[0][k], numbers.of[1][k], numbers.of[2][k], numbers.of[3][k],           \
           numbers.of[4][k], numbers.of[5][k], numbers.of[6][k], numbers.of[7][k])
/* A chain of selections: OpenCL C 1.2 has no arrays of __global pointers as arguments. */
#define BUFFER(name, slot)                                                                 \
    ((slot) < 4 ? ((slot) < 2 ? ((slot) < 1 ? name##0 : name##1) : ((slot) < 3 ? name##2 : name##3)) \
                : ((slot) < 6 ? ((slot) < 5 ? name##4 : name##5) : ((slot) < 7 ? name##6 : name##7)))
#define BUFFERS(type, name)                                                                        \
    __global type *name##0, __global type *name##1, __global type *name##2, __global type *name##3, \
        __global type *name##4, __global type *name##5, __global type *name##6, __global type *name##7
#else
#define NUMBER(slot, k)          (numbers.of[0][k])
#define BUFFER(name, slot)       (name##0)
#define BUFFERS(type, name)      __global type *name##0
#endif

__kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void
clstep_update(__global const clstep_chunk *chunks, const ulong first_chunk,
              const clstep_numbers numbers,
#if STATES > 0
              __global float *state0,
#endif
#if STATES > 1
              __global float *state1,
#endif
#if STATES > 2
              __global float *state2,
#endif
              BUFFERS(float, params), BUFFERS(const float, grads))
{
    const clstep_chunk chunk = chunks[first_chunk + get_group_id(0)];
    const uint group = MANY ? (chunk.where >> CLSTEP_WHERE_GROUP_SHIFT) & CLSTEP_WHERE_MASK : 0;
    __global float *p =
        BUFFER(params, (chunk.where >> CLSTEP_WHERE_PARAM_SHIFT) & CLSTEP_WHERE_MASK) +
        chunk.param;
    __global const float *g =
        BUFFER(grads, (chunk.where >> CLSTEP_WHERE_GRAD_SHIFT) & CLSTEP_WHERE_MASK) +
        chunk.grad;
#if STATES > 0
    state0 += chunk.state;
#endif
#if STATES > 1
    state1 += chunk.state;
#endif
#if STATES > 2
    state2 += chunk.state;
#endif
    float h[CLSTEP_NUMBERS];
#pragma unroll
    for (int k = 0; k < CLSTEP_NUMBERS; k++)
        h[k] = NUMBER(group, k);

    const uint lane = (uint)get_local_id(0); /* a chunk has less than 2^31 elements */
    uint done = 0;
#if WIDTH > 1
#if ALIGNED
    const uint vectors = chunk.where & CLSTEP_WHERE_ALIGNED ? chunk.count / WIDTH : 0;
#else
    const uint vectors = chunk.count / WIDTH;
#endif
    for (uint i = lane; i < vectors; i += GROUP_SIZE) {
        VECTOR s[STATES + 1];
#if STATES > 0
        s[0] = LOAD(i, state0);
#endif
#if STATES > 1
        s[1] = LOAD(i, state1);
#endif
#if STATES > 2
        s[2] = LOAD(i, state2);
#endif
        const VECTOR updated = step_n(LOAD(i, p), LOAD(i, g), s, h);
        STORE(updated, i, p);
#if STATES > 0
        STORE(s[0], i, state0);
#endif
#if STATES > 1
        STORE(s[1], i, state1);
#endif
#if STATES > 2
        STORE(s[2], i, state2);
#endif
    }
    done = vectors * WIDTH;
#endif
    for (uint i = done + lane; i < chunk.count; i += GROUP_SIZE) {
        float s[STATES + 1];
#if STATES > 0
        s[0] = state0[i];
#endif
#if STATES > 1
        s[1] = state1[i];
#endif
#if STATES > 2
        s[2] = state2[i];
#endif
        p[i] = step_1(p[i], g[i], s, h);
#if STATES > 0
        state0[i] = s[0];
#endif
#if STATES > 1
        state1[i] = s[1];
#endif
#if STATES > 2
        state2[i] = s[2];
#endif
    }
}
