/* The function that each src/reference/NAME.c defines: REAL_NAME(clstep__reference_NAME). The file
 * is compiled for fp32 and for fp64 (base/real.h). */
#ifndef CLSTEP_REFERENCE_RULE_H
#define CLSTEP_REFERENCE_RULE_H

#include "base/real.h"

#include <clstep/rule.h>

/* Updates *p and `state` in step t (1 for the first). maximize and L2 decay have already changed
 * `g`, and decoupled decay *p. `lr` replaces the rule's learning rate. */
#define RULE(name)                                                                                 \
    void REAL_NAME(clstep__reference_##name)(const clstep_rule *rule, double lr, uint64_t t,       \
                                             real *p, real g, real *state);
#include "rule/rules.def"
#undef RULE

#endif
