/*
 * Where a framework forms a number in double and narrows it, so do we; some form 1 - rho in fp32,
 * optax its bias correction, and Keras on PyTorch the factor of decay.
 */
#include "rule/numbers.h"

#include <math.h>

#ifdef __FAST_MATH__
#error "clstep promises bits; build it without -ffast-math"
#endif

/* 1 - decay, as the arithmetic forms it. */
static float rest_of(double decay, int32_t arithmetic)
{
    return CLSTEP_REST_OF(arithmetic) == CLSTEP_REST_FLOAT ? 1.0f - (float)decay
                                                           : (float)(1.0 - decay);
}

/* What decoupled decay leaves of a parameter, likewise. */
static float factor_of(const clstep_rule *rule, double rate)
{
    return CLSTEP_SHRINK_OF(rule->arithmetic) == CLSTEP_SHRINK_FLOAT
               ? 1.0f - (float)rule->weight_decay * (float)rate
               : (float)(1.0 - rate * rule->weight_decay);
}

/* PyTorch's lerp with weight w is m + w (g - m) for w < 0.5 and g - (g - m) (1 - w) from there on.
 */
static void set_lerp(double weight, float numbers[CLSTEP_NUMBERS])
{
    float w = (float)weight;
    numbers[CLSTEP_LERP_FROM_END] = w < 0.5f ? 0.0f : 1.0f;
    numbers[CLSTEP_LERP_RATE] = w < 0.5f ? w : w - 1.0f;
}

/* The recursion with bias correction: weights (1 - rho) rho^(t-k) divided by their sum 1 - rho^t,
 * that is a rate (1 - rho) / (1 - rho^t) that starts at 1 (D. West, CACM 22(9), 1979). */
static void correct_recursion(double rho, double power, float numbers[CLSTEP_NUMBERS])
{
    double rate = (1.0 - rho) / (1.0 - power);
    numbers[CLSTEP_RHO] = (float)(1.0 - rate);
    numbers[CLSTEP_RHO_REST] = (float)rate;
}

static void set_rmsprop(const clstep_rule *rule, uint64_t t, float numbers[CLSTEP_NUMBERS])
{
    numbers[CLSTEP_RHO] = (float)rule->rho;
    numbers[CLSTEP_RHO_REST] = rest_of(rule->rho, rule->arithmetic);
    set_lerp(1.0 - rule->rho, numbers);
    double power = pow(rule->rho, (double)t);
    numbers[CLSTEP_CORRECTION] = rule->arithmetic == CLSTEP_ARITHMETIC_OPTAX
                                     ? 1.0f - powf((float)rule->rho, (float)t)
                                     : (float)(1.0 - power);
    if (rule->bias_correction && rule->centered && rule->variance == CLSTEP_VARIANCE_RECURSION)
        correct_recursion(rule->rho, power, numbers);
}

static void set_adam(const clstep_rule *rule, double lr, uint64_t t, float numbers[CLSTEP_NUMBERS])
{
    double correction1 = rule->bias_correction ? 1.0 - pow(rule->beta1, (double)t) : 1.0;
    double correction2 = rule->bias_correction ? 1.0 - pow(rule->beta2, (double)t) : 1.0;
    numbers[CLSTEP_LR] = (float)(lr / correction1);
    numbers[CLSTEP_RHO] = (float)rule->beta2;
    numbers[CLSTEP_RHO_REST] = (float)(1.0 - rule->beta2);
    numbers[CLSTEP_CORRECTION] = (float)sqrt(correction2);
    set_lerp(1.0 - rule->beta1, numbers);
}

void clstep__numbers_of(const clstep_rule *rule, double lr, uint64_t t,
                        float numbers[CLSTEP_NUMBERS])
{
    for (int k = 0; k < CLSTEP_NUMBERS; k++)
        numbers[k] = 0.0f;
    int with_lr = rule->decay != CLSTEP_DECAY_DECOUPLED_WITHOUT_LR;
    numbers[CLSTEP_LR] = (float)lr;
    numbers[CLSTEP_EPS] = (float)rule->eps;
    numbers[CLSTEP_MOMENTUM] = (float)rule->momentum;
    numbers[CLSTEP_MOMENTUM_REST] = (float)(1.0 - rule->dampening);
    numbers[CLSTEP_WEIGHT_DECAY] = (float)rule->weight_decay;
    numbers[CLSTEP_DECAY_FACTOR] = factor_of(rule, with_lr ? lr : 1.0);
    numbers[CLSTEP_DECAY_LR] = with_lr ? (float)lr : 1.0f;
    numbers[CLSTEP_FIRST] = t == 1 ? 1.0f : 0.0f;
    if (rule->algorithm == CLSTEP_RMSPROP)
        set_rmsprop(rule, t, numbers);
    else if (rule->algorithm == CLSTEP_ADAM)
        set_adam(rule, lr, t, numbers);
    else if (rule->algorithm == CLSTEP_ADAGRAD)
        numbers[CLSTEP_LR] = (float)(lr / (1.0 + (double)(t - 1) * rule->lr_decay));
}
