/* Adamax as PyTorch computes it on the CPU, one element at a time. */
#include "reference/rule.h"

void REAL_NAME(clstep__reference_adamax)(const clstep_rule *rule, double lr, uint64_t t, real *p,
                                         real g, real *state)
{
    real *m = &state[0], *u = &state[1];
    const real weight = (real)(1.0 - rule->beta1);
    *m = weight < (real)0.5 ? real_fma(weight, g - *m, *m) : real_fma(weight - 1, g - *m, g);
    const real old = (real)rule->beta2 * *u;
    const real size = (g < 0 ? -g : g) + (real)rule->eps;
    *u = isnan(old) || old > size ? old : size; /* as torch.maximum(): NaN if either is */
    const real rate = (real)(lr / (1.0 - pow(rule->beta1, (double)t)));
    const real numerator = -rate * *m;
    *p = *p + numerator / *u;
}
