/* NAdam as in PyTorch: its descriptor. */
#include "rule/descriptor.h"

#include "rule/constants.h"

#include <math.h>

static const clstep__preset presets[] = {
    {{"nadam", "PyTorch, torch.optim.NAdam on the CPU",
      "c(t) = beta1 (1 - 0.96^(t momentum_decay) / 2);  C(t) = c(1) ... c(t);  "
      "m = lerp(m, g, 1-beta1);  v = beta2 v + (1-beta2) g^2;  D = sqrt(v / (1-beta2^t)) + eps;  "
      "p -= lr (1-c(t)) / (1-C(t)) g / D;  p -= lr c(t+1) / (1-C(t+1)) m / D",
      CLSTEP__CHECKED("PyTorch 2.6.0 on the CPU")},
     {.rounding = CLSTEP_ROUNDING_TORCH,
      .lr = 2e-3,
      .eps = 1e-8,
      .beta1 = 0.9,
      .beta2 = 0.999,
      .momentum_decay = 4e-3}}};

/* c(t) */
static double momentum_of(const clstep_rule *rule, double t)
{
    return rule->beta1 * (1.0 - 0.5 * pow(0.96, t * rule->momentum_decay));
}

/* C(t). PyTorch stores it in fp32, also for fp64 parameters. Below 2^-54 it has no effect, since
 * 1 - C(t) is 1 then. No c(t) is above beta1, so the loop ends soon. */
static double product_of(const clstep_rule *rule, uint64_t t)
{
    if (pow(rule->beta1, (double)t) < 0x1p-60)
        return 0;
    float product = 1;
    for (uint64_t k = 1; k <= t && product >= 0x1p-60f; k++)
        product *= (float)momentum_of(rule, (double)k);
    return (double)product;
}

static void count(const clstep_rule *rule, clstep__counted *counted)
{
    (void)rule;
    counted->on_host = "the momentum schedule of nadam";
}

/* CLSTEP_LR is the rate of g, CLSTEP_MOMENTUM the rate of m. */
static void set_constants(const clstep_rule *rule, double lr, uint64_t t, bool in_fp32,
                          double constants[CLSTEP_STEP_CONSTANTS])
{
    const double now = momentum_of(rule, (double)t), next = momentum_of(rule, (double)t + 1.0);
    const double product = product_of(rule, t);
    constants[CLSTEP_LR] = clstep__narrow(lr * (1.0 - now) / (1.0 - product), in_fp32);
    constants[CLSTEP_MOMENTUM] = clstep__narrow(lr * next / (1.0 - product * next), in_fp32);
    constants[CLSTEP_RHO] = clstep__narrow(rule->beta2, in_fp32);
    constants[CLSTEP_RHO_REST] = clstep__narrow(1.0 - rule->beta2, in_fp32);
    constants[CLSTEP_CORRECTION] = clstep__narrow(1.0 - pow(rule->beta2, (double)t), in_fp32);
    clstep__set_lerp(1.0 - rule->beta1, in_fp32, constants);
}

const clstep__descriptor clstep__rule_nadam = {
    .info = {"nadam", "NAdam", "nadam"},
    .presets = presets,
    .preset_count = sizeof presets / sizeof *presets,
    .fields = {{"beta1", CLSTEP__BELOW_1},
               {"beta2", CLSTEP__BELOW_1},
               {"eps", CLSTEP__AT_LEAST_0},
               {"momentum_decay", CLSTEP__AT_LEAST_0}},
    .states = {CLSTEP__SIGNED_STATE("exp_avg", MEAN), CLSTEP__STATE("exp_avg_sq", SQUARE)},
    .count = count,
    .set_constants = set_constants,
};
