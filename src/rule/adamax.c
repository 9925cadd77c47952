/* Adamax as in PyTorch: its descriptor. */
#include "rule/descriptor.h"

#include "rule/constants.h"

static const clstep__preset presets[] = {
    {{"adamax", "PyTorch, torch.optim.Adamax on the CPU",
      "m = lerp(m, g, 1-beta1);  u = max(beta2 u, |g| + eps);  p -= lr / (1-beta1^t) m / u",
      CLSTEP__CHECKED("PyTorch 2.6.0 on the CPU")},
     {.rounding = CLSTEP_ROUNDING_TORCH, .lr = 2e-3, .eps = 1e-8, .beta1 = 0.9, .beta2 = 0.999}}};

static void count(const clstep_rule *rule, clstep__counted *counted)
{
    counted->lr_base = rule->beta1;
}

static void set_constants(const clstep_rule *rule, double lr, uint64_t t, bool in_fp32,
                          double constants[CLSTEP_STEP_CONSTANTS])
{
    (void)lr;
    (void)t;
    constants[CLSTEP_RHO] = clstep__narrow(rule->beta2, in_fp32);
    clstep__set_lerp(1.0 - rule->beta1, in_fp32, constants);
}

const clstep__descriptor clstep__rule_adamax = {
    .info = {"adamax", "Adamax", "adamax"},
    .presets = presets,
    .preset_count = sizeof presets / sizeof *presets,
    .fields = {{"beta1", CLSTEP__BELOW_1}, {"beta2", CLSTEP__BELOW_1}, {"eps", CLSTEP__AT_LEAST_0}},
    .states = {CLSTEP__SIGNED_STATE("exp_avg", MEAN), CLSTEP__STATE("exp_inf", OTHER)},
    .count = count,
    .set_constants = set_constants,
};
