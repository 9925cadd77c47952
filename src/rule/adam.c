/* Adam as in PyTorch, and AdamW, which is Adam with decoupled decay: their descriptor. */
#include "rule/descriptor.h"

#include "rule/constants.h"

#define ADAM                                                                                       \
    .rounding = CLSTEP_ROUNDING_TORCH, .lr = 1e-3, .eps = 1e-8, .beta1 = 0.9, .beta2 = 0.999,      \
    .bias_correction = 1

static const clstep__preset presets[] = {
    {{"adam", "PyTorch, torch.optim.Adam on the CPU",
      "m = lerp(m, g, 1-beta1);  v = beta2 v + (1-beta2) g^2;  "
      "p -= lr / (1-beta1^t) m / (sqrt(v) / sqrt(1-beta2^t) + eps);  amsgrad: the largest v so far",
      CLSTEP__CHECKED("PyTorch 2.6.0 on the CPU")},
     {ADAM}},
    {{"adamw", "PyTorch, torch.optim.AdamW on the CPU",
      "p = p (1 - lr weight_decay);  then as adam", CLSTEP__CHECKED("PyTorch 2.6.0 on the CPU")},
     {ADAM, .decay = CLSTEP_DECAY_DECOUPLED, .weight_decay = 1e-2}}};

static bool keeps(const clstep__variant *variant, size_t k)
{
    return k < 2 || variant->amsgrad;
}

static void count(const clstep_rule *rule, clstep__counted *counted)
{
    if (!rule->bias_correction)
        return;
    counted->lr_base = rule->beta1;
    counted->correction_base = rule->beta2;
    counted->flags = CLSTEP_COUNTS_ROOT;
}

static void set_constants(const clstep_rule *rule, double lr, uint64_t t, bool in_fp32,
                          double constants[CLSTEP_STEP_CONSTANTS])
{
    (void)lr;
    (void)t;
    constants[CLSTEP_RHO] = clstep__narrow(rule->beta2, in_fp32);
    constants[CLSTEP_RHO_REST] = clstep__narrow(1.0 - rule->beta2, in_fp32);
    clstep__set_lerp(1.0 - rule->beta1, in_fp32, constants);
}

const clstep__descriptor clstep__rule_adam = {
    .info = {"adam", "Adam", "adam"},
    .presets = presets,
    .preset_count = sizeof presets / sizeof *presets,
    .fields = {{"beta1", CLSTEP__BELOW_1},
               {"beta2", CLSTEP__BELOW_1},
               {"eps", CLSTEP__AT_LEAST_0},
               {"bias_correction", 0},
               {"amsgrad", 0}},
    .states = {CLSTEP__SIGNED_STATE("exp_avg", MEAN), CLSTEP__STATE("exp_avg_sq", SQUARE),
               CLSTEP__STATE("max_exp_avg_sq", OTHER)},
    .keeps = keeps,
    .has_flush_bounds = true,
    .count = count,
    .set_constants = set_constants,
};
