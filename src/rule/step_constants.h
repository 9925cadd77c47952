/* The numbers of a rule in one step, as the kernel takes them (layout.clh). */
#ifndef CLSTEP_RULE_STEP_CONSTANTS_H
#define CLSTEP_RULE_STEP_CONSTANTS_H

#include "abi/layout.clh"

#include <clstep/rule.h>

/* Fills `numbers` for step t (1 for the first) with learning rate `lr` in place of the rule's. */
void clstep__step_constants(const clstep_rule *rule, double lr, uint64_t t,
                            float numbers[CLSTEP_STEP_CONSTANTS]);

/* The same in fp64, in numbers_double.c: nothing is narrowed. */
void clstep__step_constants_double(const clstep_rule *rule, double lr, uint64_t t,
                                   double numbers[CLSTEP_STEP_CONSTANTS]);

#endif
