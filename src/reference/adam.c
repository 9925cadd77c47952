/* Adam as PyTorch computes it on the CPU, one element at a time. */
#include "reference/rule.h"

/* torch.maximum(): NaN if either is. */
static real maximum(real a, real b)
{
    return isnan(a) || a > b ? a : b;
}

void REAL_NAME(clstep__reference_adam)(const clstep_rule *rule, double lr, uint64_t t, real *p,
                                       real g, real *state)
{
    real *m = &state[0];
    real *v = &state[1];
    const real weight = (real)(1.0 - rule->beta1);
    if (weight < (real)0.5)
        *m = real_fma(weight, g - *m, *m);
    else
        *m = real_fma(weight - 1, g - *m, g);
    const real old = (real)rule->beta2 * *v;
    *v = real_fma((real)(1.0 - rule->beta2) * g, g, old);
    real second = *v;
    if (rule->amsgrad) {
        state[2] = maximum(state[2], *v);
        second = state[2];
    }
    double rate = lr;
    double root = 1.0;
    if (rule->bias_correction) {
        rate = lr / (1.0 - pow(rule->beta1, (double)t));
        root = sqrt(1.0 - pow(rule->beta2, (double)t));
    }
    const real denominator = real_sqrt(second) / (real)root + (real)rule->eps;
    const real numerator = -(real)rate * *m;
    *p = *p + numerator / denominator;
}
