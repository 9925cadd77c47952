/*
 * RMSprop, one framework at a time: each function has that framework's operations, in its order.
 * Switches that a framework does not have continue in its style. This file has the frameworks that
 * fuse: clstep's own profile, those that run on PyTorch's CPU kernels (Keras 3 among them), and
 * bitsandbytes. Where they fuse was found by comparison with them. Frameworks that do not fuse are
 * in rmsprop_unfused.c.
 */
#include "reference/rmsprop_unfused.h"

#include "abi/rounding.h"
#include "base/real.h"
#include "reference/rule.h"

/* lr times the ratio, fused with the sum or difference that it goes into. */
static void fused_step(clstep__element *e, real v)
{
    const clstep_rule *rule = e->rule;
    const real ratio = e->g / REAL_NAME(clstep__root)(e, v);
    if (rule->momentum == 0) {
        *e->p = real_fma(-e->lr, ratio, *e->p);
        return;
    }
    const real x = rule->lr_in_momentum ? e->lr * ratio : ratio;
    *e->b = real_fma(e->mu, *e->b, x);
    const real u = rule->nesterov ? real_fma(e->mu, *e->b, x) : *e->b;
    *e->p = rule->lr_in_momentum ? *e->p - u : real_fma(-e->lr, u, *e->p);
}

/* clstep's own profile: as few roundings as possible. */
static void own(clstep__element *e)
{
    real v;
    if (REAL_NAME(clstep__by_recursion)(e)) {
        v = REAL_NAME(clstep__recursion)(e);
    } else {
        const real weighted = e->rest * e->g;
        *e->v = real_fma(e->rho, *e->v, weighted * e->g);
        v = *e->v / e->correction;
        if (REAL_NAME(clstep__by_difference)(e)) {
            *e->m = real_fma(e->rest, e->g - *e->m, *e->m);
            const real m = *e->m / e->correction;
            v = real_fma(-m, m, v);
        }
    }
    fused_step(e, v);
}

/* ---- on PyTorch's CPU kernels */

/* addcmul with value 1 - rho, after mul_. */
static void torch_squares(clstep__element *e)
{
    *e->v = e->rho * *e->v;
    const real weighted = e->rest * e->g;
    *e->v = real_fma(weighted, e->g, *e->v);
}

/* lerp with weight 1 - rho. */
static void torch_lerp(clstep__element *e)
{
    const real w = e->rest;
    *e->m = w < (real)0.5 ? real_fma(w, e->g - *e->m, *e->m) : real_fma(w - 1, e->g - *e->m, e->g);
}

/* addcmul with value -1, and the correction that PyTorch does not have. */
static real torch_variance(const clstep__element *e)
{
    const real v = *e->v / e->correction;
    if (!REAL_NAME(clstep__by_difference)(e))
        return v;
    const real m = *e->m / e->correction;
    return real_fma(-m, m, v);
}

/* addcdiv, mul_ and add with alpha. */
static void torch_step(clstep__element *e, real v)
{
    const clstep_rule *rule = e->rule;
    const real denominator = REAL_NAME(clstep__root)(e, v);
    if (rule->momentum == 0) {
        const real numerator = -e->lr * e->g;
        *e->p = *e->p + numerator / denominator;
        return;
    }
    const real numerator = rule->lr_in_momentum ? e->lr * e->g : e->g;
    const real x = numerator / denominator;
    *e->b = e->mu * *e->b;
    *e->b = *e->b + x;
    const real u = rule->nesterov ? real_fma(e->mu, *e->b, x) : *e->b;
    *e->p = rule->lr_in_momentum ? *e->p - u : real_fma(-e->lr, u, *e->p);
}

static void torch(clstep__element *e)
{
    if (REAL_NAME(clstep__by_recursion)(e)) {
        torch_step(e, REAL_NAME(clstep__recursion)(e));
        return;
    }
    torch_squares(e);
    if (REAL_NAME(clstep__by_difference)(e))
        torch_lerp(e);
    torch_step(e, torch_variance(e));
}

/* Both averages by sub, and add with alpha. */
static void timm(clstep__element *e)
{
    if (REAL_NAME(clstep__by_recursion)(e)) {
        torch_step(e, REAL_NAME(clstep__recursion)(e));
        return;
    }
    const real square = e->g * e->g;
    *e->v = real_fma(e->rest, square - *e->v, *e->v);
    if (REAL_NAME(clstep__by_difference)(e))
        *e->m = real_fma(e->rest, e->g - *e->m, *e->m);
    torch_step(e, torch_variance(e));
}

/* The squares as in PyTorch, the mean by mul_ and add with alpha. */
static void sb3(clstep__element *e)
{
    if (REAL_NAME(clstep__by_recursion)(e)) {
        torch_step(e, REAL_NAME(clstep__recursion)(e));
        return;
    }
    torch_squares(e);
    if (REAL_NAME(clstep__by_difference)(e)) {
        *e->m = e->rho * *e->m;
        *e->m = real_fma(e->rest, e->g, *e->m);
    }
    torch_step(e, torch_variance(e));
}

/* Keras 3: both averages by mul_ and add with alpha, which fuses. Nothing else fuses. eps is added
 * before the mean is subtracted. */
static void keras_torch(clstep__element *e)
{
    if (REAL_NAME(clstep__by_recursion)(e)) {
        REAL_NAME(clstep__divide)(e, REAL_NAME(clstep__root)(e, REAL_NAME(clstep__recursion)(e)));
        return;
    }
    const real square = e->g * e->g;
    const real old = e->rho * *e->v;
    *e->v = real_fma(e->rest, square, old);
    const real v = *e->v / e->correction;
    if (!REAL_NAME(clstep__by_difference)(e)) {
        REAL_NAME(clstep__divide)(e, REAL_NAME(clstep__root)(e, v));
        return;
    }
    const real old_mean = e->rho * *e->m;
    *e->m = real_fma(e->rest, e->g, old_mean);
    const real m = *e->m / e->correction;
    const real square_mean = m * m;
    if (e->rule->eps_inside_sqrt) {
        const real raised = v + e->eps;
        REAL_NAME(clstep__divide)(e, real_sqrt(raised - square_mean));
    } else {
        REAL_NAME(clstep__divide)(e, REAL_NAME(clstep__root)(e, v - square_mean));
    }
}

/* bitsandbytes' CPU backend fuses as PyTorch's kernels do, and the last subtraction too. It has no
 * momentum and no centring. */
static void bitsandbytes(clstep__element *e)
{
    if (REAL_NAME(clstep__by_recursion)(e)) {
        fused_step(e, REAL_NAME(clstep__recursion)(e));
        return;
    }
    torch_squares(e);
    if (REAL_NAME(clstep__by_difference)(e))
        torch_lerp(e);
    fused_step(e, torch_variance(e));
}

void REAL_NAME(clstep__reference_rmsprop)(const clstep_rule *rule, double lr, uint64_t t, real *p,
                                          real g, real *state)
{
    clstep__element e = {.rule = rule, .t = t, .lr = (real)lr, .eps = (real)rule->eps};
    e.rho = (real)rule->rho;
    e.rest = (real)(1.0 - rule->rho);
    e.mu = (real)rule->momentum;
    e.correction = rule->bias_correction ? (real)(1.0 - pow(rule->rho, (double)t)) : 1;
    e.p = p;
    e.g = g;
    e.v = state++;
    e.m = rule->centered ? state++ : NULL;
    e.b = rule->momentum > 0 ? state : NULL;
    if (rule->rounding == CLSTEP_ROUNDING_TORCH)
        torch(&e);
    else if (rule->rounding == CLSTEP_ROUNDING_TIMM)
        timm(&e);
    else if (rule->rounding == CLSTEP_ROUNDING_SB3)
        sb3(&e);
    else if (rule->rounding == CLSTEP_ROUNDING_BNB)
        bitsandbytes(&e);
    else if (rule->rounding == CLSTEP_ROUNDING_KERAS_TORCH)
        keras_torch(&e);
    else if (!REAL_NAME(clstep__reference_unfused)(&e))
        own(&e);
}
