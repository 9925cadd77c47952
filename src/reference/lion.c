/* Lion (arXiv:2302.06675) as timm computes it on PyTorch on the CPU, one element at a time. */
#include "reference/rule.h"

static real lerp(real m, real g, double beta)
{
    const real weight = (real)(1.0 - beta);
    return weight < (real)0.5 ? real_fma(weight, g - m, m) : real_fma(weight - 1, g - m, g);
}

void REAL_NAME(clstep__reference_lion)(const clstep_rule *rule, double lr, uint64_t t, real *p,
                                       real g, real *state)
{
    real *m = &state[0];
    (void)t;
    const real c = lerp(*m, g, rule->beta1);
    const real sign = (real)((c > 0) - (c < 0)); /* 0 for NaN, as torch.sign() */
    *p = real_fma(-(real)lr, sign, *p);
    *m = lerp(*m, g, rule->beta2);
}
