/* What the parts of RMSprop's reference share: reference_rmsprop.c and reference_plain.c. */
#ifndef CLSTEP_RULE_REFERENCE_RMSPROP_H
#define CLSTEP_RULE_REFERENCE_RMSPROP_H

#include <clstep/rule.h>
#include <stdbool.h>

/* One element in one step. */
typedef struct clstep__element {
    const clstep_rule *rule;
    uint64_t t;
    float lr;
    float rho;
    float rest; /* 1 - rho, formed in double and narrowed */
    float eps;
    float mu;
    float correction; /* 1 - rho^t, 1 without bias correction */
    float *p;
    float g;
    float *v; /* square_avg or grad_var */
    float *m; /* grad_avg */
    float *b; /* momentum_buffer */
} clstep__element;

bool clstep__by_difference(const clstep__element *e);
bool clstep__by_recursion(const clstep__element *e);

/* The variance kept itself, after taking in g. */
float clstep__recursion(const clstep__element *e);

/* The denominator: the root of v and eps on its side. */
float clstep__root(const clstep__element *e, float v);

/* Subtracts (lr g) / denominator, by way of the momentum buffer where there is one. Fuses nothing.
 */
void clstep__divide(clstep__element *e, float denominator);

/* The frameworks that fuse nothing, in reference_plain.c; false for any other arithmetic. */
bool clstep__reference_plain(clstep__element *e);

#endif
