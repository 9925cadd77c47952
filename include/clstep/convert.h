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
 * "clstep", as in a checkpoint, it tells the rule; otherwise the caller must.
 */
typedef struct clstep_dialect_info {
    const char *name;      /* clstep, torch, timm, keras, tf1, optax */
    const char *framework; /* whose layout it is */
    const char *arrays;    /* the names of the arrays of a tensor NAME */
} clstep_dialect_info;

/* The dialects, by an index from 0; NULL after the last. Every member points into the library. */
CLSTEP_API const clstep_dialect_info *clstep_dialect(size_t index);

typedef struct clstep_convert_options {
    size_t size; /* sizeof(clstep_convert_options), by CLSTEP_CONVERT_OPTIONS_INIT */
    /* Only for a file without the entry "clstep"; refused for others. The rule of all tensors in
     * the file (NULL: the dialect's preset, with the file's lr if it has one), and the number of
     * steps taken, if the file does not have it. */
    const clstep_rule *rule;
    uint64_t steps;
    int32_t has_steps; /* 1: `steps` is given */
    /* 0: refuse a translation that changes the meaning or the bits; 1: allow it. */
    int32_t allow_inexact;
    /* 0: report a momentum array with other numbers than 0 although the rule has no momentum; 1: do
     * not (TensorFlow 1 always has this array, and fills it). */
    int32_t without_momentum;
    int32_t reserved; /* 0 */
    /* Called for the rule of each group. It may change the rule; the target then gets the rule that
     * is nearest to that. A status other than CLSTEP_OK ends the conversion. May be NULL. */
    clstep_status (*change)(clstep_rule *rule, void *context);
    /* Called with a sentence for each thing that is not exact. The text is valid during the call
     * only. May be NULL. */
    void (*report)(const char *sentence, void *context);
    /* Called from time to time with the number of elements done and of all elements. A status other
     * than CLSTEP_OK ends the conversion. May be NULL. */
    clstep_status (*progress)(uint64_t done, uint64_t all, void *context);
    void *context; /* for these three functions */
} clstep_convert_options;

#define CLSTEP_CONVERT_OPTIONS_INIT CLSTEP_SIZED(clstep_convert_options)

/*
 * Translates a state from the dialect `from` to the dialect `to`. `file` is an open file. `writer`
 * is new: do not declare or begin anything. After the call it holds the whole file; finish it by
 * clstep_writer_commit() or clstep_writer_take(). On failure destroy the writer; the target has not
 * changed. The call needs at most 64 MiB of host memory at a time. `options` may be NULL.
 *
 * The target's rule is the source's if `to` is "clstep". Otherwise it is the framework's, with the
 * source's numbers and those of its switches that the framework has. Arrays are copied, but if the
 * two dialects store different things, they are
 * - negated (optax's trace): exact;
 * - multiplied or divided by lr (a momentum buffer that contains lr, or does not): has the same
 *   meaning only as long as lr does not change;
 * - computed, in double: square_avg = grad_var + grad_avg^2,
 *   grad_var = max(square_avg - grad_avg^2, 0).
 * A tensor's parameter, called NAME in every dialect, is copied. A missing array is an error,
 * unless no step was taken and its first value is known.
 *
 * Everything that is not exact is reported: roundings in other places, eps on the other side of the
 * root, switches and kinds of weight decay that the target does not have, elements that were
 * rounded or clamped. The call then fails with CLSTEP_UNSUPPORTED and the first of these sentences,
 * unless options->allow_inexact is set. An exact translation reports nothing.
 *
 * CLSTEP_UNSUPPORTED also stands for arrays that are not F32, a rule that the dialect does not
 * have, a division by an lr of 0, and a number that overflows. CLSTEP_INVALID_FILE stands for
 * arrays that are missing or belong to no tensor, NaN, infinity and negative squares.
 * Statuses: OUT_OF_MEMORY, FILE_FAILED, INVALID_FILE, UNSUPPORTED. */
CLSTEP_API clstep_status clstep_convert(const clstep_safetensors *file, const char *from,
                                        clstep_writer *writer, const char *to,
                                        const clstep_convert_options *options);

#ifdef __cplusplus
}
#endif

#endif
