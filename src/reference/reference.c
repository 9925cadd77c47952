/* The reference for any rule: first what all rules share, then the function of the rule's own file.
 */
#include "reference/reference.h"

#include "abi/rounding.h"
#include "reference/rule.h"

static real clip(const clstep_rule *rule, real g)
{
    const real bound = (real)rule->clip_bound;
    if (rule->clip != CLSTEP_CLIP_VALUE)
        return g;
    return g > bound ? bound : g < -bound ? -bound : g;
}

/* The gradient after clipping by value, maximize and L2 decay. PyTorch, and frameworks on top of
 * it, fuse the product. */
static real prepare(const clstep_rule *rule, real p, real g)
{
    g = clip(rule, g);
    if (rule->maximize)
        g = -g;
    if (rule->decay != CLSTEP_DECAY_L2 || rule->weight_decay == 0)
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
    if (rule->decay == CLSTEP_DECAY_L2 || rule->weight_decay == 0)
        return p;
    const double rate = rule->decay == CLSTEP_DECAY_DECOUPLED ? lr : 1.0;
    if (rule->rounding == CLSTEP_ROUNDING_KERAS || rule->rounding == CLSTEP_ROUNDING_MLX) {
        const real decayed = p * (real)rule->weight_decay;
        return p - decayed * (real)rate;
    }
    if (rule->rounding == CLSTEP_ROUNDING_KERAS_TORCH) {
        const real part = (real)rule->weight_decay * (real)rate;
        return p * (1 - part);
    }
    return p * (real)(1.0 - rate * rule->weight_decay);
}

typedef void reference_function(const clstep_rule *rule, double lr, uint64_t t, real *p, real g,
                                real *state);

/* clstep_rule.algorithm counts them from 1. */
static reference_function *const functions[] = {
#define RULE(name) REAL_NAME(clstep__reference_##name),
#include "rule/rules.def"
#undef RULE
};

void REAL_NAME(clstep__reference)(const clstep_rule *rule, double lr, uint64_t t, real *p, real g,
                                  real *state)
{
    g = prepare(rule, *p, g);
    *p = shrink(rule, lr, *p);
    functions[rule->algorithm - 1](rule, lr, t, p, g, state);
}
