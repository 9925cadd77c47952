/*
 * How a device rounds: divide, sqrt, fma, multiplication and addition of a probe kernel
 * (kernels/probe.cl), held against the host's, which are IEEE 754's.
 */
#ifndef CLSTEP_SELFTEST_PROBE_H
#define CLSTEP_SELFTEST_PROBE_H

#include "base/text.h"
#include "engine/program.h"

#include <clstep/selftest.h>

/* The operations in the order of the kernel's results. */
enum {
    CLSTEP__PROBE_DIVIDE,
    CLSTEP__PROBE_SQRT,
    CLSTEP__PROBE_FMA,
    CLSTEP__PROBE_MULTIPLY,
    CLSTEP__PROBE_ADD,
    CLSTEP__PROBE_OPERATIONS
};

/* Operands, `count` each, a multiple of 16. */
typedef struct clstep__probe_operands {
    size_t count;
    float *a;
    float *b;
    float *c;
} clstep__probe_operands;

typedef struct clstep__probe {
    clstep_selftest_operation operations[CLSTEP__PROBE_OPERATIONS];
    /* with subnormal operands or results; differences that flushing to 0 explains */
    clstep_selftest_operation subnormal[CLSTEP__PROBE_OPERATIONS];
} clstep__probe;

/* Where the probe runs. */
typedef struct clstep__probe_place {
    cl_context context;
    cl_device_id device;
    cl_command_queue queue;
    uint32_t width; /* of the engine's vectors */
    clstep__arithmetic arithmetic;
} clstep__probe_place;

/* Builds the probe, runs it, waits and judges. `log` as in clstep__program_build(). */
clstep_status clstep__probe_run(const clstep__probe_place *place, clstep__probe *probe,
                                clstep__text *log);

/* In probe_operands.c: fills the room for `count` operands each: hard cases first. */
void clstep__probe_choose(clstep__probe_operands *operands);

/* In probe_judge.c: `results` are those of the kernel, for vectors or one by one. */
void clstep__probe_judge(const clstep__probe_operands *operands, const float *results,
                         clstep__probe *probe);

/* How many fp32 numbers lie from a to b; UINT64_MAX if one is NaN. */
uint64_t clstep__ulps_between(float a, float b);

#endif
