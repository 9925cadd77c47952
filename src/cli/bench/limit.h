/*
 * The limits: of memory, by kernels with the update's reads and writes and no arithmetic; and of
 * arithmetic, by the same kernels with a division and a square root for each element.
 */
#ifndef CLSTEP_CLI_BENCH_LIMIT_H
#define CLSTEP_CLI_BENCH_LIMIT_H

#include "cli/workplace.h"

enum { LIMIT_ARRAYS_MAX = 5, LIMIT_VARIANTS = 5, LIMIT_ROOTS = 2, LIMIT_LEAST = 16 };

/* What is read and, but for the gradient, written: `elements` of each array, at least
 * LIMIT_LEAST. */
typedef struct limit_load {
    cl_mem arrays[LIMIT_ARRAYS_MAX];             /* parameter, gradient, state */
    size_t count;                                /* 2 to LIMIT_ARRAYS_MAX */
    size_t param_bytes, grad_bytes, state_bytes; /* of an element: 1, 2, 4 or 8 */
    size_t elements;
    bool has_root; /* the update divides by a square root, in fp32 */
} limit_load;

/* A variant of the kernel; the fastest of all is the limit. */
typedef struct limit_variant {
    const workplace *place;
    const char *name; /* "16 x 1024": elements per access, accesses per work-item */
    cl_program program;
    cl_kernel kernel;
    size_t global;
    double share; /* of the elements: whole vectors only */
} limit_variant;

typedef struct limit_set {
    limit_variant variants[LIMIT_VARIANTS];
    limit_variant roots[LIMIT_ROOTS]; /* with divide and square root */
    size_t root_count;                /* 0 where there are none */
} limit_set;

int limit_open(limit_set *set, const workplace *place, const limit_load *load);
void limit_close(limit_set *set);

/* Enqueues a variant; an exit code. */
int limit_enqueue(const limit_variant *variant);

#endif
