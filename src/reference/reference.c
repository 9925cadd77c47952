#include "reference/reference.h"

#include "abi/layout.clh"
#include "base/real.h"

/* The gradient after maximize and coupled decay. PyTorch and what is built on it fuse the product.
 */
static real prepare(const clstep_rule *rule, real p, real g)
{
    if (rule->maximize)
        g = -g;
    if (rule->decay != CLSTEP_DECAY_L2 || (real)rule->weight_decay == 0)
        return g;
    const real wd = (real)rule->weight_decay;
    switch (rule->rounding) {
    case CLSTEP_ROUNDING_OWN:
    case CLSTEP_ROUNDING_TORCH:
    case CLSTEP_ROUNDING_TIMM:
    case CLSTEP_ROUNDING_SB3:
    case CLSTEP_ROUNDING_BNB:
        return real_fma(wd, p, g);
    default: {
        const real product = wd * p;
        return g + product;
    }
    }
}

/* The parameter after decoupled decay. */
static real shrink(const clstep_rule *rule, double lr, real p)
{
    if (rule->decay == CLSTEP_DECAY_L2 || (real)rule->weight_decay == 0)
        return p;
    const double rate = rule->decay == CLSTEP_DECAY_DECOUPLED ? lr : 1.0;
    if (rule->rounding == CLSTEP_ROUNDING_KERAS) {
        const real decayed = p * (real)rule->weight_decay;
        return p - decayed * (real)rate;
    }
    if (rule->rounding == CLSTEP_ROUNDING_KERAS_TORCH) {
        const real part = (real)rule->weight_decay * (real)rate;
        return p * (1 - part);
    }
    return p * (real)(1.0 - rate * rule->weight_decay);
}

static void sgd(const clstep_rule *rule, double lr, uint64_t t, real *p, real g, real *state)
{
    real u = g;
    if (rule->momentum > 0) {
        const real mu = (real)rule->momentum;
        real *b = &state[0];
        if (t == 1) {
            *b = g;
        } else {
            const real kept = mu * *b;
            *b = real_fma((real)(1.0 - rule->dampening), g, kept);
        }
        u = rule->nesterov ? real_fma(mu, *b, g) : *b;
    }
    *p = real_fma(-(real)lr, u, *p);
}

static void adagrad(const clstep_rule *rule, double lr, uint64_t t, real *p, real g, real *state)
{
    const real rate = (real)(lr / (1.0 + (double)(t - 1) * rule->lr_decay));
    const real eps = (real)rule->eps;
    real *sum = &state[0];
    *sum = real_fma(g, g, *sum);
    const real denominator = rule->eps_inside_sqrt ? real_sqrt(*sum + eps) : real_sqrt(*sum) + eps;
    const real numerator = -rate * g;
    *p = *p + numerator / denominator;
}

static void adam(const clstep_rule *rule, double lr, uint64_t t, real *p, real g, real *state)
{
    real *m = &state[0];
    real *v = &state[1];
    const real weight = (real)(1.0 - rule->beta1);
    if (weight < (real)0.5)
        *m = real_fma(weight, g - *m, *m);
    else
        *m = real_fma(weight - 1, g - *m, g);
    const real kept = (real)rule->beta2 * *v;
    *v = real_fma((real)(1.0 - rule->beta2) * g, g, kept);
    double rate = lr;
    double root = 1.0;
    if (rule->bias_correction) {
        rate = lr / (1.0 - pow(rule->beta1, (double)t));
        root = sqrt(1.0 - pow(rule->beta2, (double)t));
    }
    const real denominator = real_sqrt(*v) / (real)root + (real)rule->eps;
    const real numerator = -(real)rate * *m;
    *p = *p + numerator / denominator;
}

void REAL_NAME(clstep__reference)(const clstep_rule *rule, double lr, uint64_t t, real *p, real g,
                                  real *state)
{
    g = prepare(rule, *p, g);
    *p = shrink(rule, lr, *p);
    switch (rule->algorithm) {
    case CLSTEP_ALGORITHM_RMSPROP:
        REAL_NAME(clstep__reference_rmsprop)(rule, lr, t, p, g, state);
        break;
    case CLSTEP_ALGORITHM_SGD:
        sgd(rule, lr, t, p, g, state);
        break;
    case CLSTEP_ALGORITHM_ADAGRAD:
        adagrad(rule, lr, t, p, g, state);
        break;
    default:
        adam(rule, lr, t, p, g, state);
        break;
    }
}
