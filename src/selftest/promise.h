/* What is promised of an element after one step, and how far it is from that; selftest.h derives
 * the numbers. */
#ifndef CLSTEP_SELFTEST_PROMISE_H
#define CLSTEP_SELFTEST_PROMISE_H

#include <clstep/selftest.h>
#include <stdbool.h>

/* Which of an element's numbers. */
typedef enum clstep__part {
    CLSTEP__PART_PARAMETER,
    CLSTEP__PART_BUFFER, /* momentum_buffer */
    CLSTEP__PART_AVERAGE /* any other state: made without divide and sqrt */
} clstep__part;

/* For the rules of one group in one step, on a device that departs from IEEE 754 in `departs`. */
typedef struct clstep__promise {
    uint64_t ulp[3];     /* per part */
    double flushes[3];   /* what flushing can change, absolute */
    double flushed_part; /* and relative, of parameter and buffer */
    double increment;    /* what the momentum buffer is multiplied by in the parameter */
    bool unbounded;      /* but for the averages */
} clstep__promise;

clstep__promise clstep__promise_of(const clstep_rule *rule, double lr, unsigned departs);

/* Counts one number: `device` against `reference`, `magnitude` being the sum of the magnitudes that
 * met in it. True if the bits differ. */
bool clstep__promise_count(const clstep__promise *promise, clstep__part part, float device,
                           float reference, double magnitude, clstep_selftest_count *count);

void clstep__count_add(clstep_selftest_count *sum, const clstep_selftest_count *more);

#endif
