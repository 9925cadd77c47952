/*
 * The variant of a rule: the switches that select code. Two rules of equal variant share kernels
 * and launches; their step constants may differ.
 */
#ifndef CLSTEP_RULE_VARIANT_H
#define CLSTEP_RULE_VARIANT_H

#include "abi/layout.clh"

#include <clstep/rule.h>
#include <stdbool.h>

typedef struct clstep__variant {
    int32_t algorithm; /* that of the rule */
    int32_t rounding;  /* CLSTEP_ROUNDING_OWN ... */
    int32_t centered;  /* CLSTEP_CENTERED_NO ... */
    int32_t momentum;  /* 1: there is a momentum buffer */
    int32_t lr_in_momentum;
    int32_t nesterov;
    int32_t eps_inside_sqrt;
    int32_t bias_correction;
    int32_t amsgrad;
    int32_t decay_decoupled;
    int32_t maximize;
} clstep__variant;

/* That of a valid rule. Switches that the rule does not have are 0. */
clstep__variant clstep__variant_of(const clstep_rule *rule);

bool clstep__variant_equal(const clstep__variant *a, const clstep__variant *b);

/* The name of its rule, such as "rmsprop". */
const char *clstep__variant_rule(const clstep__variant *variant);

/* The number of state arrays, at most CLSTEP_STATES_MAX, and their names. */
size_t clstep__variant_states(const clstep__variant *variant);
const char *clstep__variant_state_name(const clstep__variant *variant, size_t index);

#endif
