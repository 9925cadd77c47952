/* Rule variants: makes and compares them, and lists their states. */
#include "rule/variant.h"

#include "base/sized.h"

#include <string.h>

static int32_t centered_of(const clstep_rule *rule)
{
    if (!rule->centered)
        return CLSTEP_CENTERED_NO;
    return rule->variance == CLSTEP_VARIANCE_RECURSION ? CLSTEP_CENTERED_RECURSION
                                                       : CLSTEP_CENTERED_DIFFERENCE;
}

clstep__variant clstep__variant_of(const clstep_rule *rule)
{
    const bool momentum = rule->momentum > 0;
    return (clstep__variant){
        .algorithm = rule->algorithm,
        .rounding = rule->rounding,
        .centered = centered_of(rule),
        .momentum = momentum,
        .lr_in_momentum = momentum && rule->lr_in_momentum,
        .nesterov = momentum && rule->nesterov,
        .eps_inside_sqrt = rule->eps_inside_sqrt,
        .bias_correction = rule->bias_correction && clstep__descriptor_of(rule)->correction_is_code,
        .amsgrad = rule->amsgrad,
        .decay_decoupled = rule->decay != CLSTEP_DECAY_L2,
        .maximize = rule->maximize,
        .clip = (int32_t)rule->clip,
    };
}

bool clstep__has_norm(const clstep__variant *variant)
{
    return variant->clip == CLSTEP_CLIP_NORM || variant->clip == CLSTEP_CLIP_GLOBAL_NORM;
}

bool clstep__has_norm_of_tensor(const clstep__variant *variant)
{
    return variant->clip == CLSTEP_CLIP_NORM;
}

bool clstep__variant_equal(const clstep__variant *a, const clstep__variant *b)
{
    return memcmp(a, b, sizeof *a) == 0; /* int32_t alone: no padding */
}

const char *clstep__variant_rule(const clstep__variant *variant)
{
    return clstep__descriptor_of_variant(variant)->info.name;
}

size_t clstep__variant_states(const clstep__variant *variant)
{
    const clstep__state *states[CLSTEP_STATES_MAX];
    return clstep__list_states(variant, states);
}

const char *clstep__variant_state_name(const clstep__variant *variant, size_t index)
{
    const clstep__state *states[CLSTEP_STATES_MAX];
    return index < clstep__list_states(variant, states) ? states[index]->name : NULL;
}

const char *clstep_rule_state_name(const clstep_rule *rule, size_t index)
{
    if (clstep_rule_validate(rule) != CLSTEP_OK)
        return NULL;
    clstep_rule own;
    clstep__struct_read(&own, rule, CLSTEP__SIZES(clstep_rule));
    const clstep__variant variant = clstep__variant_of(&own);
    return clstep__variant_state_name(&variant, index);
}
