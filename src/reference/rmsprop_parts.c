/* Parts of RMSprop that frameworks share. rmsprop.c and rmsprop_unfused.c put them together. */
#include "reference/rmsprop_parts.h"

#include "base/real.h"

bool REAL_NAME(clstep__by_difference)(const clstep__element *e)
{
    return e->rule->centered && e->rule->variance == CLSTEP_VARIANCE_DIFFERENCE;
}

bool REAL_NAME(clstep__by_recursion)(const clstep__element *e)
{
    return e->rule->centered && e->rule->variance == CLSTEP_VARIANCE_RECURSION;
}

/* West's weighted recursion; with bias correction the weights are (1 - rho) rho^(t-k) divided by
 * their sum. */
real REAL_NAME(clstep__recursion)(const clstep__element *e)
{
    real rho = e->rho;
    real rest = e->rest;
    if (e->rule->bias_correction) {
        const double rate = (1.0 - e->rule->rho) / (1.0 - pow(e->rule->rho, (double)e->t));
        rho = (real)(1.0 - rate);
        rest = (real)rate;
    }
    const real d = e->g - *e->m;
    *e->m = real_fma(rest, d, *e->m);
    const real weighted = rest * d;
    *e->v = rho * real_fma(weighted, d, *e->v);
    return *e->v;
}

real REAL_NAME(clstep__root)(const clstep__element *e, real v)
{
    return e->rule->eps_inside_sqrt ? real_sqrt(v + e->eps) : real_sqrt(v) + e->eps;
}

void REAL_NAME(clstep__subtract)(clstep__element *e, real scaled, real bare)
{
    const clstep_rule *rule = e->rule;
    if (rule->momentum == 0) {
        *e->p = *e->p - scaled;
        return;
    }
    const real x = rule->lr_in_momentum ? scaled : bare;
    real product = e->mu * *e->b;
    *e->b = product + x;
    product = e->mu * *e->b;
    const real u = rule->nesterov ? x + product : *e->b;
    *e->p = rule->lr_in_momentum ? *e->p - u : *e->p - e->lr * u;
}

void REAL_NAME(clstep__divide)(clstep__element *e, real denominator)
{
    const real numerator = e->lr * e->g;
    REAL_NAME(clstep__subtract)(e, numerator / denominator, e->g / denominator);
}
