/*
 * The scalar reference on tensors in memory, in whatever formats: every byte that a step writes.
 * What the kernels are held against where something is not fp32; the formats are those of
 * bfloat16.h, float16.h and block8.h, the random bits those of random_bits.h.
 */
#ifndef CLSTEP_REFERENCE_BLOCK8_STEP_H
#define CLSTEP_REFERENCE_BLOCK8_STEP_H

#include "rule/state_arrays.h"

/* Elements of a tensor, up to CLSTEP_BLOCK8_ELEMENTS from a multiple of it, and the step that is
 * done to them.
 */
typedef struct clstep__block {
    const clstep_rule *rule;
    double lr;  /* in place of the rule's */
    uint64_t t; /* the step, 1 for the first */
    uint64_t seed;
    clstep__format format;
    uint64_t element; /* the running number of the first, a multiple of CLSTEP_BLOCK8_ELEMENTS */
    size_t count;
    unsigned char *param; /* of the first element; so are the others */
    const unsigned char *grad;
    unsigned char *arrays[CLSTEP__ARRAYS_MAX]; /* in the order of clstep__format_arrays() */
} clstep__block;

/* Updates parameters and arrays. The rule must be valid. */
void clstep__reference_block(const clstep__block *block);

/* A number of any format but codes, as double; and to nearest into it. */
double clstep__number_from(int32_t dtype, const void *bytes);
void clstep__number_to(int32_t dtype, double number, void *bytes);

#endif
