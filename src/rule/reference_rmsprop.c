/*
 * RMSprop one framework at a time: each function tells its operations in the order in which that
 * framework carries them out. Switches that a framework does not have continue in its style. The
 * order of PyTorch's and timm's operations was found against PyTorch 2.6's CPU kernels, which fuse
 * in fixed places; the others are from the frameworks' sources.
 */
#include "layout.clh"
#include "rule/reference.h"

#include <math.h>

/* What every function works on. */
typedef struct {
    const clstep_rule *rule;
    float lr;
    float rho;
    float rest; /* 1 - rho */
    float eps;
    float mu;
    float correction; /* 1 - rho^t, 1 without bias correction */
    float *v;         /* square_avg or grad_var */
    float *m;         /* grad_avg */
    float *b;         /* momentum_buffer */
} element;

static int by_difference(const clstep_rule *rule)
{
    return rule->centered && rule->variance == CLSTEP_VARIANCE_DIFFERENCE;
}

static int by_recursion(const clstep_rule *rule)
{
    return rule->centered && rule->variance == CLSTEP_VARIANCE_RECURSION;
}

/* The variance kept itself, by West's weighted recursion; with bias correction the weights are
 * (1 - rho) rho^(t-k) divided by their sum. */
static float recursion(const element *e, uint64_t t, float g)
{
    float rho = e->rho;
    float rest = e->rest;
    if (e->rule->bias_correction) {
        const double rate = (1.0 - e->rule->rho) / (1.0 - pow(e->rule->rho, (double)t));
        rho = (float)(1.0 - rate);
        rest = (float)rate;
    }
    const float d = g - *e->m;
    *e->m = fmaf(rest, d, *e->m);
    const float weighted = rest * d;
    *e->v = rho * fmaf(weighted, d, *e->v);
    return *e->v;
}

static float root(const element *e, float v)
{
    return e->rule->eps_inside_sqrt ? sqrtf(v + e->eps) : sqrtf(v) + e->eps;
}

/* clstep's own: as few roundings as there can be. */
static void own(element *e, uint64_t t, float *p, float g)
{
    const clstep_rule *rule = e->rule;
    float v;
    if (by_recursion(rule)) {
        v = recursion(e, t, g);
    } else {
        const float weighted = e->rest * g;
        *e->v = fmaf(e->rho, *e->v, weighted * g);
        v = *e->v / e->correction;
        if (by_difference(rule)) {
            *e->m = fmaf(e->rest, g - *e->m, *e->m);
            const float m = *e->m / e->correction;
            v = fmaf(-m, m, v);
        }
    }
    const float ratio = g / root(e, v);
    if (rule->momentum == 0) {
        *p = fmaf(-e->lr, ratio, *p);
        return;
    }
    const float x = rule->lr_in_momentum ? e->lr * ratio : ratio;
    *e->b = fmaf(e->mu, *e->b, x);
    const float u = rule->nesterov ? fmaf(e->mu, *e->b, x) : *e->b;
    *p = rule->lr_in_momentum ? *p - u : fmaf(-e->lr, u, *p);
}

/* addcdiv, mul_ and add with alpha, as PyTorch's CPU kernels do them; shared by torch and timm. */
static void addcdiv(element *e, float *p, float g, float denominator)
{
    const clstep_rule *rule = e->rule;
    if (rule->momentum == 0) {
        const float numerator = -e->lr * g;
        *p = *p + numerator / denominator;
        return;
    }
    const float numerator = rule->lr_in_momentum ? e->lr * g : g;
    const float x = numerator / denominator;
    *e->b = e->mu * *e->b;
    *e->b = *e->b + x;
    const float u = rule->nesterov ? fmaf(e->mu, *e->b, x) : *e->b;
    *p = rule->lr_in_momentum ? *p - u : fmaf(-e->lr, u, *p);
}

static void torch(element *e, uint64_t t, float *p, float g)
{
    float v;
    if (by_recursion(e->rule)) {
        v = recursion(e, t, g);
    } else {
        *e->v = e->rho * *e->v;
        const float weighted = e->rest * g;
        *e->v = fmaf(weighted, g, *e->v); /* addcmul */
        v = *e->v / e->correction;
        if (by_difference(e->rule)) {
            const float w = e->rest; /* lerp */
            *e->m = w < 0.5f ? fmaf(w, g - *e->m, *e->m) : fmaf(w - 1.0f, g - *e->m, g);
            const float m = *e->m / e->correction;
            v = fmaf(-m, m, v);
        }
    }
    addcdiv(e, p, g, root(e, v));
}

static void timm(element *e, uint64_t t, float *p, float g)
{
    float v;
    if (by_recursion(e->rule)) {
        v = recursion(e, t, g);
    } else {
        const float square = g * g;
        *e->v = fmaf(e->rest, square - *e->v, *e->v);
        v = *e->v / e->correction;
        if (by_difference(e->rule)) {
            *e->m = fmaf(e->rest, g - *e->m, *e->m);
            const float m = *e->m / e->correction;
            v = fmaf(-m, m, v);
        }
    }
    addcdiv(e, p, g, root(e, v));
}

/* (lr g) / D and plain products, as Keras and TensorFlow do. */
static void divide(element *e, float *p, float g, float denominator)
{
    const clstep_rule *rule = e->rule;
    const float scaled = e->lr * g;
    if (rule->momentum == 0) {
        *p = *p - scaled / denominator;
        return;
    }
    const float x = rule->lr_in_momentum ? scaled / denominator : g / denominator;
    float product = e->mu * *e->b;
    *e->b = product + x;
    product = e->mu * *e->b;
    const float u = rule->nesterov ? x + product : *e->b;
    *p = rule->lr_in_momentum ? *p - u : *p - e->lr * u;
}

/* v - m^2 with both rounded products. */
static float difference(float v, float m)
{
    const float square = m * m;
    return v - square;
}

static void tf1(element *e, uint64_t t, float *p, float g)
{
    float v;
    if (by_recursion(e->rule)) {
        v = recursion(e, t, g);
    } else {
        const float square = g * g;
        const float change = (square - *e->v) * e->rest;
        *e->v = *e->v + change;
        v = *e->v / e->correction;
        if (by_difference(e->rule)) {
            const float mean_change = (g - *e->m) * e->rest;
            *e->m = *e->m + mean_change;
            v = difference(v, *e->m / e->correction);
        }
    }
    divide(e, p, g, root(e, v));
}

/* v and m as weighted sums, as Keras and optax write them. */
static float weighted_sums(element *e, uint64_t t, float g)
{
    if (by_recursion(e->rule))
        return recursion(e, t, g);
    const float square = g * g;
    const float kept = e->rho * *e->v;
    const float added = e->rest * square;
    *e->v = kept + added;
    if (!by_difference(e->rule))
        return *e->v / e->correction;
    const float mean_kept = e->rho * *e->m;
    const float mean_added = e->rest * g;
    *e->m = mean_kept + mean_added;
    return difference(*e->v / e->correction, *e->m / e->correction);
}

static void keras(element *e, uint64_t t, float *p, float g)
{
    divide(e, p, g, root(e, weighted_sums(e, t, g)));
}

/* Multiplies by the reciprocal root; the trace adds mu * b to the increment. */
static void optax(element *e, uint64_t t, float *p, float g)
{
    const clstep_rule *rule = e->rule;
    const float reciprocal = 1.0f / root(e, weighted_sums(e, t, g));
    const float u = reciprocal * g;
    if (rule->momentum == 0) {
        *p = *p - e->lr * u;
        return;
    }
    const float x = rule->lr_in_momentum ? e->lr * u : u;
    float product = e->mu * *e->b;
    *e->b = x + product;
    product = e->mu * *e->b;
    const float change = rule->nesterov ? x + product : *e->b;
    *p = rule->lr_in_momentum ? *p - change : *p - e->lr * change;
}

void clstep__reference_rmsprop(const clstep_rule *rule, double lr, uint64_t t, float *p, float g,
                               float *state)
{
    element e = {.rule = rule, .lr = (float)lr, .eps = (float)rule->eps};
    e.rho = (float)rule->rho;
    e.rest = (float)(1.0 - rule->rho);
    e.mu = (float)rule->momentum;
    e.correction = rule->bias_correction ? (float)(1.0 - pow(rule->rho, (double)t)) : 1.0f;
    e.v = state++;
    e.m = rule->centered ? state++ : NULL;
    e.b = rule->momentum > 0 ? state : NULL;
    switch (rule->arithmetic) {
    case CLSTEP_ARITHMETIC_OWN:
        own(&e, t, p, g);
        break;
    case CLSTEP_ARITHMETIC_TORCH:
        torch(&e, t, p, g);
        break;
    case CLSTEP_ARITHMETIC_TIMM:
        timm(&e, t, p, g);
        break;
    case CLSTEP_ARITHMETIC_TF1:
        e.rest = 1.0f - e.rho; /* formed in fp32 */
        tf1(&e, t, p, g);
        break;
    case CLSTEP_ARITHMETIC_KERAS:
        keras(&e, t, p, g);
        break;
    default:
        if (rule->bias_correction)
            e.correction = 1.0f - powf(e.rho, (float)t); /* formed in fp32 */
        optax(&e, t, p, g);
        break;
    }
}
