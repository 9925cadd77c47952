/* How step constants depend on the count of steps. abi/control.h has the formulas. */
#ifndef CLSTEP_RULE_COUNTS_H
#define CLSTEP_RULE_COUNTS_H

#include "abi/control.h"
#include "rule/descriptor.h"

/* How the step constants of a valid rule depend on the count. */
clstep__counted clstep__counted_of(const clstep_rule *rule);

/* Sets the step constants that depend on the count t, for a kernel that computes in fp32 or not. */
void clstep__set_counted(const clstep__counted *counted, double lr, uint64_t t, bool in_fp32,
                         double constants[CLSTEP_STEP_CONSTANTS]);

/* The same numbers for the control kernel. `tensor` and CLSTEP_COUNTS_DRAWS are the caller's. */
clstep_count_row clstep__count_row(const clstep__counted *counted, double lr);

#endif
