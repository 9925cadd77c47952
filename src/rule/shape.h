/*
 * The shape of a rule: what of it is compiled into a kernel. Two rules of equal shape share kernels
 * and launches; their numbers may differ.
 */
#ifndef CLSTEP_RULE_SHAPE_H
#define CLSTEP_RULE_SHAPE_H

#include "layout.clh"

#include <clstep/rule.h>
#include <stdbool.h>

typedef struct clstep__shape {
    int32_t algorithm;  /* CLSTEP_RMSPROP ... */
    int32_t arithmetic; /* CLSTEP_ARITHMETIC_OWN ... */
    int32_t centered;   /* CLSTEP_CENTERED_NO ... */
    int32_t momentum;   /* 1: there is a momentum buffer */
    int32_t lr_in_momentum;
    int32_t nesterov;
    int32_t eps_inside_sqrt;
    int32_t bias_correction;
    int32_t decay_decoupled;
    int32_t maximize;
} clstep__shape;

/* The shape of a valid rule. Switches that its algorithm does not have are 0. */
clstep__shape clstep__shape_of(const clstep_rule *rule);

bool clstep__shape_equal(const clstep__shape *a, const clstep__shape *b);

/* The number of state arrays, at most CLSTEP_STATES_MAX, and their names. */
size_t clstep__shape_states(const clstep__shape *shape);
const char *clstep__shape_state_name(const clstep__shape *shape, size_t index);

#endif
