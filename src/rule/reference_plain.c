/*
 * RMSprop as the frameworks compute it that fuse nothing: every product, sum, root and quotient is
 * rounded. The order of the operations is that of their sources.
 */
#include "rule/reference_rmsprop.h"

#include "layout.clh"

#include <math.h>

/* ---- what is under the root */

/* v - m^2, both divided by the bias correction. */
static float variance(const clstep__element *e)
{
    const float v = *e->v / e->correction;
    if (!clstep__by_difference(e))
        return v;
    const float m = *e->m / e->correction;
    const float square = m * m;
    return v - square;
}

/* m as the weighted sum of itself and g. */
static void sum_mean(clstep__element *e)
{
    if (!clstep__by_difference(e))
        return;
    const float kept = e->rho * *e->m;
    const float added = e->rest * e->g;
    *e->m = kept + added;
}

/* rho v + (1 - rho) (g^2) */
static float weighted_square(clstep__element *e)
{
    if (clstep__by_recursion(e))
        return clstep__recursion(e);
    const float square = e->g * e->g;
    const float kept = e->rho * *e->v;
    const float added = e->rest * square;
    *e->v = kept + added;
    sum_mean(e);
    return variance(e);
}

/* rho v + ((1 - rho) g) g */
static float weighted_gradient(clstep__element *e)
{
    if (clstep__by_recursion(e))
        return clstep__recursion(e);
    *e->v = *e->v * e->rho;
    const float weighted = e->rest * e->g;
    const float added = weighted * e->g;
    *e->v = *e->v + added;
    sum_mean(e);
    return variance(e);
}

/* v + (g^2 - v) (1 - rho) */
static float moved_square(clstep__element *e)
{
    if (clstep__by_recursion(e))
        return clstep__recursion(e);
    const float square = e->g * e->g;
    const float change = (square - *e->v) * e->rest;
    *e->v = *e->v + change;
    if (clstep__by_difference(e)) {
        const float mean_change = (e->g - *e->m) * e->rest;
        *e->m = *e->m + mean_change;
    }
    return variance(e);
}

/* ---- what is subtracted */

/* Momentum and subtraction: `scaled` is the increment with lr, `bare` the one without. */
static void subtract(clstep__element *e, float scaled, float bare)
{
    const clstep_rule *rule = e->rule;
    if (rule->momentum == 0) {
        *e->p = *e->p - scaled;
        return;
    }
    const float x = rule->lr_in_momentum ? scaled : bare;
    float product = e->mu * *e->b;
    *e->b = product + x;
    product = e->mu * *e->b;
    const float u = rule->nesterov ? x + product : *e->b;
    *e->p = rule->lr_in_momentum ? *e->p - u : *e->p - e->lr * u;
}

void clstep__divide(clstep__element *e, float denominator)
{
    const float numerator = e->lr * e->g;
    subtract(e, numerator / denominator, e->g / denominator);
}

/* lr (g / D) */
static void divide_first(clstep__element *e, float v)
{
    const float ratio = e->g / clstep__root(e, v);
    subtract(e, e->lr * ratio, ratio);
}

/* (lr / D) g */
static void scale_rate(clstep__element *e, float v)
{
    const float denominator = clstep__root(e, v);
    const float rate = e->lr / denominator;
    subtract(e, rate * e->g, e->g / denominator);
}

/* lr (g (1 / D)) */
static void multiply(clstep__element *e, float v)
{
    const float reciprocal = 1.0f / clstep__root(e, v);
    const float u = reciprocal * e->g;
    subtract(e, e->lr * u, u);
}

bool clstep__reference_plain(clstep__element *e)
{
    const float rest_in_fp32 = 1.0f - e->rho;
    switch (e->rule->arithmetic) {
    case CLSTEP_ARITHMETIC_KERAS:
        clstep__divide(e, clstep__root(e, weighted_square(e)));
        return true;
    case CLSTEP_ARITHMETIC_OPTAX:
        if (e->rule->bias_correction)
            e->correction = 1.0f - powf(e->rho, (float)e->t); /* formed in fp32 */
        multiply(e, weighted_square(e));
        return true;
    case CLSTEP_ARITHMETIC_CHAINER:
        clstep__divide(e, clstep__root(e, weighted_gradient(e)));
        return true;
    case CLSTEP_ARITHMETIC_TF1:
        e->rest = rest_in_fp32;
        clstep__divide(e, clstep__root(e, moved_square(e)));
        return true;
    case CLSTEP_ARITHMETIC_PADDLE:
        e->rest = rest_in_fp32;
        clstep__divide(e, clstep__root(e, weighted_gradient(e)));
        return true;
    case CLSTEP_ARITHMETIC_MXNET:
        e->rest = rest_in_fp32;
        clstep__divide(e, clstep__root(e, weighted_square(e)));
        return true;
    case CLSTEP_ARITHMETIC_CAFFE:
        e->rest = rest_in_fp32;
        divide_first(e, weighted_square(e));
        return true;
    case CLSTEP_ARITHMETIC_NNABLA:
        e->rest = rest_in_fp32;
        scale_rate(e, weighted_square(e));
        return true;
    default:
        return false;
    }
}
