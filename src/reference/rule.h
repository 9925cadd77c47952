/* What a rule's own file defines: src/reference/NAME.c has REAL_NAME(clstep__reference_NAME). It is
 * compiled for fp32 and for fp64 (base/real.h). */
#ifndef CLSTEP_REFERENCE_RULE_H
#define CLSTEP_REFERENCE_RULE_H

#include "base/real.h"

#include <clstep/rule.h>

/* Updates *p and `state` from a gradient that maximize and L2 decay have already changed, in step t
 * (1 for the first) with learning rate `lr` in place of the rule's. */
#define RULE(name)                                                                                 \
    void REAL_NAME(clstep__reference_##name)(const clstep_rule *rule, double lr, uint64_t t,       \
                                             real *p, real g, real *state);
#include "rule/rules.def"
#undef RULE

#endif
