/*
 * The states of other frameworks. Part of store.h; needs no OpenCL.
 */
#ifndef CLSTEP_CONVERT_H
#define CLSTEP_CONVERT_H

#include <clstep/rule.h>
#include <clstep/safetensors.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A dialect is the layout of one framework's state in a safetensors file: names, signs and scales
 * of the arrays. docs/translation.md describes all dialects. If the metadata have an entry
 * "clstep", as in a checkpoint, it tells the rule; otherwise you give it (clstep_convert_options).
 * A file in the dialect "clstep" must have the entry.
 * Later versions may add members at the end of this struct: do not copy it.
 */
typedef struct clstep_dialect_info {
    const char *name;      /* clstep, torch, timm, keras, tf1, optax */
    const char *framework; /* whose layout it is */
    const char *arrays;    /* the names of the arrays of a tensor NAME */
} clstep_dialect_info;

/* The dialect number `index`, counted from 0; NULL past the last. Every member points into the
 * library. */
CLSTEP_API const clstep_dialect_info *clstep_dialect(size_t index);

typedef struct clstep_convert_options {
    size_t size; /* CLSTEP_CONVERT_OPTIONS_INIT sets it */
    /* `rule`, `steps` and `has_steps` are for a file without the entry "clstep"; for others they
     * must be 0. The rule of all tensors in the file. NULL: the dialect's preset, with the file's
     * lr if it has one. */
    const clstep_rule *rule;
    /* The number of steps taken. Needed if the file does not have it; set has_steps to 1 then. */
    uint64_t steps;
    int32_t has_steps; /* 1: `steps` is given */
    /* 0: refuse a translation that changes the meaning or the bits; 1: allow it. */
    int32_t allow_inexact;
    /* If the rule has no momentum, a momentum array in the file is left out. 0: report it as
     * inexact if it has other numbers than 0; 1: do not report it (TensorFlow 1 always has this
     * array, and fills it). */
    int32_t without_momentum;
    int32_t reserved; /* 0 */
    /* Called for the rule of each group. It may change the rule. The target then gets the nearest
     * rule that its framework can express. Any status but CLSTEP_OK ends the conversion, which
     * returns it. May be NULL. */
    clstep_status (*change)(clstep_rule *rule, void *context);
    /* Called with a sentence for each thing that is not exact. The text is valid during the call
     * only. May be NULL. */
    void (*report)(const char *sentence, void *context);
    /* Called from time to time with the number of elements done and of all elements. Any status but
     * CLSTEP_OK ends the conversion, which returns it. May be NULL. */
    clstep_status (*progress)(uint64_t done, uint64_t all, void *context);
    void *context; /* for these three functions */
} clstep_convert_options;

#define CLSTEP_CONVERT_OPTIONS_INIT CLSTEP_SIZED(clstep_convert_options)

/*
 * Translates a state from the dialect `from` to the dialect `to`. `file` is an open file. `writer`
 * is new: do not declare or begin anything. After the call the writer holds the whole new state:
 * finish it with clstep_writer_commit() or clstep_writer_take(). On failure destroy the writer; the
 * file at its path has not changed. The call needs at most 64 MiB of host memory at a time.
 * `options` may be NULL.
 *
 * The target's rule is the source's if `to` is "clstep". Otherwise it is the framework's preset,
 * with the source's numbers, and with the source's switches as far as the framework has them.
 * Arrays are copied. Where the two dialects store different things, arrays are
 * - negated (optax's trace): exact;
 * - multiplied or divided by lr (if only one of the two momentum buffers contains lr): has the same
 *   meaning only as long as lr does not change;
 * - computed, in double: square_avg = grad_var + grad_avg^2,
 *   grad_var = max(square_avg - grad_avg^2, 0); with bias correction also multiplied or divided by
 *   1 - rho^steps.
 * A tensor's parameter, called NAME in every dialect, is copied. A missing array is an error,
 * unless no step was taken and its first value is known; a clstep file must have all arrays.
 *
 * Everything that is not exact is reported: roundings in other places, eps on the other side of the
 * root, switches and kinds of weight decay that the target does not have, elements that were
 * rounded or clamped. The call then fails with CLSTEP_UNSUPPORTED, with the first reported sentence
 * in its message, unless options->allow_inexact is set. An exact translation reports nothing.
 *
 * CLSTEP_UNSUPPORTED is also the status for arrays that are not F32, a rule that the dialect does
 * not have, a division by an lr of 0, and a number that overflows. CLSTEP_INVALID_FILE is the
 * status for arrays that are missing or belong to no tensor, and for bad numbers
 * (clstep_state_find_bad()).
 * Statuses: OUT_OF_MEMORY, FILE_FAILED, INVALID_FILE, UNSUPPORTED. */
CLSTEP_API clstep_status clstep_convert(const clstep_safetensors *file, const char *from,
                                        clstep_writer *writer, const char *to,
                                        const clstep_convert_options *options);

#ifdef __cplusplus
}
#endif

#endif
