/*
 * The optimizer step: one launch updates all chunks of a chunk table, each by one work-group. Every
 * array is read once and written once.
 *
 * Macros are the shape of the code, all of them numbers:
 *   ALGORITHM ROUNDING CENTERED MOMENTUM LR_IN_MOMENTUM NESTEROV EPS_INSIDE_SQRT BIAS_CORRECTION
 *   DECAY_DECOUPLED MAXIMIZE   the rule (layout.clh, rmsprop.clh ...)
 *   STATES      arrays of state, 0 to 3
 *   PARAM GRAD STATE   the formats of parameters, gradients and state (CLSTEP_TYPE_...)
 *   STORAGE        how parameters of 16 bits are stored (CLSTEP_STORAGE_...), 1 for others
 *   SIGNS       bit k: state array k may be negative
 *   BINDING     how a chunk's buffers are reached (CLSTEP_BINDING_...)
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
#include "abi/layout.clh"
#include "update/arithmetic.clh"

#define SQUARES   CLSTEP_SQUARES_OF(ROUNDING)
#define MEAN      CLSTEP_MEAN_OF(ROUNDING)
#define INCREMENT CLSTEP_INCREMENT_OF(ROUNDING)
#define FUSES     CLSTEP_FUSES_OF(ROUNDING)
#define SHRINK    CLSTEP_SHRINK_OF(ROUNDING)
/* eps goes under the root with v, in front of the mean */
#define EPS_FIRST                                                                                  \
    (CLSTEP_EPS_FIRST_OF(ROUNDING) && EPS_INSIDE_SQRT && CENTERED == CLSTEP_CENTERED_DIFFERENCE)

#if PARAM == CLSTEP_TYPE_FLOAT64 || GRAD == CLSTEP_TYPE_FLOAT64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif
#if PARAM == CLSTEP_TYPE_FLOAT64
#define NUMBER double
#else
#define NUMBER FLOAT
#endif
#include "update/formats.clh"

#define PASTE2(a, b) a##b
#define PASTE(a, b)  PASTE2(a, b)

/* What an element of each format is to C. */
#define MEMORY_0 FLOAT
#define MEMORY_1 ushort
#define MEMORY_2 ushort
#define MEMORY_3 double
#define MEMORY_4 uchar

#if STATES == 0
#define FOR_STATES(DO)
#elif STATES == 1
#define FOR_STATES(DO) DO(0)
#elif STATES == 2
#define FOR_STATES(DO) DO(0) DO(1)
#else
#define FOR_STATES(DO) DO(0) DO(1) DO(2)
#endif
#define WITH_SIGN(k) (SIGNS >> (k)&1)

/* Where a chunk begins, in all arrays. */
typedef struct {
    __global PASTE(MEMORY_, PARAM) *p;
    __global const PASTE(MEMORY_, GRAD) *g;
#define MEMBER(k) __global PASTE(MEMORY_, STATE) *state##k;
    FOR_STATES(MEMBER)
#undef MEMBER
#if BLOCKS
#define MEMBER(k) __global uint *scale##k;
    FOR_STATES(MEMBER)
#undef MEMBER
#endif
#if STORAGE == CLSTEP_STORAGE_MASTER
    __global FLOAT *kept;
#elif STORAGE == CLSTEP_STORAGE_RESIDUAL
    __global ushort *kept;
#endif
#if BY_CHANCE
    ulong key;
#endif
} clstep_place;

#if BLOCKS
typedef struct {
    uint of[STATES];
} clstep_scales;
#include "block8/block.clh"
#endif
#if BY_CHANCE
#include "update/random_bits.clh"
#endif
static inline uint odd_1(uint element)
{
#if BY_CHANCE
    return clstep_odd[element % CLSTEP_RANDOM_SHARE];
#else
    return 0;
#endif
}

#define REAL                          NUMBER
#define NAME(x)                       PASTE(x, _1)
#define TYPE(x)                       x
#define CONVERT(type, x)              ((type)(x))
#define LOAD(type, i, from)           ((from)[i])
#define STORE(type, value, i, to)     ((to)[i] = (value))
#define LOAD_HALF(i, from)            vload_half(i, from)
#define STORE_HALF(value, i, to)      vstore_half_rte(value, i, to)
#define FETCH_PRIVATE(from)           (*(from))
#define LEAVE_PRIVATE(value, to)      (*(to) = (value))
#include "update/element.clh"
#include "update/storage.clh"
#if BLOCKS
#include "block8/block_codes.clh"
#else
#include "update/access.clh"
#endif

#if WIDTH > 1
#define VECTOR_OF(type) PASTE(type, WIDTH)
/* PoCL 3.1's own convert_uint16() and its like work lane by lane, at a third of the speed. */
#ifdef __has_builtin
#if __has_builtin(__builtin_convertvector)
#define CONVERTS_VECTORS 1
#endif
#endif
#undef REAL
#undef NAME
#undef TYPE
#undef CONVERT
#undef LOAD
#undef STORE
#undef LOAD_HALF
#undef STORE_HALF
#undef FETCH_PRIVATE
#undef LEAVE_PRIVATE
#define REAL                     VECTOR_OF(NUMBER)
#define NAME(x)                  PASTE(x, _n)
#define TYPE(x)                  VECTOR_OF(x)
#if CONVERTS_VECTORS
#define CONVERT(type, x) __builtin_convertvector(x, VECTOR_OF(type))
#else
#define CONVERT(type, x) PASTE(convert_, VECTOR_OF(type))(x)
#endif
#define FETCH_PRIVATE(from)      (*(const VECTOR_OF(float) *)(from))
#define LEAVE_PRIVATE(value, to) (*(VECTOR_OF(float) *)(to) = (value))
#if ALIGNED
#define LOAD(type, i, from)       (((__global const VECTOR_OF(type) *)(from))[i])
#define STORE(type, value, i, to) (((__global VECTOR_OF(type) *)(to))[i] = (value))
#else
/* Through packed structs: PoCL 3.1's vstore16() of ushort and uchar goes lane by lane. */
#define PACKED(type)              PASTE(packed_, VECTOR_OF(type))
#define DECLARE_PACKED(type)                                                                       \
    typedef struct __attribute__((packed)) {                                                       \
        VECTOR_OF(type) of;                                                                        \
    } PACKED(type);
DECLARE_PACKED(float)
DECLARE_PACKED(ushort)
DECLARE_PACKED(uchar)
DECLARE_PACKED(uint)
#if PARAM == CLSTEP_TYPE_FLOAT64 || GRAD == CLSTEP_TYPE_FLOAT64
DECLARE_PACKED(double)
#endif
#define LOAD(type, i, from)       (((__global const PACKED(type) *)((from) + (size_t)(i)*WIDTH))->of)
#define STORE(type, value, i, to) (((__global PACKED(type) *)((to) + (size_t)(i)*WIDTH))->of = (value))
#endif
/* By way of a private vector: PoCL 6.0's vload_half16() demands aligned memory, and crashes; libclc's
 * vloada_half4() for NVIDIA is four loads of 2 bytes. */
static inline VECTOR_OF(float) load_half_n(VECTOR_OF(ushort) bits)
{
    return PASTE(vload_half, WIDTH)(0, (const half *)&bits);
}
static inline VECTOR_OF(ushort) half_of_n(VECTOR_OF(float) value)
{
    VECTOR_OF(ushort) bits;
    PASTE(PASTE(vstore_half, WIDTH), _rte)(value, 0, (half *)&bits);
    return bits;
}
#define LOAD_HALF(i, from)       load_half_n(LOAD(ushort, i, (__global const ushort *)(from)))
#define STORE_HALF(value, i, to) STORE(ushort, half_of_n(value), i, (__global ushort *)(to))
/* The odd numbers of as many elements from one on. */
static inline VECTOR_OF(uint) odd_n(uint element)
{
#if BY_CHANCE
    return PASTE(vload, WIDTH)(element % CLSTEP_RANDOM_SHARE / WIDTH, clstep_odd);
#else
    return 0;
#endif
}
#include "update/element.clh"
#include "update/storage.clh"
#if BLOCKS
#include "block8/block_codes.clh"
#else
#include "update/access.clh"
#endif
#endif

#include "update/decay.clh"
#if PAIRS
#include "update/pairs.clh"
#endif
#if BLOCKS
#include "block8/block_run.clh"
#endif

typedef CLSTEP_CONSTANTS_OF(NUMBER) clstep_constants;
typedef CLSTEP_LAUNCH_OF(clstep_constants) clstep_launch;

/* Not a loop: where Intel's compiler runs short of registers it tries again without unrolling any, and
 * what a loop indexes is on the stack then. */
#if CLSTEP_STEP_CONSTANTS != 16
#error "FOR_NUMBERS does 16"
#endif
#define FOR_NUMBERS(DO)                                                                            \
    DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7)                                                \
    DO(8) DO(9) DO(10) DO(11) DO(12) DO(13) DO(14) DO(15)

#include "update/binding.clh"

__kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void
clstep_update(__global const clstep_chunk *chunks, const clstep_launch launch
#if BLOCKS
              /* An argument, since PoCL 3.1 lets the work-groups of all threads share an array that
               * is declared in here. */
              , __local uint2 *shared
#endif
#define ARGUMENT(k) , __global PASTE(MEMORY_, STATE) *state##k
              FOR_STATES(ARGUMENT)
#undef ARGUMENT
#if BLOCKS
#define ARGUMENT(k) , __global uint *scale##k
              FOR_STATES(ARGUMENT)
#undef ARGUMENT
#endif
#if STORAGE == CLSTEP_STORAGE_MASTER
              , __global FLOAT *kept
#elif STORAGE == CLSTEP_STORAGE_RESIDUAL
              , __global ushort *kept
#endif
              BUFFERS(PASTE(MEMORY_, PARAM), params) BUFFERS(const PASTE(MEMORY_, GRAD), grads))
{
    const clstep_chunk chunk = chunks[launch.first_chunk + get_group_id(0)];
    clstep_place at;
    const uint param = CLSTEP_CHUNK_PARAM(chunk.buffers);
    const uint grad = CLSTEP_CHUNK_GRAD(chunk.buffers);
    PLACE(at.p, param, params, PASTE(MEMORY_, PARAM), chunk.param)
    PLACE(at.g, grad, grads, const PASTE(MEMORY_, GRAD), chunk.grad)
#define BEGIN(k) at.state##k = state##k + chunk.state;
    FOR_STATES(BEGIN)
#undef BEGIN
#if BLOCKS
#define BEGIN(k) at.scale##k = scale##k + chunk.state / CLSTEP_BLOCK8_ELEMENTS;
    FOR_STATES(BEGIN)
#undef BEGIN
#endif
#if STORAGE == CLSTEP_STORAGE_MASTER || STORAGE == CLSTEP_STORAGE_RESIDUAL
    at.kept = kept + chunk.state;
#endif
    ulong key = launch.constants.key;
    NUMBER h[CLSTEP_STEP_CONSTANTS];
#define TAKE(k) h[k] = launch.constants.of[k];
    FOR_NUMBERS(TAKE)
#undef TAKE
    if (chunk.constants > 0) {
        __global const clstep_constants *own =
            (__global const clstep_constants *)((__global const ulong *)chunks + launch.table) +
            (chunk.constants - 1);
        key = own->key;
#define TAKE(k) h[k] = own->of[k];
        FOR_NUMBERS(TAKE)
#undef TAKE
    }
#if BY_CHANCE
    at.key = chance_key(key, chunk.element);
#endif

    const uint lane = (uint)get_local_id(0); /* a chunk has less than 2^31 elements */
    const int wide = !ALIGNED || (chunk.buffers & CLSTEP_CHUNK_ALIGNED) != 0;
#if BLOCKS
    update_blocks(&at, chunk.count, wide, h, lane, shared);
#else
    uint done = 0;
#if WIDTH > 1
    const uint vectors = wide ? chunk.count / WIDTH : 0;
#if PAIRS
    if (NONZERO(h[CLSTEP_WEIGHT_DECAY])) {
        for (uint i = lane; i < vectors / 2; i += GROUP_SIZE)
            advance_pairs(&at, i, h);
    } else {
        NUMBER plain[CLSTEP_STEP_CONSTANTS];
        without_decay(h, plain);
        for (uint i = lane; i < vectors / 2; i += GROUP_SIZE)
            advance_pairs(&at, i, plain);
    }
    done = vectors / 2 * 2;
#endif
    /* A chunk that draws by chance begins at a multiple of CLSTEP_RANDOM_SHARE. Where a turn of the group has as
     * many, the odd numbers are the same in all. */
    const VECTOR_OF(uint) odd = odd_n((done + lane) * WIDTH);
    for (uint i = done + lane; i < vectors; i += GROUP_SIZE)
        advance_n(&at, i, i * WIDTH, GROUP_SIZE * WIDTH % CLSTEP_RANDOM_SHARE == 0 ? odd : odd_n(i * WIDTH), h);
    done = vectors * WIDTH;
#endif
    for (uint i = done + lane; i < chunk.count; i += GROUP_SIZE)
        advance_1(&at, i, i, odd_1(i), h);
#endif
}

/* Writes words into the table of chunks or constants. */
__kernel void clstep_upload(__global uint *to, const clstep_upload_words words)
{
    for (uint i = (uint)get_global_id(0); i < words.count; i += (uint)get_global_size(0))
        to[words.first + words.of[i].place] = words.of[i].word;
}
