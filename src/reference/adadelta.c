/* Adadelta as PyTorch computes it on the CPU, one element at a time. */
#include "reference/rule.h"

void REAL_NAME(clstep__reference_adadelta)(const clstep_rule *rule, double lr, uint64_t t, real *p,
                                           real g, real *state)
{
    const real rho = (real)rule->rho, rest = (real)(1.0 - rule->rho), eps = (real)rule->eps;
    real *v = &state[0], *u = &state[1];
    (void)t;
    real old = rho * *v;
    *v = real_fma(rest * g, g, old);
    const real ratio = real_sqrt(*u + eps) / real_sqrt(*v + eps);
    const real delta = ratio * g;
    old = rho * *u;
    *u = real_fma(rest * delta, delta, old);
    *p = real_fma(-(real)lr, delta, *p);
}
