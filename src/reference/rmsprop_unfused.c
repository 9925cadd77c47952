/*
 * RMSprop of the frameworks that fuse nothing: every product, sum, root and quotient is rounded.
 * The order of the operations is that of their sources.
 */
#include "reference/rmsprop_unfused.h"

#include "abi/rounding.h"
#include "base/real.h"

/* ---- the number under the root */

/* v - m^2, both divided by the bias correction. */
static real variance(const clstep__element *e)
{
    const real v = *e->v / e->correction;
    if (!REAL_NAME(clstep__by_difference)(e))
        return v;
    const real m = *e->m / e->correction;
    const real square = m * m;
    return v - square;
}

/* m as the weighted sum of itself and g. */
static void sum_mean(clstep__element *e)
{
    if (!REAL_NAME(clstep__by_difference)(e))
        return;
    const real old = e->rho * *e->m;
    const real added = e->rest * e->g;
    *e->m = old + added;
}

/* rho v + (1 - rho) (g^2) */
static real weighted_square(clstep__element *e)
{
    if (REAL_NAME(clstep__by_recursion)(e))
        return REAL_NAME(clstep__recursion)(e);
    const real square = e->g * e->g;
    const real old = e->rho * *e->v;
    const real added = e->rest * square;
    *e->v = old + added;
    sum_mean(e);
    return variance(e);
}

/* rho v + ((1 - rho) g) g */
static real weighted_gradient(clstep__element *e)
{
    if (REAL_NAME(clstep__by_recursion)(e))
        return REAL_NAME(clstep__recursion)(e);
    *e->v = *e->v * e->rho;
    const real weighted = e->rest * e->g;
    const real added = weighted * e->g;
    *e->v = *e->v + added;
    sum_mean(e);
    return variance(e);
}

/* v + (g^2 - v) (1 - rho) */
static real moved_square(clstep__element *e)
{
    if (REAL_NAME(clstep__by_recursion)(e))
        return REAL_NAME(clstep__recursion)(e);
    const real square = e->g * e->g;
    const real change = (square - *e->v) * e->rest;
    *e->v = *e->v + change;
    if (REAL_NAME(clstep__by_difference)(e)) {
        const real mean_change = (e->g - *e->m) * e->rest;
        *e->m = *e->m + mean_change;
    }
    return variance(e);
}

/* ---- the increment */

/* (lr g) / D */
static void divide(clstep__element *e, real v)
{
    REAL_NAME(clstep__divide)(e, REAL_NAME(clstep__root)(e, v));
}

/* lr (g / D) */
static void divide_first(clstep__element *e, real v)
{
    const real ratio = e->g / REAL_NAME(clstep__root)(e, v);
    REAL_NAME(clstep__subtract)(e, e->lr * ratio, ratio);
}

/* (lr / D) g */
static void scale_rate(clstep__element *e, real v)
{
    const real denominator = REAL_NAME(clstep__root)(e, v);
    const real rate = e->lr / denominator;
    REAL_NAME(clstep__subtract)(e, rate * e->g, e->g / denominator);
}

/* lr (g (1 / D)) */
static void multiply(clstep__element *e, real v)
{
    const real reciprocal = 1 / REAL_NAME(clstep__root)(e, v);
    const real u = reciprocal * e->g;
    REAL_NAME(clstep__subtract)(e, e->lr * u, u);
}

bool REAL_NAME(clstep__reference_unfused)(clstep__element *e)
{
    const real rest_narrowed = 1 - e->rho;
    switch (e->rule->rounding) {
    case CLSTEP_ROUNDING_KERAS:
    case CLSTEP_ROUNDING_MLX:
        divide(e, weighted_square(e));
        return true;
    case CLSTEP_ROUNDING_OPTAX:
        if (e->rule->bias_correction)
            e->correction = 1 - real_pow(e->rho, (real)e->t); /* formed in fp32 */
        multiply(e, weighted_square(e));
        return true;
    case CLSTEP_ROUNDING_CHAINER:
        divide(e, weighted_gradient(e));
        return true;
    case CLSTEP_ROUNDING_TF1:
        e->rest = rest_narrowed;
        divide(e, moved_square(e));
        return true;
    case CLSTEP_ROUNDING_PADDLE:
        e->rest = rest_narrowed;
        divide(e, weighted_gradient(e));
        return true;
    case CLSTEP_ROUNDING_MXNET:
        e->rest = rest_narrowed;
        divide(e, weighted_square(e));
        return true;
    case CLSTEP_ROUNDING_CAFFE:
        e->rest = rest_narrowed;
        divide_first(e, weighted_square(e));
        return true;
    case CLSTEP_ROUNDING_NNABLA:
        e->rest = rest_narrowed;
        scale_rate(e, weighted_square(e));
        return true;
    default:
        return false;
    }
}
