/*
 * The self-test: is a device as exact as the library promises? Part of libclstep.
 *
 * Holds a device against a scalar reference in C that shares nothing with the kernels: every
 * preset, as it is and with every switch that its algorithm has, and a choice of formats. Tensors
 * have sizes from 0 to 65,539 and lie at odd offsets of one buffer or of eleven, with guards around
 * them; gradients have both signs, zeros, constants, subnormal numbers and over nine decades. Each
 * step starts on both sides from what the device has, so that a difference is that of one step and
 * never an accumulated one.
 *
 * What is promised follows from what the device reports in CL_DEVICE_SINGLE_FP_CONFIG:
 *
 * - subnormal numbers kept: every bit equals the reference, the signs of zeros too. Where divide
 *   and sqrt are not reported as correctly rounded, the kernels compute both by fma, which is
 *   exact as well.
 * - otherwise, or where the probe kernel finds such a device's fma, + or * wrong: parameters and
 *   momentum_buffer are within CLSTEP_SELFTEST_ULP units in the last place of the magnitudes that
 *   met in the element (|old| + |new|, for a parameter also of the increment that moved it). The
 *   bound is that of divides and roots which the device computes itself: OpenCL allows 2.5 ulp for
 * a divide and 3 for sqrt; an update has at most three divides and one sqrt in a chain, of which
 * sqrt halves what comes in, which makes 12.5 * 2^-23 relative in the increment; Nesterov's
 * momentum adds it twice: 25 * 2^-23, or 50 ulp, and 14 are left for roundings that fall the other
 * way. All other state is made without divide or sqrt and is equal, bit for bit.
 * - where subnormal numbers are not kept, in addition what flushing them can change: a few times
 *   the smallest normal number, 1.2e-38, divided by the least denominator (eps, or its root); and
 *   4 ulp in the other state.
 *
 * The same is held in other formats (clstep_tensor, clstep_group): parameters and gradients in
 * bf16, fp16 and fp64, stored in every way, state in bf16 and 8 bits. A number that is rounded
 * stochastically, and a block of codes whose scale hangs on its numbers, have no bound in units of
 * the last place, so that there are equal bytes or none: of all formats where the device is held to
 * equal bits; on other devices of SGD, which neither divides nor takes a root, with numbers that
 * stay away from subnormal ones where these are not kept; and of fp64 wherever a device has it,
 * since OpenCL wants that correctly rounded. fp64 gradients of parameters with fewer bits are held
 * with SGD. With SGD and Adam some numbers leave their formats, to become infinite or, in 8 bits,
 * the largest that there is; none becomes NaN, whose bits are not promised. And where the device
 * has shared virtual memory, fp32 tensors lie in that once, to be reached by addresses. `left_out`
 * of the summary says what could not be held.
 *
 * There is no bound for the parameter and the momentum_buffer of rules that are centred by v - m^2
 * (CLSTEP_VARIANCE_DIFFERENCE) with bias correction, or on a device that flushes: a unit in the
 * last place of v can be any part of the difference, and can make it negative. On devices that are
 * not held to equal bits these are counted apart, and nothing is promised of them. The variance
 * recursion does not have that trouble.
 */
#ifndef CLSTEP_SELFTEST_H
#define CLSTEP_SELFTEST_H

#include <clstep/clstep.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CLSTEP_SELFTEST_ULP = 64 };

/* What the test says of a device. */
typedef enum clstep_verdict {
    CLSTEP_VERDICT_EXACT = 1,  /* every bit equals the reference, also in the probe kernel */
    CLSTEP_VERDICT_WITHIN = 2, /* not that, but as promised for such a device; also where nothing
                                   at all was compared, which `text` then says */
    CLSTEP_VERDICT_FAILED = 3  /* outside of the promise, or the probe kernel found a departure that
                                   the device does not report: do not trust it, or its driver */
} clstep_verdict;

/* In what an fp32 device departs from IEEE 754; to be combined. */
typedef enum clstep_departure {
    CLSTEP_DEPARTS_DIVIDE = 1,
    CLSTEP_DEPARTS_SQRT = 2,
    CLSTEP_DEPARTS_SUBNORMALS = 4, /* flushed to 0 */
    CLSTEP_DEPARTS_FMA = 8,        /* OpenCL requires fma(), and + and *, to be rounded correctly */
    CLSTEP_DEPARTS_BASICS = 16,
    CLSTEP_DEPARTS_ZEROS = 32 /* -0 where it is 0, or the other way; OpenCL requires the sign */
} clstep_departure;

/* What a test is made of; to be combined. */
typedef enum clstep_part {
    CLSTEP_PART_PRESETS = 1,
    CLSTEP_PART_FORMATS = 2,  /* other than fp32 */
    CLSTEP_PART_ADDRESSES = 4 /* in shared virtual memory */
} clstep_part;

/* What of the parts that were wanted could not be held; to be combined. What `quick` does not try,
 * fp64 among it, is not told here. */
typedef enum clstep_left_out {
    CLSTEP_LEFT_OUT_DIVIDES = 1,    /* formats of fewer bits, of rules that divide or take a root */
    CLSTEP_LEFT_OUT_SUBNORMALS = 2, /* and of what is held, subnormal numbers */
    CLSTEP_LEFT_OUT_FLOAT64 = 4,    /* fp64, which the device does not have */
    CLSTEP_LEFT_OUT_ADDRESSES = 8   /* the device has no shared virtual memory, or its driver
                                       refuses addresses, and the library does without them */
} clstep_left_out;

/* How one operation of a probe kernel compares with the host's, which is IEEE 754's. */
typedef struct clstep_selftest_operation {
    uint64_t tested;
    uint64_t different;
    uint64_t largest_ulp; /* UINT64_MAX where one is a number and the other is not */
} clstep_selftest_operation;

/* The comparisons of one preset, or of all. Elements are those of parameters and state, after every
 * step; two NaN are equal. */
typedef struct clstep_selftest_count {
    uint64_t cases;
    uint64_t elements;
    uint64_t different;   /* bits differ */
    uint64_t flushed;     /* of these: explained by subnormal numbers, where they are not kept */
    uint64_t unbounded;   /* of these: in rules for which nothing can be promised */
    uint64_t outside;     /* of these: more than promised */
    uint64_t overwritten; /* elements outside every tensor, or of gradients, that were written */
    uint64_t largest_ulp; /* as in the promise, without `unbounded`; UINT64_MAX: a number is none */
    uint64_t largest_unbounded_ulp;
} clstep_selftest_count;

typedef struct clstep_selftest_result {
    size_t size;
    const char *preset;
    size_t index;   /* how many presets came before */
    size_t presets; /* how many there are to come and have been, with this one */
    clstep_selftest_count count;
    char first[224];      /* the first element that differs, in words; "" if none does */
    uint64_t wrong_zeros; /* of count.outside: -0 in the place of 0, or 0 in that of -0 */
} clstep_selftest_result;

/* Zeros and NULL do the whole test. */
typedef struct clstep_selftest_options {
    size_t size;    /* sizeof(clstep_selftest_options), by CLSTEP_SELFTEST_OPTIONS_INIT */
    uint32_t quick; /* 1: one case per preset, two formats, small tensors: seconds instead of half
                       a minute */
    uint32_t parts; /* CLSTEP_PART_PRESETS ...; 0: all, or the preset alone if one is given */
    /* Called after each preset; the result is valid during the call. May be NULL. */
    void (*report)(const clstep_selftest_result *result, void *data);
    void *data;         /* for `report` */
    const char *preset; /* this one only; NULL: all */
} clstep_selftest_options;

#define CLSTEP_SELFTEST_OPTIONS_INIT CLSTEP_SIZED(clstep_selftest_options)

typedef struct clstep_selftest_summary {
    size_t size;                 /* sizeof(...), by CLSTEP_SELFTEST_SUMMARY_INIT */
    clstep_verdict verdict;      /* CLSTEP_VERDICT_EXACT ... */
    uint32_t reported;           /* CLSTEP_DEPARTS_...: what the device does not claim to keep */
    uint32_t seen;               /* CLSTEP_DEPARTS_...: what the probe kernel found */
    uint32_t promised_ulp;       /* 0, or CLSTEP_SELFTEST_ULP */
    clstep_selftest_count count; /* of all presets */
    clstep_selftest_operation divide;
    clstep_selftest_operation square_root;
    clstep_selftest_operation fused;     /* fma() */
    clstep_selftest_operation basic;     /* + and * */
    clstep_selftest_operation subnormal; /* any of them, with subnormal operands or results */
    char text[320];                      /* the verdict, one sentence */
    uint32_t left_out;                   /* CLSTEP_LEFT_OUT_... */
    /* The cases of other formats, whose elements are those of all arrays; what differs is outside
     * of the promise, and has no distance. And the case by addresses. Neither is in `count`. */
    clstep_selftest_count formats;
    clstep_selftest_count addresses;
    char first[224]; /* the first element of these two that differs, in words; "" if none does */
    clstep_selftest_operation zero; /* any operation, where 0 comes in or out: the signs alone */
    uint64_t wrong_zeros; /* of what is outside of the promise: 0 or -0, with the wrong sign */
} clstep_selftest_summary;

#define CLSTEP_SELFTEST_SUMMARY_INIT CLSTEP_SIZED(clstep_selftest_summary)

/* Runs the self-test on `queue`, any queue of the engine's context and device, with the engine's
 * launch parameters and buffers of its own (a few MiB in the engine's context). Waits: it returns
 * when all is done, and compiles about 100 kernels on the way. CLSTEP_OK says that it ran, whatever
 * the verdict. `options` may be NULL. CLSTEP_UNSUPPORTED if the calling thread itself does not
 * round to nearest or flushes subnormal numbers (-ffast-math sets that up): it would compute a
 * wrong reference.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, BUILD_FAILED, UNSUPPORTED. */
CLSTEP_API clstep_status clstep_selftest(clstep_engine *engine, cl_command_queue queue,
                                         const clstep_selftest_options *options,
                                         clstep_selftest_summary *summary);

#ifdef __cplusplus
}
#endif

#endif
