/*
 * Where a framework forms a number in double and narrows it, so do we; some form 1 - rho in fp32,
 * optax its bias correction, and Keras on PyTorch the factor of decay.
 */
#include "rule/step_constants.h"

#include "base/real.h"

/* 1 - decay, as the rounding profile forms it. */
static real rest_of(double decay, int32_t rounding)
{
    return CLSTEP_REST_OF(rounding) == CLSTEP_REST_FLOAT ? 1 - (real)decay : (real)(1.0 - decay);
}

/* What decoupled decay leaves of a parameter, likewise. */
static real factor_of(const clstep_rule *rule, double rate)
{
    return CLSTEP_SHRINK_OF(rule->rounding) == CLSTEP_SHRINK_FLOAT
               ? 1 - (real)rule->weight_decay * (real)rate
               : (real)(1.0 - rate * rule->weight_decay);
}

/* PyTorch's lerp with weight w is m + w (g - m) for w < 0.5 and g - (g - m) (1 - w) from there on.
 */
static void set_lerp(double weight, real numbers[CLSTEP_STEP_CONSTANTS])
{
    real w = (real)weight;
    numbers[CLSTEP_LERP_FROM_END] = w < (real)0.5 ? 0 : 1;
    numbers[CLSTEP_LERP_RATE] = w < (real)0.5 ? w : w - 1;
}

/* The recursion with bias correction: weights (1 - rho) rho^(t-k) divided by their sum 1 - rho^t,
 * that is a rate (1 - rho) / (1 - rho^t) that starts at 1 (D. West, CACM 22(9), 1979). */
static void correct_recursion(double rho, double power, real numbers[CLSTEP_STEP_CONSTANTS])
{
    double rate = (1.0 - rho) / (1.0 - power);
    numbers[CLSTEP_RHO] = (real)(1.0 - rate);
    numbers[CLSTEP_RHO_REST] = (real)rate;
}

static void set_rmsprop(const clstep_rule *rule, uint64_t t, real numbers[CLSTEP_STEP_CONSTANTS])
{
    numbers[CLSTEP_RHO] = (real)rule->rho;
    numbers[CLSTEP_RHO_REST] = rest_of(rule->rho, rule->rounding);
    set_lerp(1.0 - rule->rho, numbers);
    numbers[CLSTEP_CORRECTION] = 1;
    if (!rule->bias_correction)
        return; /* a power costs as much as half a launch */
    const double power = pow(rule->rho, (double)t);
    numbers[CLSTEP_CORRECTION] = rule->rounding == CLSTEP_ROUNDING_OPTAX
                                     ? 1 - real_pow((real)rule->rho, (real)t)
                                     : (real)(1.0 - power);
    if (rule->centered && rule->variance == CLSTEP_VARIANCE_RECURSION)
        correct_recursion(rule->rho, power, numbers);
}

static void set_adam(const clstep_rule *rule, double lr, uint64_t t,
                     real numbers[CLSTEP_STEP_CONSTANTS])
{
    double correction1 = rule->bias_correction ? 1.0 - pow(rule->beta1, (double)t) : 1.0;
    double correction2 = rule->bias_correction ? 1.0 - pow(rule->beta2, (double)t) : 1.0;
    numbers[CLSTEP_LR] = (real)(lr / correction1);
    numbers[CLSTEP_RHO] = (real)rule->beta2;
    numbers[CLSTEP_RHO_REST] = (real)(1.0 - rule->beta2);
    numbers[CLSTEP_CORRECTION] = (real)sqrt(correction2);
    set_lerp(1.0 - rule->beta1, numbers);
}

void REAL_NAME(clstep__step_constants)(const clstep_rule *rule, double lr, uint64_t t,
                                       real numbers[CLSTEP_STEP_CONSTANTS])
{
    for (int k = 0; k < CLSTEP_STEP_CONSTANTS; k++)
        numbers[k] = 0;
    int with_lr = rule->decay != CLSTEP_DECAY_DECOUPLED_WITHOUT_LR;
    numbers[CLSTEP_LR] = (real)lr;
    numbers[CLSTEP_EPS] = (real)rule->eps;
    numbers[CLSTEP_MOMENTUM] = (real)rule->momentum;
    numbers[CLSTEP_MOMENTUM_REST] = (real)(1.0 - rule->dampening);
    numbers[CLSTEP_WEIGHT_DECAY] = (real)rule->weight_decay;
    numbers[CLSTEP_DECAY_FACTOR] = factor_of(rule, with_lr ? lr : 1.0);
    numbers[CLSTEP_DECAY_LR] = with_lr ? (real)lr : 1;
    numbers[CLSTEP_FIRST] = t == 1 ? 1 : 0;
    if (rule->algorithm == CLSTEP_ALGORITHM_RMSPROP)
        set_rmsprop(rule, t, numbers);
    else if (rule->algorithm == CLSTEP_ALGORITHM_ADAM)
        set_adam(rule, lr, t, numbers);
    else if (rule->algorithm == CLSTEP_ALGORITHM_ADAGRAD)
        numbers[CLSTEP_LR] = (real)(lr / (1.0 + (double)(t - 1) * rule->lr_decay));
}
