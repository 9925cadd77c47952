/* SGD as PyTorch computes it on the CPU, one element at a time. */
#include "reference/rule.h"

void REAL_NAME(clstep__reference_sgd)(const clstep_rule *rule, double lr, uint64_t t, real *p,
                                      real g, real *state)
{
    real u = g;
    if (rule->momentum > 0) {
        const real mu = (real)rule->momentum;
        real *b = &state[0];
        if (t == 1) {
            *b = g;
        } else {
            const real old = mu * *b;
            *b = real_fma((real)(1.0 - rule->dampening), g, old);
        }
        u = rule->nesterov ? real_fma(mu, *b, g) : *b;
    }
    *p = real_fma(-(real)lr, u, *p);
}
