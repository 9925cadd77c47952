/* The bounds of the self-test for devices that depart from IEEE 754. The probe finds how they
 * depart. */
#include "selftest/promise.h"

#include "rule/variant.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* If subnormal numbers are flushed, sums with them can round differently. */
enum { ULP_OF_AVERAGES = 4 };

/* A flushed number changes by less than FLT_MIN. The division by the denominator makes that up to
 * 1 / (its least value) times larger: once for the gradient, once for lr * g and once for decay. A
 * flushed square_avg v changes sqrt(v) by up to sqrt(FLT_MIN), and the denominator is at least eps;
 * several flushes may add up in one v. Adam's corrections enlarge both. */
static void allow_flushes(const clstep_rule *rule, double lr, clstep__promise *promise)
{
    const bool no_divide = !clstep_rule_has(rule, "eps"); /* and no root */
    const bool adam = clstep_rule_has(rule, "beta1");
    const double least = no_divide ? 1 : rule->eps_inside_sqrt ? sqrt(rule->eps) : rule->eps;
    const double enlarged = adam ? 1 / (1 - rule->beta1) : 1;
    const double root = adam ? 1 / sqrt(1 - rule->beta2) : 1;
    const double tiny = FLT_MIN;
    const double inside = rule->lr_in_momentum ? lr : 1;
    const double x = 4 * tiny + 4 * enlarged * inside * tiny / least;
    promise->flushes[CLSTEP__PART_AVERAGE] = 8 * tiny;
    promise->flushes[CLSTEP__PART_BUFFER] = x;
    promise->flushes[CLSTEP__PART_PARAMETER] = 8 * tiny + 2 * promise->increment * x;
    if (!no_divide)
        promise->flushed_part =
            rule->eps_inside_sqrt ? 8 * tiny / rule->eps : 2 * sqrt(8 * tiny) * root / rule->eps;
}

clstep__part clstep__part_of(const clstep_rule *rule, size_t state)
{
    const clstep__state *states[CLSTEP_STATES_MAX];
    const clstep__variant variant = clstep__variant_of(rule);
    clstep__list_states(&variant, states);
    const clstep__state_kind kind = states[state]->kind;
    return kind == CLSTEP__STATE_MOMENTUM || kind == CLSTEP__STATE_UPDATE ? CLSTEP__PART_BUFFER
                                                                          : CLSTEP__PART_AVERAGE;
}

clstep__promise clstep__promise_of(const clstep_rule *rule, double lr, unsigned departs)
{
    clstep__promise promise = {.increment = rule->lr_in_momentum ? 1 : lr};
    if (departs == 0)
        return promise;
    const bool flushes = (departs & CLSTEP_DEPARTS_SUBNORMALS) != 0;
    promise.ulp[CLSTEP__PART_PARAMETER] = CLSTEP_SELFTEST_ULP;
    promise.ulp[CLSTEP__PART_BUFFER] = CLSTEP_SELFTEST_ULP;
    promise.ulp[CLSTEP__PART_AVERAGE] = flushes ? ULP_OF_AVERAGES : 0;
    if (flushes)
        allow_flushes(rule, lr, &promise);
    promise.unbounded = (rule->centered && rule->variance == CLSTEP_VARIANCE_DIFFERENCE &&
                         (flushes || rule->bias_correction)) ||
                        (flushes && !clstep__descriptor_of(rule)->has_flush_bounds);
    return promise;
}

static bool same(float a, float b)
{
    uint32_t bits[2];
    memcpy(&bits[0], &a, sizeof a);
    memcpy(&bits[1], &b, sizeof b);
    return bits[0] == bits[1] || (isnan(a) && isnan(b));
}

/* The distance in units in the last place of `magnitude`, rounded up. */
static uint64_t distance(double difference, double magnitude)
{
    if (!isfinite(difference) || !isfinite(magnitude))
        return UINT64_MAX;
    const int exponent = magnitude >= FLT_MIN ? ilogb(magnitude) : FLT_MIN_EXP - 1;
    const double units = ceil(ldexp(difference, FLT_MANT_DIG - 1 - exponent));
    return units < 1e18 ? (uint64_t)units : UINT64_MAX - 1;
}

static void raise(uint64_t *largest, uint64_t value)
{
    if (value > *largest)
        *largest = value;
}

bool clstep__promise_count(const clstep__promise *promise, clstep__part part, float device,
                           float reference, double magnitude, clstep_selftest_count *count)
{
    count->elements++;
    if (same(device, reference))
        return false;
    count->different++;
    double difference = fabs((double)device - (double)reference);
    double allowed = promise->flushes[part];
    if (part != CLSTEP__PART_AVERAGE)
        allowed += promise->flushed_part * magnitude;
    if (promise->unbounded && part != CLSTEP__PART_AVERAGE) {
        count->unbounded++;
        raise(&count->largest_unbounded_ulp, distance(difference, magnitude));
        return true;
    }
    if (difference <= allowed && allowed > 0) {
        count->flushed++;
        return true;
    }
    const uint64_t found = distance(difference - allowed, magnitude);
    raise(&count->largest_ulp, found);
    /* between -0 and 0 the distance is 0 */
    count->outside += found > promise->ulp[part] || (promise->ulp[part] == 0 && allowed == 0);
    return true;
}

void clstep__count_add(clstep_selftest_count *sum, const clstep_selftest_count *more)
{
    sum->cases += more->cases;
    sum->elements += more->elements;
    sum->different += more->different;
    sum->flushed += more->flushed;
    sum->unbounded += more->unbounded;
    sum->outside += more->outside;
    sum->overwritten += more->overwritten;
    raise(&sum->largest_ulp, more->largest_ulp);
    raise(&sum->largest_unbounded_ulp, more->largest_unbounded_ulp);
}
