/* The rules of the frameworks. */
#ifndef CLSTEP_CONVERT_DIALECT_RULE_H
#define CLSTEP_CONVERT_DIALECT_RULE_H

#include "convert/dialect.h"

/* The framework's rule that is nearest to `wanted`: with its numbers, and those of its switches
 * that the framework has. CLSTEP_UNSUPPORTED: the framework does not have the algorithm. */
clstep_status clstep__dialect_rule(const char *call, const clstep__dialect *dialect,
                                   const clstep_rule *wanted, clstep_rule *rule);

/* Whether the dialect can store the state of such a rule. */
clstep_status clstep__dialect_holds(const char *call, const clstep__dialect *dialect,
                                    const clstep_rule *rule);

/* The eps inside the root for one outside, or the other way round, with which sqrt(v + eps) and
 * sqrt(v) + eps are equal at v = 0. */
double clstep__nearest_eps(double eps, bool inside);

#endif
