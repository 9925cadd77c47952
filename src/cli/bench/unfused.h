/*
 * RMSprop without a fused update: calls of CLBlast, and one small kernel for the root and the
 * quotient. It uses the parameters and gradients of the update that it is compared with, and a
 * state of its own.
 */
#ifndef CLSTEP_CLI_BENCH_UNFUSED_H
#define CLSTEP_CLI_BENCH_UNFUSED_H

#include "cli/workplace.h"

#include <stddef.h>

enum { BENCH_UNFUSED_VARIANTS = 2 };

typedef struct bench_unfused bench_unfused;

/* One way to do so. */
typedef struct bench_unfused_variant {
    bench_unfused *of;
    const char *name;
    size_t launches;
    int (*enqueue)(void *variant); /* an exit code */
} bench_unfused_variant;

struct bench_unfused {
    const workplace *place;
    const clstep_rule *rule;
    size_t count;
    cl_mem p, g; /* borrowed */
    cl_mem v, t;
    cl_program program;
    cl_kernel divide;
    bench_unfused_variant variants[BENCH_UNFUSED_VARIANTS];
};

/* Runs each variant once and compares its result with the formula. `rule` is plain RMSprop. Close
 * accepts what a failed open has left. */
int bench_unfused_open(bench_unfused *unfused, const workplace *place, const clstep_rule *rule,
                       cl_mem p, cl_mem g, size_t count);
void bench_unfused_close(bench_unfused *unfused);

#endif
