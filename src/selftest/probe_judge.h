/* Compares the probe's results with the host's, which follow IEEE 754. */
#ifndef CLSTEP_SELFTEST_PROBE_JUDGE_H
#define CLSTEP_SELFTEST_PROBE_JUDGE_H

#include "selftest/probe_operands.h"

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

/* The results of the probe. */
typedef struct clstep__probe {
    clstep_selftest_operation operations[CLSTEP__PROBE_OPERATIONS];
    /* with subnormal operands or results: differences that flushing explains */
    clstep_selftest_operation subnormal[CLSTEP__PROBE_OPERATIONS];
    /* with zeros as operands or results: wrong signs */
    clstep_selftest_operation zeros;
} clstep__probe;

/* Adds the kernel's `results`, of vectors or one by one, to `probe`. */
void clstep__probe_judge(const clstep__probe_operands *operands, const float *results,
                         clstep__probe *probe);

/* How many fp32 numbers lie from a to b; UINT64_MAX if one is NaN. */
uint64_t clstep__ulps_between(float a, float b);

#endif
