/* Rule variants and their states. */
#ifndef CLSTEP_RULE_VARIANT_H
#define CLSTEP_RULE_VARIANT_H

#include "rule/descriptor.h"

/* The variant of a valid rule. Switches that the rule does not have are 0. */
clstep__variant clstep__variant_of(const clstep_rule *rule);

/* Whether it clips gradients by a norm; and whether by one of each tensor. */
bool clstep__has_norm(const clstep__variant *variant);
bool clstep__has_norm_of_tensor(const clstep__variant *variant);

bool clstep__variant_equal(const clstep__variant *a, const clstep__variant *b);

/* The name of its rule, such as "rmsprop". */
const char *clstep__variant_rule(const clstep__variant *variant);

/* The number of state arrays, at most CLSTEP_STATES_MAX, and their names. */
size_t clstep__variant_states(const clstep__variant *variant);
const char *clstep__variant_state_name(const clstep__variant *variant, size_t index);

#endif
