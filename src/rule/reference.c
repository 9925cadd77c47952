#include "rule/reference.h"

#include "layout.clh"

#include <math.h>

/* The gradient after maximize and coupled decay. PyTorch and what is built on it fuse the product.
 */
static float prepare(const clstep_rule *rule, float p, float g)
{
    if (rule->maximize)
        g = -g;
    if (rule->decay != CLSTEP_DECAY_L2 || (float)rule->weight_decay == 0.0f)
        return g;
    const float wd = (float)rule->weight_decay;
    switch (rule->arithmetic) {
    case CLSTEP_ARITHMETIC_OWN:
    case CLSTEP_ARITHMETIC_TORCH:
    case CLSTEP_ARITHMETIC_TIMM:
    case CLSTEP_ARITHMETIC_SB3:
    case CLSTEP_ARITHMETIC_BNB:
        return fmaf(wd, p, g);
    default: {
        const float product = wd * p;
        return g + product;
    }
    }
}

/* The parameter after decoupled decay. */
static float shrink(const clstep_rule *rule, double lr, float p)
{
    if (rule->decay == CLSTEP_DECAY_L2 || (float)rule->weight_decay == 0.0f)
        return p;
    const double rate = rule->decay == CLSTEP_DECAY_DECOUPLED ? lr : 1.0;
    if (rule->arithmetic == CLSTEP_ARITHMETIC_KERAS) {
        const float decayed = p * (float)rule->weight_decay;
        return p - decayed * (float)rate;
    }
    if (rule->arithmetic == CLSTEP_ARITHMETIC_KERAS_TORCH) {
        const float part = (float)rule->weight_decay * (float)rate;
        return p * (1.0f - part);
    }
    return p * (float)(1.0 - rate * rule->weight_decay);
}

static void sgd(const clstep_rule *rule, double lr, uint64_t t, float *p, float g, float *state)
{
    float u = g;
    if (rule->momentum > 0) {
        const float mu = (float)rule->momentum;
        float *b = &state[0];
        if (t == 1) {
            *b = g;
        } else {
            const float kept = mu * *b;
            *b = fmaf((float)(1.0 - rule->dampening), g, kept);
        }
        u = rule->nesterov ? fmaf(mu, *b, g) : *b;
    }
    *p = fmaf(-(float)lr, u, *p);
}

static void adagrad(const clstep_rule *rule, double lr, uint64_t t, float *p, float g, float *state)
{
    const float rate = (float)(lr / (1.0 + (double)(t - 1) * rule->lr_decay));
    const float eps = (float)rule->eps;
    float *sum = &state[0];
    *sum = fmaf(g, g, *sum);
    const float denominator = rule->eps_inside_sqrt ? sqrtf(*sum + eps) : sqrtf(*sum) + eps;
    const float numerator = -rate * g;
    *p = *p + numerator / denominator;
}

static void adam(const clstep_rule *rule, double lr, uint64_t t, float *p, float g, float *state)
{
    float *m = &state[0];
    float *v = &state[1];
    const float weight = (float)(1.0 - rule->beta1);
    if (weight < 0.5f)
        *m = fmaf(weight, g - *m, *m);
    else
        *m = fmaf(weight - 1.0f, g - *m, g);
    const float kept = (float)rule->beta2 * *v;
    *v = fmaf((float)(1.0 - rule->beta2) * g, g, kept);
    double rate = lr;
    double root = 1.0;
    if (rule->bias_correction) {
        rate = lr / (1.0 - pow(rule->beta1, (double)t));
        root = sqrt(1.0 - pow(rule->beta2, (double)t));
    }
    const float denominator = sqrtf(*v) / (float)root + (float)rule->eps;
    const float numerator = -(float)rate * *m;
    *p = *p + numerator / denominator;
}

void clstep__reference(const clstep_rule *rule, double lr, uint64_t t, float *p, float g,
                       float *state)
{
    g = prepare(rule, *p, g);
    *p = shrink(rule, lr, *p);
    switch (rule->algorithm) {
    case CLSTEP_RMSPROP:
        clstep__reference_rmsprop(rule, lr, t, p, g, state);
        break;
    case CLSTEP_SGD:
        sgd(rule, lr, t, p, g, state);
        break;
    case CLSTEP_ADAGRAD:
        adagrad(rule, lr, t, p, g, state);
        break;
    default:
        adam(rule, lr, t, p, g, state);
        break;
    }
}
