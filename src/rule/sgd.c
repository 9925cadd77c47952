/* SGD as in PyTorch: its descriptor. */
#include "rule/descriptor.h"

#include "base/error.h"
#include "base/text.h"
#include "rule/constants.h"

static const clstep__preset presets[] = {
    {{"sgd", "PyTorch, torch.optim.SGD on the CPU",
      "b = momentum b + (1-dampening) g, first b = g;  p -= lr b (nesterov: g + momentum b)",
      CLSTEP__CHECKED("PyTorch 2.6.0 on the CPU")},
     {.rounding = CLSTEP_ROUNDING_TORCH, .lr = 1e-3}}};

static clstep_status check(const clstep_rule *rule)
{
    char text[CLSTEP__NUMBER_SIZE];
    if (rule->nesterov && rule->momentum == 0)
        return clstep__refuse("clstep_rule_validate",
                              "nesterov is set, but momentum is 0; give a momentum above 0");
    if (rule->nesterov && rule->dampening != 0)
        return clstep__refuse("clstep_rule_validate",
                              "nesterov needs a dampening of 0, as in PyTorch; it is %s",
                              clstep__number(rule->dampening, text));
    return CLSTEP_OK;
}

static bool keeps(const clstep__variant *variant, size_t k)
{
    (void)k;
    return variant->momentum != 0;
}

const clstep__descriptor clstep__rule_sgd = {
    .info = {"sgd", "SGD", "sgd"},
    .presets = presets,
    .preset_count = sizeof presets / sizeof *presets,
    .fields = {{"momentum", CLSTEP__AT_LEAST_0}, {"dampening", CLSTEP__FINITE}, {"nesterov", 0}},
    .check = check,
    .states = {CLSTEP__SIGNED_STATE("momentum_buffer", MOMENTUM)},
    .keeps = keeps,
    .has_flush_bounds = true,
};
