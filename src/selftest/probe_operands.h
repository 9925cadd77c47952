/* The operands of the probe, whose results are hard to round. */
#ifndef CLSTEP_SELFTEST_PROBE_OPERANDS_H
#define CLSTEP_SELFTEST_PROBE_OPERANDS_H

#include <stddef.h>

/* Operands, `count` each, a multiple of 16. */
typedef struct clstep__probe_operands {
    size_t count;
    float *a;
    float *b;
    float *c;
} clstep__probe_operands;

/* Fills a, b and c with `count` operands each, hard cases first. */
void clstep__probe_choose(clstep__probe_operands *operands);

#endif
