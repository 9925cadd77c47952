/* Lion as published, with the roundings of timm on PyTorch: its descriptor. */
#include "rule/descriptor.h"

#include "rule/constants.h"

static const clstep__preset presets[] = {
    {{"lion", "X. Chen et al., arXiv:2302.06675, as timm.optim.Lion on the CPU",
      "p = p (1 - lr weight_decay);  c = lerp(m, g, 1-beta1);  p -= lr sign(c);  "
      "m = lerp(m, g, 1-beta2)",
      CLSTEP__CHECKED("timm 1.0.31 on PyTorch 2.6.0 on the CPU")},
     {.rounding = CLSTEP_ROUNDING_TORCH,
      .decay = CLSTEP_DECAY_DECOUPLED,
      .lr = 1e-4,
      .beta1 = 0.9,
      .beta2 = 0.99}}};

/* Lion has two lerps. CLSTEP_LERP_RATE and CLSTEP_LERP_FROM_END are for m; CLSTEP_RHO and
 * CLSTEP_RHO_REST have the same numbers for c. */
static void set_constants(const clstep_rule *rule, double lr, uint64_t t, bool in_fp32,
                          double constants[CLSTEP_STEP_CONSTANTS])
{
    (void)lr;
    (void)t;
    clstep__set_lerp(1.0 - rule->beta1, in_fp32, constants);
    constants[CLSTEP_RHO] = constants[CLSTEP_LERP_RATE];
    constants[CLSTEP_RHO_REST] = constants[CLSTEP_LERP_FROM_END];
    clstep__set_lerp(1.0 - rule->beta2, in_fp32, constants);
}

const clstep__descriptor clstep__rule_lion = {
    .info = {"lion", "Lion", "lion"},
    .presets = presets,
    .preset_count = sizeof presets / sizeof *presets,
    .fields = {{"beta1", CLSTEP__BELOW_1}, {"beta2", CLSTEP__BELOW_1}},
    .states = {CLSTEP__SIGNED_STATE("exp_avg", MEAN)},
    .set_constants = set_constants,
};
