/* Parts of RMSprop that frameworks share. */
#ifndef CLSTEP_REFERENCE_RMSPROP_PARTS_H
#define CLSTEP_REFERENCE_RMSPROP_PARTS_H

#include "base/real.h"

#include <clstep/rule.h>
#include <stdbool.h>

/* One element in one step. */
typedef struct clstep__element {
    const clstep_rule *rule;
    uint64_t t;
    real lr;
    real rho;
    real rest; /* 1 - rho, formed in double and narrowed */
    real eps;
    real mu;
    real correction; /* 1 - rho^t, 1 without bias correction */
    real *p;
    real g;
    real *v; /* square_avg or grad_var */
    real *m; /* grad_avg */
    real *b; /* momentum_buffer */
} clstep__element;

bool REAL_NAME(clstep__by_difference)(const clstep__element *e);
bool REAL_NAME(clstep__by_recursion)(const clstep__element *e);

/* Updates the variance recursion with g and returns the new variance. */
real REAL_NAME(clstep__recursion)(const clstep__element *e);

/* The denominator: the root of v, with eps inside or outside. */
real REAL_NAME(clstep__root)(const clstep__element *e, real v);

/* Momentum and subtraction. `scaled` is the increment times lr, `bare` the increment. */
void REAL_NAME(clstep__subtract)(clstep__element *e, real scaled, real bare);

/* Subtracts (lr g) / denominator, through the momentum buffer if there is one. Fuses nothing. */
void REAL_NAME(clstep__divide)(clstep__element *e, real denominator);

#endif
