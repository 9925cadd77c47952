#include "base/error.h"
#include "base/sized.h"
#include "base/text.h"
#include "rule/preset_table.h"

#include <clstep/rule.h>
#include <float.h>
#include <math.h>

static const char call[] = "clstep_rule_validate";

/* Everything is checked after narrowing to fp32, in which the device computes. */
static clstep_status check_at_least_0(const char *name, double value)
{
    if (isfinite(value) && value >= 0 && isfinite((float)value))
        return CLSTEP_OK;
    char text[CLSTEP__NUMBER_SIZE];
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                        "%s is %s; it must be a finite fp32 number of at least 0, since the device "
                        "computes in fp32",
                        name, clstep__number(value, text));
}

static clstep_status check_below_1(const char *name, double value)
{
    if (value >= 0 && (float)value < 1.0f)
        return CLSTEP_OK;
    char text[CLSTEP__NUMBER_SIZE];
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                        "%s is %s; it must be in [0, 1), also after rounding to fp32: from 1 on "
                        "nothing new would count, or the past grow for ever",
                        name, clstep__number(value, text));
}

static clstep_status check_eps(double value)
{
    if (isfinite(value) && (float)value >= FLT_MIN && isfinite((float)value))
        return CLSTEP_OK;
    char text[CLSTEP__NUMBER_SIZE];
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                        "eps is %s; it must be a normal fp32 number above 0, at least %g, since a "
                        "smaller one divides by 0 where subnormal numbers are flushed",
                        clstep__number(value, text), (double)FLT_MIN);
}

static clstep_status check_switch(const char *name, int32_t value)
{
    if (value == 0 || value == 1)
        return CLSTEP_OK;
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "%s is %d; it must be 0 or 1", name,
                        (int)value);
}

static clstep_status check_choice(const char *name, int32_t value, int32_t last)
{
    if (value >= 0 && value <= last)
        return CLSTEP_OK;
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "%s is %d, which is no such constant", name,
                        (int)value);
}

/* A switch or number that the algorithm does not have must be at rest, never silently ignored. */
static clstep_status check_absent(const char *name, double value, const char *owners)
{
    if (value == 0)
        return CLSTEP_OK;
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "%s is set, but only %s has it; set it to 0",
                        name, owners);
}

#define TRY(expression)                                                                            \
    do {                                                                                           \
        clstep_status try_status = (expression);                                                   \
        if (try_status != CLSTEP_OK)                                                               \
            return try_status;                                                                     \
    } while (0)

static clstep_status check_switches(const clstep_rule *rule)
{
    TRY(check_switch("centered", rule->centered));
    TRY(check_switch("eps_inside_sqrt", rule->eps_inside_sqrt));
    TRY(check_switch("lr_in_momentum", rule->lr_in_momentum));
    TRY(check_switch("nesterov", rule->nesterov));
    TRY(check_switch("bias_correction", rule->bias_correction));
    TRY(check_switch("maximize", rule->maximize));
    return check_choice("decay", rule->decay, CLSTEP_DECAY_DECOUPLED_WITHOUT_LR);
}

static clstep_status check_nesterov(const clstep_rule *rule)
{
    if (rule->nesterov && rule->momentum == 0)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "nesterov is set, but momentum is 0; give a momentum above 0");
    return CLSTEP_OK;
}

static clstep_status check_rmsprop(const clstep_rule *rule)
{
    TRY(check_below_1("rho", rule->rho));
    TRY(check_eps(rule->eps));
    TRY(check_below_1("momentum", rule->momentum));
    TRY(check_nesterov(rule));
    TRY(check_at_least_0("initial_square_avg", rule->initial_square_avg));
    if (rule->centered)
        TRY(check_choice("variance", (int32_t)rule->variance, CLSTEP_VARIANCE_RECURSION));
    return CLSTEP_OK;
}

static clstep_status check_sgd(const clstep_rule *rule)
{
    TRY(check_below_1("momentum", rule->momentum));
    TRY(check_nesterov(rule));
    char text[CLSTEP__NUMBER_SIZE];
    if (!(rule->dampening >= 0 && rule->dampening <= 1))
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "dampening is %s; it must be in [0, 1], since it takes that part of "
                            "the gradient away",
                            clstep__number(rule->dampening, text));
    if (rule->dampening > 0 && rule->momentum == 0)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "dampening is set, but momentum is 0; give a momentum above 0");
    if (rule->nesterov && rule->dampening > 0)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "nesterov needs a dampening of 0, as in PyTorch; it is %g",
                            rule->dampening);
    TRY(check_absent("eps_inside_sqrt", rule->eps_inside_sqrt, "RMSprop or AdaGrad"));
    TRY(check_absent("initial_square_avg", rule->initial_square_avg, "RMSprop or AdaGrad"));
    return CLSTEP_OK;
}

static clstep_status check_adagrad(const clstep_rule *rule)
{
    TRY(check_eps(rule->eps));
    TRY(check_at_least_0("lr_decay", rule->lr_decay));
    TRY(check_at_least_0("initial_square_avg", rule->initial_square_avg));
    TRY(check_absent("momentum", rule->momentum, "RMSprop or SGD"));
    return check_absent("nesterov", rule->nesterov, "RMSprop or SGD");
}

static clstep_status check_adam(const clstep_rule *rule)
{
    TRY(check_below_1("beta1", rule->beta1));
    TRY(check_below_1("beta2", rule->beta2));
    TRY(check_eps(rule->eps));
    TRY(check_absent("momentum", rule->momentum, "RMSprop or SGD"));
    TRY(check_absent("nesterov", rule->nesterov, "RMSprop or SGD"));
    TRY(check_absent("eps_inside_sqrt", rule->eps_inside_sqrt, "RMSprop or AdaGrad"));
    return check_absent("initial_square_avg", rule->initial_square_avg, "RMSprop or AdaGrad");
}

/* What several algorithms lack. */
static clstep_status check_not_had(const clstep_rule *rule)
{
    int32_t algorithm = rule->algorithm;
    if (algorithm != CLSTEP_ALGORITHM_RMSPROP) {
        TRY(check_absent("rho", rule->rho, "RMSprop"));
        TRY(check_absent("centered", rule->centered, "RMSprop"));
        TRY(check_absent("variance", rule->variance, "RMSprop"));
        TRY(check_absent("lr_in_momentum", rule->lr_in_momentum, "RMSprop"));
        if (algorithm != CLSTEP_ALGORITHM_ADAM)
            TRY(check_absent("bias_correction", rule->bias_correction, "RMSprop or Adam"));
    }
    if (algorithm != CLSTEP_ALGORITHM_SGD)
        TRY(check_absent("dampening", rule->dampening, "SGD"));
    else
        TRY(check_absent("eps", rule->eps, "RMSprop, AdaGrad or Adam"));
    if (algorithm != CLSTEP_ALGORITHM_ADAGRAD)
        TRY(check_absent("lr_decay", rule->lr_decay, "AdaGrad"));
    if (algorithm != CLSTEP_ALGORITHM_ADAM) {
        TRY(check_absent("beta1", rule->beta1, "Adam"));
        TRY(check_absent("beta2", rule->beta2, "Adam"));
    }
    return CLSTEP_OK;
}

static clstep_status check(const clstep_rule *rule)
{
    TRY(check_choice("algorithm", rule->algorithm, CLSTEP_ALGORITHM_ADAM));
    if (!clstep__has_rounding(rule->algorithm, rule->rounding))
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "rounding is %d; leave it as clstep_rule_preset() set it",
                            (int)rule->rounding);
    TRY(check_switches(rule));
    TRY(check_at_least_0("lr", rule->lr));
    TRY(check_at_least_0("weight_decay", rule->weight_decay));
    TRY(check_not_had(rule));
    switch (rule->algorithm) {
    case CLSTEP_ALGORITHM_RMSPROP:
        return check_rmsprop(rule);
    case CLSTEP_ALGORITHM_SGD:
        return check_sgd(rule);
    case CLSTEP_ALGORITHM_ADAGRAD:
        return check_adagrad(rule);
    default:
        return check_adam(rule);
    }
}

clstep_status clstep_rule_validate(const clstep_rule *rule)
{
    clstep_rule own;
    if (!clstep__struct_read(&own, rule, CLSTEP__SIZES(clstep_rule)))
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "rule must point to a clstep_rule that clstep_rule_preset() filled");
    return check(&own);
}
