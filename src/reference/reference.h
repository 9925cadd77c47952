/*
 * The rules in scalar C, one element at a time, written from the formulas. The tests and the
 * self-test compare every kernel with them, bit for bit. They share no code and no constants with
 * the kernels.
 */
#ifndef CLSTEP_REFERENCE_REFERENCE_H
#define CLSTEP_REFERENCE_REFERENCE_H

#include <clstep/rule.h>

/* Updates *p and state[0 ...] (in the order of clstep_rule_state_name()) with the gradient g, in
 * step t (1 for the first). `lr` replaces the rule's learning rate. The rule must be valid. A
 * gradient that is clipped by a norm must be clipped already: norm.h. */
void clstep__reference(const clstep_rule *rule, double lr, uint64_t t, float *p, float g,
                       float *state);

/* The same in fp64. */
void clstep__reference_double(const clstep_rule *rule, double lr, uint64_t t, double *p, double g,
                              double *state);

#endif
