/*
 * RMSprop one framework at a time: each function tells its operations in the order in which that
 * framework carries them out. Switches that a framework does not have continue in its style. Here
 * are those that fuse: clstep's own, what runs on PyTorch's CPU kernels (Keras 3 too, where it
 * does), and bitsandbytes'. Where they fuse was found against runs of them.
 */
#include "rule/reference_rmsprop.h"

#include "layout.clh"
#include "rule/reference.h"

#include <math.h>

bool clstep__by_difference(const clstep__element *e)
{
    return e->rule->centered && e->rule->variance == CLSTEP_VARIANCE_DIFFERENCE;
}

bool clstep__by_recursion(const clstep__element *e)
{
    return e->rule->centered && e->rule->variance == CLSTEP_VARIANCE_RECURSION;
}

/* West's weighted recursion; with bias correction the weights are (1 - rho) rho^(t-k) divided by
 * their sum. */
float clstep__recursion(const clstep__element *e)
{
    float rho = e->rho;
    float rest = e->rest;
    if (e->rule->bias_correction) {
        const double rate = (1.0 - e->rule->rho) / (1.0 - pow(e->rule->rho, (double)e->t));
        rho = (float)(1.0 - rate);
        rest = (float)rate;
    }
    const float d = e->g - *e->m;
    *e->m = fmaf(rest, d, *e->m);
    const float weighted = rest * d;
    *e->v = rho * fmaf(weighted, d, *e->v);
    return *e->v;
}

float clstep__root(const clstep__element *e, float v)
{
    return e->rule->eps_inside_sqrt ? sqrtf(v + e->eps) : sqrtf(v) + e->eps;
}

/* lr times the ratio, fused with whatever it is added to or subtracted from. */
static void fused_step(clstep__element *e, float v)
{
    const clstep_rule *rule = e->rule;
    const float ratio = e->g / clstep__root(e, v);
    if (rule->momentum == 0) {
        *e->p = fmaf(-e->lr, ratio, *e->p);
        return;
    }
    const float x = rule->lr_in_momentum ? e->lr * ratio : ratio;
    *e->b = fmaf(e->mu, *e->b, x);
    const float u = rule->nesterov ? fmaf(e->mu, *e->b, x) : *e->b;
    *e->p = rule->lr_in_momentum ? *e->p - u : fmaf(-e->lr, u, *e->p);
}

/* clstep's own: as few roundings as there can be. */
static void own(clstep__element *e)
{
    float v;
    if (clstep__by_recursion(e)) {
        v = clstep__recursion(e);
    } else {
        const float weighted = e->rest * e->g;
        *e->v = fmaf(e->rho, *e->v, weighted * e->g);
        v = *e->v / e->correction;
        if (clstep__by_difference(e)) {
            *e->m = fmaf(e->rest, e->g - *e->m, *e->m);
            const float m = *e->m / e->correction;
            v = fmaf(-m, m, v);
        }
    }
    fused_step(e, v);
}

/* ---- on PyTorch's CPU kernels */

/* addcmul with value 1 - rho, after mul_. */
static void torch_squares(clstep__element *e)
{
    *e->v = e->rho * *e->v;
    const float weighted = e->rest * e->g;
    *e->v = fmaf(weighted, e->g, *e->v);
}

/* lerp with weight 1 - rho. */
static void torch_lerp(clstep__element *e)
{
    const float w = e->rest;
    *e->m = w < 0.5f ? fmaf(w, e->g - *e->m, *e->m) : fmaf(w - 1.0f, e->g - *e->m, e->g);
}

/* addcmul with value -1, and the correction that PyTorch does not have. */
static float torch_variance(const clstep__element *e)
{
    const float v = *e->v / e->correction;
    if (!clstep__by_difference(e))
        return v;
    const float m = *e->m / e->correction;
    return fmaf(-m, m, v);
}

/* addcdiv, mul_ and add with alpha. */
static void torch_step(clstep__element *e, float v)
{
    const clstep_rule *rule = e->rule;
    const float denominator = clstep__root(e, v);
    if (rule->momentum == 0) {
        const float numerator = -e->lr * e->g;
        *e->p = *e->p + numerator / denominator;
        return;
    }
    const float numerator = rule->lr_in_momentum ? e->lr * e->g : e->g;
    const float x = numerator / denominator;
    *e->b = e->mu * *e->b;
    *e->b = *e->b + x;
    const float u = rule->nesterov ? fmaf(e->mu, *e->b, x) : *e->b;
    *e->p = rule->lr_in_momentum ? *e->p - u : fmaf(-e->lr, u, *e->p);
}

static void torch(clstep__element *e)
{
    if (clstep__by_recursion(e)) {
        torch_step(e, clstep__recursion(e));
        return;
    }
    torch_squares(e);
    if (clstep__by_difference(e))
        torch_lerp(e);
    torch_step(e, torch_variance(e));
}

/* Both averages by sub, and add with alpha. */
static void timm(clstep__element *e)
{
    if (clstep__by_recursion(e)) {
        torch_step(e, clstep__recursion(e));
        return;
    }
    const float square = e->g * e->g;
    *e->v = fmaf(e->rest, square - *e->v, *e->v);
    if (clstep__by_difference(e))
        *e->m = fmaf(e->rest, e->g - *e->m, *e->m);
    torch_step(e, torch_variance(e));
}

/* The squares as PyTorch has them, the mean by mul_ and add with alpha. */
static void sb3(clstep__element *e)
{
    if (clstep__by_recursion(e)) {
        torch_step(e, clstep__recursion(e));
        return;
    }
    torch_squares(e);
    if (clstep__by_difference(e)) {
        *e->m = e->rho * *e->m;
        *e->m = fmaf(e->rest, e->g, *e->m);
    }
    torch_step(e, torch_variance(e));
}

/* Keras 3: both averages by mul_ and add with alpha, which fuses; nothing else does, and eps goes
 * in before the mean. */
static void keras_torch(clstep__element *e)
{
    if (clstep__by_recursion(e)) {
        clstep__divide(e, clstep__root(e, clstep__recursion(e)));
        return;
    }
    const float square = e->g * e->g;
    const float kept = e->rho * *e->v;
    *e->v = fmaf(e->rest, square, kept);
    const float v = *e->v / e->correction;
    if (!clstep__by_difference(e)) {
        clstep__divide(e, clstep__root(e, v));
        return;
    }
    const float kept_mean = e->rho * *e->m;
    *e->m = fmaf(e->rest, e->g, kept_mean);
    const float m = *e->m / e->correction;
    const float square_mean = m * m;
    if (e->rule->eps_inside_sqrt) {
        const float raised = v + e->eps;
        clstep__divide(e, sqrtf(raised - square_mean));
    } else {
        clstep__divide(e, clstep__root(e, v - square_mean));
    }
}

/* bitsandbytes' CPU backend fuses like PyTorch's kernels, and the last subtraction too; it has
 * neither momentum nor centring. */
static void bitsandbytes(clstep__element *e)
{
    if (clstep__by_recursion(e)) {
        fused_step(e, clstep__recursion(e));
        return;
    }
    torch_squares(e);
    if (clstep__by_difference(e))
        torch_lerp(e);
    fused_step(e, torch_variance(e));
}

void clstep__reference_rmsprop(const clstep_rule *rule, double lr, uint64_t t, float *p, float g,
                               float *state)
{
    clstep__element e = {.rule = rule, .t = t, .lr = (float)lr, .eps = (float)rule->eps};
    e.rho = (float)rule->rho;
    e.rest = (float)(1.0 - rule->rho);
    e.mu = (float)rule->momentum;
    e.correction = rule->bias_correction ? (float)(1.0 - pow(rule->rho, (double)t)) : 1.0f;
    e.p = p;
    e.g = g;
    e.v = state++;
    e.m = rule->centered ? state++ : NULL;
    e.b = rule->momentum > 0 ? state : NULL;
    if (rule->arithmetic == CLSTEP_ARITHMETIC_TORCH)
        torch(&e);
    else if (rule->arithmetic == CLSTEP_ARITHMETIC_TIMM)
        timm(&e);
    else if (rule->arithmetic == CLSTEP_ARITHMETIC_SB3)
        sb3(&e);
    else if (rule->arithmetic == CLSTEP_ARITHMETIC_BNB)
        bitsandbytes(&e);
    else if (rule->arithmetic == CLSTEP_ARITHMETIC_KERAS_TORCH)
        keras_torch(&e);
    else if (!clstep__reference_plain(&e))
        own(&e);
}
