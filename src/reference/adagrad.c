/* AdaGrad as PyTorch computes it on the CPU, one element at a time. */
#include "reference/rule.h"

void REAL_NAME(clstep__reference_adagrad)(const clstep_rule *rule, double lr, uint64_t t, real *p,
                                          real g, real *state)
{
    const real rate = (real)(lr / (1.0 + (double)(t - 1) * rule->lr_decay));
    const real eps = (real)rule->eps;
    real *sum = &state[0];
    *sum = real_fma(g, g, *sum);
    const real denominator = rule->eps_inside_sqrt ? real_sqrt(*sum + eps) : real_sqrt(*sum) + eps;
    const real numerator = -rate * g;
    *p = *p + numerator / denominator;
}
