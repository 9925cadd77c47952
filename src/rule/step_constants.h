/* The constants of a rule in one step, in the kernel's order (abi/constants.h). */
#ifndef CLSTEP_RULE_STEP_CONSTANTS_H
#define CLSTEP_RULE_STEP_CONSTANTS_H

#include "abi/constants.h"

#include <clstep/rule.h>

/* Fills `constants` for step t (1 for the first) of a valid rule. `lr` replaces the rule's learning
 * rate. */
void clstep__step_constants(const clstep_rule *rule, double lr, uint64_t t,
                            float constants[CLSTEP_STEP_CONSTANTS]);

/* The same for kernels that compute in fp64: no number is rounded to fp32. */
void clstep__step_constants_double(const clstep_rule *rule, double lr, uint64_t t,
                                   double constants[CLSTEP_STEP_CONSTANTS]);

#endif
