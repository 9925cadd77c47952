/*
 * The step constants that all rules share; the rules' own files add theirs. Most frameworks compute
 * a number in double and round it to fp32, and so does this code. Exceptions in fp32: 1 - rho in
 * some frameworks, the bias correction in optax, the decay factor in Keras on PyTorch, and the
 * inverse of the clip bound in TensorFlow.
 */
#include "rule/step_constants.h"

#include "rule/constants.h"
#include "rule/counts.h"
#include "rule/descriptor.h"

/* The factor of decoupled decay. */
static double factor_of(const clstep_rule *rule, double rate, bool in_fp32)
{
    if (CLSTEP_SHRINK_OF(rule->rounding) != CLSTEP_SHRINK_FLOAT)
        return clstep__narrow(1.0 - rate * rule->weight_decay, in_fp32);
    const double part = clstep__narrow(rule->weight_decay, in_fp32) * clstep__narrow(rate, in_fp32);
    return clstep__narrow(1 - clstep__narrow(part, in_fp32), in_fp32);
}

/* Keras's formulas for clipping by a norm: the kernel that computes factors serves rules of many
 * frameworks, and knows these by a negative bound. Keras computes 1 / bound in Python. */
static void set_keras_clip(const clstep_rule *rule, bool in_fp32,
                           double constants[CLSTEP_STEP_CONSTANTS])
{
    const double bound = constants[CLSTEP_CLIP_BOUND];
    const bool in_double = CLSTEP_BY_NORM_OF(rule->rounding) == CLSTEP_BY_NORM_KERAS;
    constants[CLSTEP_CLIP_BOUND] = -bound;
    constants[CLSTEP_CLIP_INVERSE] =
        clstep__narrow(1.0 / (in_double ? rule->clip_bound : bound), in_fp32);
}

static void make(const clstep_rule *rule, double lr, uint64_t t, bool in_fp32,
                 double constants[CLSTEP_STEP_CONSTANTS])
{
    const clstep__descriptor *descriptor = clstep__descriptor_of(rule);
    const bool with_lr = rule->decay != CLSTEP_DECAY_DECOUPLED_WITHOUT_LR;
    for (int k = 0; k < CLSTEP_STEP_CONSTANTS; k++)
        constants[k] = 0;
    constants[CLSTEP_LR] = clstep__narrow(lr, in_fp32);
    constants[CLSTEP_FIRST] = t == 1 ? 1 : 0;
    constants[CLSTEP_EPS] = clstep__narrow(rule->eps, in_fp32);
    constants[CLSTEP_MOMENTUM] = clstep__narrow(rule->momentum, in_fp32);
    constants[CLSTEP_MOMENTUM_REST] = clstep__narrow(1.0 - rule->dampening, in_fp32);
    constants[CLSTEP_WEIGHT_DECAY] = clstep__narrow(rule->weight_decay, in_fp32);
    constants[CLSTEP_DECAYS] = rule->weight_decay != 0 ? 1 : 0;
    constants[CLSTEP_DECAY_FACTOR] = factor_of(rule, with_lr ? lr : 1.0, in_fp32);
    constants[CLSTEP_DECAY_LR] = with_lr ? clstep__narrow(lr, in_fp32) : 1;
    constants[CLSTEP_CLIP_BOUND] = clstep__narrow(rule->clip_bound, in_fp32);
    if ((rule->clip == CLSTEP_CLIP_NORM || rule->clip == CLSTEP_CLIP_GLOBAL_NORM) &&
        CLSTEP_BY_NORM_OF(rule->rounding) != CLSTEP_BY_NORM_TORCH)
        set_keras_clip(rule, in_fp32, constants);
    if (descriptor->set_constants)
        descriptor->set_constants(rule, lr, t, in_fp32, constants);
    const clstep__counted counted = clstep__counted_of(rule);
    if (!counted.on_host)
        clstep__set_counted(&counted, lr, t, in_fp32, constants);
}

void clstep__step_constants(const clstep_rule *rule, double lr, uint64_t t,
                            float constants[CLSTEP_STEP_CONSTANTS])
{
    double wide[CLSTEP_STEP_CONSTANTS];
    make(rule, lr, t, true, wide);
    for (int k = 0; k < CLSTEP_STEP_CONSTANTS; k++)
        constants[k] = (float)wide[k];
}

void clstep__step_constants_double(const clstep_rule *rule, double lr, uint64_t t,
                                   double constants[CLSTEP_STEP_CONSTANTS])
{
    make(rule, lr, t, false, constants);
}
