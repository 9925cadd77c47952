/*
 * The scalar reference on tensors in memory, in any formats: every byte that a step writes. Kernels
 * for other formats than fp32 are compared with it. The formats are in bfloat16.h, float16.h and
 * block8.h, the random bits in random_bits.h.
 */
#ifndef CLSTEP_REFERENCE_BLOCK8_STEP_H
#define CLSTEP_REFERENCE_BLOCK8_STEP_H

#include "rule/state_arrays.h"

/* At most CLSTEP_BLOCK8_ELEMENTS elements of a tensor, from a multiple of that on, and the step to
 * make with them. */
typedef struct clstep__block {
    const clstep_rule *rule;
    double lr;  /* replaces the rule's */
    uint64_t t; /* the step, 1 for the first */
    uint64_t seed;
    clstep__format format;
    uint64_t element; /* the number of the first element, a multiple of CLSTEP_BLOCK8_ELEMENTS */
    size_t count;
    unsigned char *param; /* at the first element, as are the others */
    const unsigned char *grad;
    unsigned char *arrays[CLSTEP__ARRAYS_MAX]; /* in the order of clstep__format_arrays() */
} clstep__block;

/* Updates parameters and arrays. The rule must be valid. */
void clstep__reference_block(const clstep__block *block);

/* Reads a number of any format but 8 bits; and writes one, rounded to nearest. */
double clstep__number_from(int32_t dtype, const void *bytes);
void clstep__number_to(int32_t dtype, double number, void *bytes);

#endif
