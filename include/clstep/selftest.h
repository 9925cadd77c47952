/*
 * The self-test: does a device compute what the library promises? Part of libclstep.
 *
 * The self-test takes the same steps on the device and with a scalar reference in C, and compares
 * every number. The reference shares no code with the kernels. Before each step it takes over what
 * the device has, so that a difference is that of one step and does not add up.
 * - Rules: every preset, as it is and with each switch that its rule has.
 * - Tensors: of 0 to 65,539 elements, at odd offsets, in one buffer or in eleven, with guard
 *   elements around them that must not change.
 * - Gradients: both signs, zeros, constants and subnormal numbers, over nine decades.
 * - Formats: fp32, and a choice of the others (see clstep_tensor and clstep_group).
 *
 * A departure is a way in which a device's fp32 differs from IEEE 754 (see clstep_departure). The
 * device reports its departures in CL_DEVICE_SINGLE_FP_CONFIG. The self-test also looks itself: its
 * probe kernel computes single operations (divide, sqrt, fma, + and *), and compares them with the
 * host's. It fails the device if the probe finds a wrong fma, + or *, or a departure that the
 * device does not report. There are two exceptions. The probe kernel divides and takes roots as
 * the library does: by fma, if the device does not report that it rounds them correctly. So on a
 * device that keeps subnormal numbers both must be right, whatever it reports. And a device that
 * flushes them may have wrong signs of zeros, which OpenCL has no report for.
 *
 * What the library promises in fp32
 *
 * - The device keeps subnormal numbers: equal bits. Every number equals the reference's, signs of
 *   zeros included. If the device does not report that it rounds divide and sqrt correctly, the
 *   kernels compute both with fma, which gives the same bits.
 * - The device reports that it flushes subnormal numbers to 0: parameters and momentum_buffer are
 *   within CLSTEP_SELFTEST_ULP ulp. The other state arrays, which need no divide and no sqrt, are
 *   within 4 ulp. Flushing itself may add more: a few times 1.2e-38, the smallest normal number; in
 *   parameters and momentum_buffer divided by the smallest possible denominator (eps, or its root).
 *   src/selftest/promise.c has these terms.
 *   There are two gaps. The self-test counts the parameters and momentum_buffer of these rules, and
 *   Adadelta's acc_delta, as `unbounded`, and promises nothing for them:
 *   - rules that are centred by v - m^2 (CLSTEP_VARIANCE_DIFFERENCE). One ulp of v can be as large
 *     as v - m^2, and can make it negative. CLSTEP_VARIANCE_RECURSION does not have this problem;
 *   - Adadelta, NAdam, Adamax and Lion: no bound has been derived for them.
 *
 * An ulp is a unit in the last place of a sum of magnitudes: |old| + |new| of the number itself. A
 * parameter with momentum adds f * (|old| + |new|) of its momentum_buffer, where f is lr, or 1 with
 * lr_in_momentum.
 *
 * How CLSTEP_SELFTEST_ULP was chosen: OpenCL allows an error of 2.5 ulp for a divide and of 3 ulp
 * for sqrt. Any other rounding may differ by 1 between the device and the reference. The longest
 * chain of an update is lr * (g * (1 / (sqrt(v / correction) + eps))). The sqrt halves the error of
 * its argument, so the chain has 1.25 + 3 + 1 + 2.5 + 1 + 1 = 9.75 ulp; 12.5 are allowed. So the
 * increment is right to 12.5 * 2^-23 of its size. Nesterov's momentum adds the increment twice:
 * 25 * 2^-23. One ulp is at least 2^-24 of a number, so that is at most 50 ulp. The other 14 are
 * for the roundings of the sums.
 *
 * What the library promises in other formats
 *
 * Equal bytes. A stochastically rounded number, and a block whose scale depends on its numbers,
 * cannot be compared in ulp. So the self-test compares
 * - all formats, on a device for which equal bits are promised;
 * - SGD, on a device that flushes: it has no divide and no sqrt, and gets no numbers near the
 *   subnormal ones;
 * - fp64 parameters on every device that has fp64, because OpenCL demands IEEE 754 there.
 * SGD and Adam also get numbers that overflow: they become infinite or, in 8 bits, the largest
 * number. No number becomes NaN, whose bits are not promised. If the device has shared virtual
 * memory, one case has fp32 tensors there, which the kernels reach by pointers. The field
 * `left_out` of the summary tells what could not be compared.
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
    CLSTEP_VERDICT_EXACT = 1,  /* every bit equals the reference, and the probe kernel found no
                                  departure */
    CLSTEP_VERDICT_WITHIN = 2, /* other bits or a departure, but within what is promised for such a
                                  device; or nothing was compared, and `text` says so */
    CLSTEP_VERDICT_FAILED = 3  /* outside the bounds, or the probe kernel found a departure that the
                                   device does not report: do not trust this device or driver */
} clstep_verdict;

/* Where a device's fp32 departs from IEEE 754. Flags. */
typedef enum clstep_departure {
    CLSTEP_DEPARTS_DIVIDE = 1,
    CLSTEP_DEPARTS_SQRT = 2,
    CLSTEP_DEPARTS_SUBNORMALS = 4, /* flushes subnormal numbers to 0 */
    CLSTEP_DEPARTS_FMA = 8,        /* fma() is not rounded correctly, though OpenCL demands it */
    CLSTEP_DEPARTS_BASICS = 16,    /* + or * is not rounded correctly, though OpenCL demands it */
    CLSTEP_DEPARTS_ZEROS = 32      /* -0 instead of 0, or 0 instead of -0, though OpenCL demands the
                                      right sign */
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
    uint64_t largest_ulp; /* the largest distance, in the ulp of the bound, apart from elements in
                             `unbounded`; UINT64_MAX if one number is NaN or infinite */
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
    size_t size;    /* CLSTEP_SELFTEST_OPTIONS_INIT sets it */
    uint32_t quick; /* 1: one case for each preset, two formats and small tensors: seconds instead
                       of half a minute */
    uint32_t parts; /* CLSTEP_PART_PRESETS ...; 0: all parts, or only the presets if `preset` is
                       given */
    /* Called after each preset. The result is valid during the call only. May be NULL. */
    void (*report)(const clstep_selftest_result *result, void *data);
    void *data;         /* for `report` */
    const char *preset; /* test this preset only; NULL: all presets */
} clstep_selftest_options;

#define CLSTEP_SELFTEST_OPTIONS_INIT CLSTEP_SIZED(clstep_selftest_options)

typedef struct clstep_selftest_summary {
    size_t size;                 /* CLSTEP_SELFTEST_SUMMARY_INIT sets it */
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
     * formats every element that differs counts as outside the bound; largest_ulp is 0. */
    clstep_selftest_count formats;
    clstep_selftest_count addresses;
    char first[224]; /* the first element of these two that differs, in words; "" if none does */
    clstep_selftest_operation zero; /* signs of zeros, in all operations */
    uint64_t wrong_zeros;           /* of the elements outside the bound: zeros of the wrong sign */
} clstep_selftest_summary;

#define CLSTEP_SELFTEST_SUMMARY_INIT CLSTEP_SIZED(clstep_selftest_summary)

/* Runs the self-test on `queue`, which may be any queue of the engine's context and device. It uses
 * the engine's launch parameters, and buffers of its own: a few MiB in the engine's context. It
 * compiles about 100 kernels, and returns when all is done. CLSTEP_OK means that the test ran; the
 * verdict is in `summary`. `options` may be NULL. The status is CLSTEP_UNSUPPORTED if the calling
 * thread does not round to nearest or flushes subnormal numbers, as programs do that are linked
 * with -ffast-math: the reference would be wrong.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, BUILD_FAILED, UNSUPPORTED. */
CLSTEP_API clstep_status clstep_selftest(clstep_engine *engine, cl_command_queue queue,
                                         const clstep_selftest_options *options,
                                         clstep_selftest_summary *summary);

#ifdef __cplusplus
}
#endif

#endif
