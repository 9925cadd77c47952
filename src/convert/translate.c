/* Translates state arrays from one rule to another. translate_explain.c says what is not exact. */
#include "convert/translate.h"

#include "safetensors/error.h"

#include <math.h>
#include <string.h>

/* ---- what to do */

static bool keeps_variance(const clstep_rule *rule)
{
    const char *state = clstep__state_in(rule, CLSTEP__SQUARE);
    return state && strcmp(state, "grad_var") == 0;
}

/* The variance recursion with bias correction has averages whose weights add up to 1. The factor
 * that makes uncorrected averages of them; 1 for other rules. */
static double weight_of(const clstep_rule *rule, double rho, uint64_t steps)
{
    if (!keeps_variance(rule) || !rule->bias_correction)
        return 1;
    return 1 - pow(rho, (double)steps);
}

static clstep_status choose_scale(clstep__translation *translation, const char *call)
{
    const clstep_rule *from = translation->from, *to = translation->to;
    translation->lr = (float)from->lr;
    if (!clstep_rule_has(from, "lr_in_momentum") || from->momentum == 0 || to->momentum == 0 ||
        from->lr_in_momentum == to->lr_in_momentum)
        return CLSTEP_OK;
    translation->scale = to->lr_in_momentum ? CLSTEP__SCALE_BY_LR : CLSTEP__SCALE_OUT_OF_LR;
    if (translation->lr != 0)
        return CLSTEP_OK;
    return clstep__store_fail(CLSTEP_UNSUPPORTED, call,
                              "lr is 0, so the momentum buffer cannot be multiplied or divided by "
                              "it; give the lr of the last steps");
}

clstep_status clstep__translation_make(clstep__translation *translation, const char *call,
                                       const clstep_rule *from, const clstep_rule *to,
                                       uint64_t steps, bool negate)
{
    *translation = (clstep__translation){.from = from, .to = to, .negate = negate};
    if (from->algorithm != to->algorithm)
        return clstep__store_fail(
            CLSTEP_UNSUPPORTED, call,
            "the state of one rule cannot become the state of another; start with a new state");
    if (to->centered && !from->centered)
        return clstep__store_fail(CLSTEP_UNSUPPORTED, call,
                                  "the target is centered, but the source has no mean of the "
                                  "gradients; start with a new state, or turn centered off");
    const char *other = clstep__state_in(to, CLSTEP__OTHER);
    if (other && !clstep__state_in(from, CLSTEP__OTHER))
        return clstep__store_fail(
            CLSTEP_UNSUPPORTED, call,
            "the target needs %s, which the source does not have; start with a new state", other);
    translation->from_variance = keeps_variance(from);
    translation->to_variance = keeps_variance(to);
    translation->from_weight = weight_of(from, from->rho, steps);
    translation->to_weight = weight_of(to, from->rho, steps);
    return choose_scale(translation, call);
}

/* ---- computing: in double; also finds out whether fp32 has the exact result */

static float narrow(double value, bool exact, uint64_t *rounded)
{
    const float result = (float)value;
    *rounded += !exact || (double)result != value;
    return result;
}

/* Knuth's two-sum: a + b in double, and whether it is exact. */
static double add(double a, double b, bool *exact)
{
    const double sum = a + b;
    const double part = sum - a;
    *exact = (a - (sum - part)) + (b - part) == 0;
    return sum;
}

static bool changes_variance(const clstep__translation *t)
{
    return t->from_variance != t->to_variance || t->from_weight != t->to_weight;
}

/* Goes through v and m as a rule without the recursion has them. */
static void translate_variance(clstep__translation *t, float *square, float *mean)
{
    bool exact = t->from_weight == 1 && t->to_weight == 1;
    const bool as_it_is = exact;
    double v = (double)*square, m = (double)*mean;
    if (t->from_variance) {
        bool sum_exact;
        v = add(v, m * m, &sum_exact) * t->from_weight;
        m *= t->from_weight;
        exact = exact && sum_exact;
    }
    if (t->to_variance) {
        /* no step yet: the first gradient will replace the mean, whatever it is now */
        const double weight = t->to_weight == 0 ? 1 : t->to_weight;
        bool difference_exact;
        m /= weight;
        v = add(v / weight, -(m * m), &difference_exact);
        exact = exact && difference_exact;
        t->clamped += v < 0;
        v = v < 0 ? 0 : v;
    }
    *square = narrow(v, exact, &t->rounded[CLSTEP__SQUARE]);
    if (!as_it_is)
        *mean = narrow(m, m == 0, &t->rounded[CLSTEP__MEAN]);
}

/* The product of two fp32 numbers is exact in double; so a quotient can be checked exactly too. */
static float translate_momentum(clstep__translation *t, float buffer)
{
    double value = (double)buffer;
    bool exact = true;
    if (t->scale == CLSTEP__SCALE_BY_LR) {
        value *= (double)t->lr;
    } else if (t->scale == CLSTEP__SCALE_OUT_OF_LR) {
        value /= (double)t->lr;
        exact = (double)(float)value * (double)t->lr == (double)buffer;
    }
    const float result = narrow(value, exact, &t->rounded[CLSTEP__MOMENTUM]);
    return t->negate ? -result : result;
}

/* Whether a number has become NaN or infinite. */
static bool is_lost(float before, float after)
{
    return isnan(after) || (isinf(after) && !isinf(before));
}

size_t clstep__translate(clstep__translation *t, float *const values[CLSTEP__SLOTS], size_t count)
{
    float *square = values[CLSTEP__SQUARE];
    float *mean = values[CLSTEP__MEAN];
    float *momentum = values[CLSTEP__MOMENTUM];
    t->elements += count;
    size_t lost = count;
    for (size_t i = 0; square && mean && changes_variance(t) && i < count; i++) {
        const float square_before = square[i], mean_before = mean[i];
        translate_variance(t, &square[i], &mean[i]);
        if ((is_lost(square_before, square[i]) || is_lost(mean_before, mean[i])) && i < lost)
            lost = i;
    }
    for (size_t i = 0; momentum && (t->negate || t->scale) && i < count; i++) {
        const float before = momentum[i];
        momentum[i] = translate_momentum(t, before);
        if (is_lost(before, momentum[i]) && i < lost)
            lost = i;
    }
    return lost;
}
