/* NAdam as PyTorch computes it on the CPU, one element at a time. */
#include "reference/rule.h"

static double coefficient(const clstep_rule *rule, double t)
{
    return rule->beta1 * (1.0 - 0.5 * pow(0.96, t * rule->momentum_decay));
}

void REAL_NAME(clstep__reference_nadam)(const clstep_rule *rule, double lr, uint64_t t, real *p,
                                        real g, real *state)
{
    real *m = &state[0], *v = &state[1];
    float product = 1; /* PyTorch's mu_product; below 2^-60 it changes nothing */
    for (uint64_t k = 1; k <= t && product > 0x1p-60f; k++)
        product *= (float)coefficient(rule, (double)k);
    const double now = coefficient(rule, (double)t), next = coefficient(rule, (double)t + 1.0);
    const real weight = (real)(1.0 - rule->beta1);
    *m = weight < (real)0.5 ? real_fma(weight, g - *m, *m) : real_fma(weight - 1, g - *m, g);
    const real old = (real)rule->beta2 * *v;
    *v = real_fma((real)(1.0 - rule->beta2) * g, g, old);
    const real corrected = *v / (real)(1.0 - pow(rule->beta2, (double)t));
    const real denominator = real_sqrt(corrected) + (real)rule->eps;
    const real of_g = (real)(-lr * (1.0 - now) / (1.0 - (double)product)) * g;
    *p = *p + of_g / denominator;
    const real of_m = (real)(-lr * next / (1.0 - (double)product * next)) * *m;
    *p = *p + of_m / denominator;
}
