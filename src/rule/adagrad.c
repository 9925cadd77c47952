/* AdaGrad as in PyTorch: its descriptor. */
#include "rule/descriptor.h"

static const clstep__preset presets[] = {
    {{"adagrad", "PyTorch, torch.optim.Adagrad on the CPU",
      "s = s + g^2;  p -= lr / (1 + (t-1) lr_decay) g / (sqrt(s) + eps)",
      CLSTEP__CHECKED("PyTorch 2.6.0 on the CPU")},
     {.rounding = CLSTEP_ROUNDING_TORCH, .lr = 1e-2, .eps = 1e-10}}};

static void count(const clstep_rule *rule, clstep__counted *counted)
{
    counted->lr_decay = rule->lr_decay;
}

const clstep__descriptor clstep__rule_adagrad = {
    .info = {"adagrad", "AdaGrad", "adagrad"},
    .presets = presets,
    .preset_count = sizeof presets / sizeof *presets,
    .fields = {{"eps", CLSTEP__AT_LEAST_0},
               {"lr_decay", CLSTEP__AT_LEAST_0},
               {"initial_square_avg", CLSTEP__AT_LEAST_0},
               {"eps_inside_sqrt", 0}},
    .states = {CLSTEP__STATE("sum", SQUARE)},
    .has_flush_bounds = true,
    .count = count,
};
