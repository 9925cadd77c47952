/* Adadelta as in PyTorch: its descriptor. */
#include "rule/descriptor.h"

#include "rule/constants.h"

static const clstep__preset presets[] = {
    {{"adadelta", "PyTorch, torch.optim.Adadelta on the CPU",
      "v = rho v + (1-rho) g^2;  d = sqrt(u + eps) / sqrt(v + eps) g;  u = rho u + (1-rho) d^2;  "
      "p -= lr d",
      CLSTEP__CHECKED("PyTorch 2.6.0 on the CPU")},
     {.rounding = CLSTEP_ROUNDING_TORCH, .lr = 1.0, .rho = 0.9, .eps = 1e-6}}};

static void set_constants(const clstep_rule *rule, double lr, uint64_t t, bool in_fp32,
                          double constants[CLSTEP_STEP_CONSTANTS])
{
    (void)lr;
    (void)t;
    constants[CLSTEP_RHO] = clstep__narrow(rule->rho, in_fp32);
    constants[CLSTEP_RHO_REST] = clstep__narrow(1.0 - rule->rho, in_fp32);
}

const clstep__descriptor clstep__rule_adadelta = {
    .info = {"adadelta", "Adadelta", "adadelta"},
    .presets = presets,
    .preset_count = sizeof presets / sizeof *presets,
    .fields = {{"rho", CLSTEP__AT_LEAST_0}, {"eps", CLSTEP__AT_LEAST_0}},
    .states = {CLSTEP__STATE("square_avg", SQUARE), CLSTEP__STATE("acc_delta", UPDATE)},
    .set_constants = set_constants,
};
