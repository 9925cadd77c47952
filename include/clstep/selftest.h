/*
 * The self-test: does a device compute what the library promises? Part of libclstep.
 *
 * It compares a device with a scalar reference in C that shares no code with the kernels. It tries
 * every preset, as it is and with each switch that its rule has, and a choice of number formats.
 * Tensors have 0 to 65,539 elements. They lie at odd offsets in one buffer or in eleven, with guard
 * elements around them that must not change. Gradients have both signs, zeros, constants and
 * subnormal numbers, and cover nine decades. Before each step the reference takes over what the
 * device has, so that a difference is that of one step and does not add up.
 *
 * What the library promises depends on what the device reports in CL_DEVICE_SINGLE_FP_CONFIG:
 *
 * - The device keeps subnormal numbers: every bit equals the reference, signs of zeros included. If
 *   divide and sqrt are not reported as correctly rounded, the kernels compute both by fma, which
 *   gives the same bits.
 * - The device flushes subnormal numbers, or its fma, + or * is wrong in the probe kernel and it
 *   reports a departure: parameters and momentum_buffer are within CLSTEP_SELFTEST_ULP units in the
 *   last place (ulp) of the sum of the magnitudes in the element: |old| + |new|, for a parameter
 *   also the increment.
 *   How the bound comes about: OpenCL allows an error of 2.5 ulp for a divide and of 3 ulp for
 *   sqrt. An update has at most three divides and one sqrt in a chain, and sqrt halves the relative
 *   error of its argument. That makes 12.5 * 2^-23 relative in the increment. Nesterov's momentum
 *   adds the increment twice: 25 * 2^-23, or 50 ulp. The other 14 are for roundings that fall the
 *   other way.
 *   The other state arrays need no divide or sqrt and are equal, bit for bit.
 * - If the device flushes subnormal numbers, flushing may add to that: in parameters and
 *   momentum_buffer a few times the smallest normal number, 1.2e-38, divided by the smallest
 *   denominator (eps or its root); in the other state 4 ulp.
 *
 * Other formats (see clstep_tensor and clstep_group) have one bound: equal bytes. A stochastically
 * rounded number, and a block whose scale depends on its numbers, cannot be compared in ulp. So the
 * self-test compares
 * - all formats, on a device that promises equal bits;
 * - on other devices only SGD, which has no divide and no sqrt, and where subnormal numbers are
 *   flushed only with numbers far from those;
 * - fp64 on every device that has it, because OpenCL demands correct rounding there. fp64 gradients
 *   of other parameters are compared with SGD.
 * SGD and Adam also get numbers that overflow: they become infinite or, in 8 bits, the largest
 * number. No number becomes NaN, whose bits are not promised. If the device has shared virtual
 * memory, one case has fp32 tensors there, which the kernels reach by pointers. The field
 * `left_out` of the summary tells what could not be compared.
 *
 * There is one gap. For rules that are centred by v - m^2 (CLSTEP_VARIANCE_DIFFERENCE), the
 * parameter and momentum_buffer have no bound with bias correction, nor on a device that flushes:
 * one ulp of v can be any part of that difference, and can make it negative. On devices that do not
 * promise equal bits, the self-test counts these elements separately and promises nothing for them.
 * CLSTEP_VARIANCE_RECURSION does not have this problem.
 */
#ifndef CLSTEP_SELFTEST_H
#define CLSTEP_SELFTEST_H

#include <clstep/clstep.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CLSTEP_SELFTEST_ULP = 64 };

/* What the self-test says of a device. */
typedef enum clstep_verdict {
    CLSTEP_VERDICT_EXACT = 1,  /* every bit equals the reference, also in the probe kernel */
    CLSTEP_VERDICT_WITHIN = 2, /* not every bit, but within the bounds promised for such a device;
                                   or nothing was compared, and `text` says so */
    CLSTEP_VERDICT_FAILED = 3  /* outside the bounds, or the probe kernel found a departure that the
                                   device does not report: do not trust this device or driver */
} clstep_verdict;

/* Where a device's fp32 departs from IEEE 754. Flags. */
typedef enum clstep_departure {
    CLSTEP_DEPARTS_DIVIDE = 1,
    CLSTEP_DEPARTS_SQRT = 2,
    CLSTEP_DEPARTS_SUBNORMALS = 4, /* flushes subnormal numbers to 0 */
    CLSTEP_DEPARTS_FMA = 8,        /* fma() is not rounded correctly, as OpenCL demands */
    CLSTEP_DEPARTS_BASICS = 16,    /* + or * is not rounded correctly, as OpenCL demands */
    CLSTEP_DEPARTS_ZEROS = 32      /* -0 instead of 0, or 0 instead of -0, against OpenCL */
} clstep_departure;

/* The parts of the self-test. Flags. */
typedef enum clstep_part {
    CLSTEP_PART_PRESETS = 1,  /* every preset, in fp32 */
    CLSTEP_PART_FORMATS = 2,  /* other formats than fp32 */
    CLSTEP_PART_ADDRESSES = 4 /* tensors in shared virtual memory, reached by pointers */
} clstep_part;

/* What the self-test could not compare on this device. Flags. They do not tell what `quick` skips,
 * such as fp64. */
typedef enum clstep_left_out {
    CLSTEP_LEFT_OUT_DIVIDES = 1,    /* in bf16, fp16 and 8 bits: rules that divide or take a root */
    CLSTEP_LEFT_OUT_SUBNORMALS = 2, /* in these formats: subnormal numbers */
    CLSTEP_LEFT_OUT_FLOAT64 = 4,    /* fp64: the device does not have it */
    CLSTEP_LEFT_OUT_ADDRESSES = 8   /* pointers: the device has no shared virtual memory, or its
                                       driver refuses them; the library then works without */
} clstep_left_out;

/* One operation in the probe kernel, compared with the host's, which follows IEEE 754. */
typedef struct clstep_selftest_operation {
    uint64_t tested;
    uint64_t different;
    uint64_t largest_ulp; /* UINT64_MAX if one is a number and the other is NaN or infinite */
} clstep_selftest_operation;

/* Comparisons of one preset, or of all presets. The elements are those of parameters and state
 * after every step. Two NaN count as equal. */
typedef struct clstep_selftest_count {
    uint64_t cases;
    uint64_t elements;
    uint64_t different;   /* elements whose bits differ */
    uint64_t flushed;     /* of these: explained by flushed subnormal numbers */
    uint64_t unbounded;   /* of these: in rules without a bound */
    uint64_t outside;     /* of these: outside the bound */
    uint64_t overwritten; /* guard elements and gradients that were written */
    uint64_t largest_ulp; /* as in the bound, without `unbounded`; UINT64_MAX for NaN or infinity */
    uint64_t largest_unbounded_ulp;
} clstep_selftest_count;

/* The result of one preset. */
typedef struct clstep_selftest_result {
    size_t size;
    const char *preset;
    size_t index;   /* presets before this one */
    size_t presets; /* presets in all */
    clstep_selftest_count count;
    char first[224];      /* the first element that differs, in words; "" if none does */
    uint64_t wrong_zeros; /* of count.outside: zeros with the wrong sign */
} clstep_selftest_result;

/* Zeros and NULL run the whole test. */
typedef struct clstep_selftest_options {
    size_t size;    /* sizeof(clstep_selftest_options), by CLSTEP_SELFTEST_OPTIONS_INIT */
    uint32_t quick; /* 1: one case for each preset, two formats and small tensors: seconds instead
                       of half a minute */
    uint32_t parts; /* CLSTEP_PART_PRESETS ...; 0: all parts; if `preset` is given, presets only */
    /* Called after each preset. The result is valid during the call only. May be NULL. */
    void (*report)(const clstep_selftest_result *result, void *data);
    void *data;         /* for `report` */
    const char *preset; /* test this preset only; NULL: all presets */
} clstep_selftest_options;

#define CLSTEP_SELFTEST_OPTIONS_INIT CLSTEP_SIZED(clstep_selftest_options)

typedef struct clstep_selftest_summary {
    size_t size;                 /* sizeof(...), by CLSTEP_SELFTEST_SUMMARY_INIT */
    clstep_verdict verdict;      /* CLSTEP_VERDICT_EXACT ... */
    uint32_t reported;           /* CLSTEP_DEPARTS_...: departures that the device reports */
    uint32_t seen;               /* CLSTEP_DEPARTS_...: departures in the probe kernel */
    uint32_t promised_ulp;       /* the bound: 0 for equal bits, or CLSTEP_SELFTEST_ULP */
    clstep_selftest_count count; /* of all presets */
    clstep_selftest_operation divide;
    clstep_selftest_operation square_root;
    clstep_selftest_operation fused;     /* fma() */
    clstep_selftest_operation basic;     /* + and * */
    clstep_selftest_operation subnormal; /* any of them, with subnormal operands or results */
    char text[320];                      /* the verdict in one sentence */
    uint32_t left_out;                   /* CLSTEP_LEFT_OUT_... */
    /* Other formats, and tensors in shared virtual memory; `count` does not include them. In other
     * formats every element that differs counts as outside the bound, and has no largest_ulp. */
    clstep_selftest_count formats;
    clstep_selftest_count addresses;
    char first[224]; /* the first element of these two that differs, in words; "" if none does */
    clstep_selftest_operation zero; /* any operation with 0 as operand or result: only the sign */
    uint64_t wrong_zeros;           /* of the elements outside the bound: zeros of the wrong sign */
} clstep_selftest_summary;

#define CLSTEP_SELFTEST_SUMMARY_INIT CLSTEP_SIZED(clstep_selftest_summary)

/* Runs the self-test on `queue`, which may be any queue of the engine's context and device. It uses
 * the engine's launch parameters, and buffers of its own: a few MiB in the engine's context. It
 * compiles about 100 kernels, and returns when all is done. CLSTEP_OK means that the test ran; the
 * verdict is in `summary`. `options` may be NULL. The status is CLSTEP_UNSUPPORTED if the calling
 * thread does not round to nearest or flushes subnormal numbers, as programs do that are linked
 * with -ffast-math: its reference would be wrong.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, BUILD_FAILED, UNSUPPORTED. */
CLSTEP_API clstep_status clstep_selftest(clstep_engine *engine, cl_command_queue queue,
                                         const clstep_selftest_options *options,
                                         clstep_selftest_summary *summary);

#ifdef __cplusplus
}
#endif

#endif
