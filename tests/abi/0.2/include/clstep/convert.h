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
 * A dialect is how a framework's state is laid out in a safetensors file; docs/translation.md has
 * the names, signs and scales. Which rule the state belongs to is told by the entry "clstep" of the
 * metadata, the same as in a checkpoint, and otherwise by the caller.
 */
typedef struct clstep_dialect_info {
    const char *name;      /* clstep, torch, timm, keras, tf1, optax */
    const char *framework; /* whose state it is */
    const char *arrays;    /* what the arrays of a tensor NAME are called */
} clstep_dialect_info;

/* The dialect of an index from 0; NULL past the last. Every member points into the library. */
CLSTEP_API const clstep_dialect_info *clstep_dialect(size_t index);

typedef struct clstep_convert_options {
    size_t size; /* sizeof(clstep_convert_options), by CLSTEP_CONVERT_OPTIONS_INIT */
    /* For a file without the entry "clstep": the rule of all its tensors, which are found by the
     * names of their arrays (NULL: the dialect's preset, with the file's lr if it has one), and how
     * many steps were taken, where the file does not count them. Refused for other files. */
    const clstep_rule *rule;
    uint64_t steps;
    int32_t has_steps; /* 1: `steps` is given */
    /* 1: converts although something changes its meaning or its bits; 0: that is refused. */
    int32_t allow_inexact;
    /* 1: the momentum of `rule` is 0 for certain, whatever the file's momentum array holds
     * (TensorFlow 1 always has one, and fills it); 0: numbers in it are reported. */
    int32_t without_momentum;
    int32_t reserved; /* 0 */
    /* Called for the rule of every group, which it may change: the target then is the nearest rule
     * to that one. What it returns other than CLSTEP_OK ends the call. NULL changes nothing. */
    clstep_status (*change)(clstep_rule *rule, void *context);
    /* Called with one sentence for each thing that is not exact, valid during the call. NULL: they
     * are not wanted. */
    void (*report)(const char *sentence, void *context);
    /* Called now and then with the number of elements that are done, and of all. What it returns
     * other than CLSTEP_OK ends the call. NULL: it is not wanted. */
    clstep_status (*progress)(uint64_t done, uint64_t all, void *context);
    void *context; /* for all three */
} clstep_convert_options;

#define CLSTEP_CONVERT_OPTIONS_INIT CLSTEP_SIZED(clstep_convert_options)

/*
 * Translates a state from a dialect into another: `file` is open, `writer` was created and nothing
 * else; afterwards it holds the whole, for clstep_writer_commit() or clstep_writer_take(). On
 * failure destroy the writer; the target is what it was. At most 64 MiB of host memory are in use
 * at a time.
 *
 * The rule of the target is that of the source, where the dialect is clstep; otherwise the
 * framework's, with the source's numbers and those of its switches that the framework has. Arrays
 * are copied; where the two differ in what they keep, they are
 *     negated (optax's trace): exact;
 *     multiplied or divided by lr (a momentum buffer with lr inside, or without): exact in meaning
 *         only as long as lr stays what it is;
 *     square_avg = grad_var + grad_avg^2, grad_var = max(square_avg - grad_avg^2, 0), in double.
 * A tensor's parameter, called NAME in every dialect, is copied. An array that is missing is an
 * error, but for one that starts at a known number where no step has been taken.
 *
 * Whatever is not exact is reported: another order of roundings, eps on the other side of the root,
 * switches and a kind of weight decay that the target does not have, elements that were rounded or
 * clamped. Unless options->allow_inexact is set the call then fails with CLSTEP_UNSUPPORTED and the
 * first of these sentences. An exact translation reports nothing.
 *
 * CLSTEP_UNSUPPORTED too: arrays that are not F32, an algorithm that the dialect does not have, a
 * division by an lr of 0, a number that overflows. CLSTEP_INVALID_FILE: arrays that are missing or
 * belong to no tensor, NaN, infinity, negative squares. `options` NULL means all defaults.
 * Statuses: OUT_OF_MEMORY, FILE_FAILED, INVALID_FILE, UNSUPPORTED. */
CLSTEP_API clstep_status clstep_convert(const clstep_safetensors *file, const char *from,
                                        clstep_writer *writer, const char *to,
                                        const clstep_convert_options *options);

#ifdef __cplusplus
}
#endif

#endif
