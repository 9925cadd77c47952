/* The norm of gradients in scalar C, by the sums of abi/norm.h. It shares no code with the
 * kernels. */
#ifndef CLSTEP_REFERENCE_NORM_H
#define CLSTEP_REFERENCE_NORM_H

#include "abi/norm.h"

#include <clstep/rule.h>

/* A sum, and what its roundings have lost. */
typedef struct clstep__sum {
    float rounded;
    float lost;
} clstep__sum;

/* Starts as {0}. */
typedef struct clstep__norm {
    clstep__sum lanes[CLSTEP_NORM_LANES]; /* of leaves */
    uint64_t leaves;
} clstep__norm;

/* Adds the gradient of a tensor. One that a step leaves out still takes its leaves: `grad` NULL. */
void clstep__norm_add(clstep__norm *norm, const float *grad, size_t count);

/* The same for the norm of one tensor, whose leaves are added one after the other. */
void clstep__norm_add_own(clstep__norm *norm, const float *grad, size_t count);

/* The norm of all gradients so far. */
float clstep__norm_of(const clstep__norm *norm);

/* The gradient `g` after clipping by a norm, in the rule's way. */
float clstep__clip_by_norm(const clstep_rule *rule, float norm, float g);

#endif
