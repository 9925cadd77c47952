/* The bounds of an element after one step, and how far a device is from the reference. selftest.h
 * explains the numbers. */
#ifndef CLSTEP_SELFTEST_PROMISE_H
#define CLSTEP_SELFTEST_PROMISE_H

#include <clstep/selftest.h>
#include <stdbool.h>

/* The numbers of an element. */
typedef enum clstep__part {
    CLSTEP__PART_PARAMETER,
    CLSTEP__PART_BUFFER, /* momentum_buffer, or Adadelta's acc_delta */
    CLSTEP__PART_AVERAGE /* any other state: computed without divide and sqrt */
} clstep__part;

/* Which part the state array number `state` of a valid rule is. */
clstep__part clstep__part_of(const clstep_rule *rule, size_t state);

/* The bounds of one group in one step, on a device that departs from IEEE 754 in `departs`. */
typedef struct clstep__promise {
    uint64_t ulp[3];     /* of each part */
    double flushes[3];   /* absolute change by flushing, of each part */
    double flushed_part; /* relative change by flushing, of parameter and buffer */
    double increment;    /* factor of the momentum buffer in the parameter */
    bool unbounded;      /* parameter and buffer have no bound */
} clstep__promise;

clstep__promise clstep__promise_of(const clstep_rule *rule, double lr, unsigned departs);

/* Compares and counts one number. `magnitude` is the sum of the magnitudes in the element. True if
 * the bits differ. */
bool clstep__promise_count(const clstep__promise *promise, clstep__part part, float device,
                           float reference, double magnitude, clstep_selftest_count *count);

void clstep__count_add(clstep_selftest_count *sum, const clstep_selftest_count *more);

#endif
