/* RMSprop: its descriptor. The presets are in rmsprop_presets.c, their rounding profiles in
 * abi/rounding.h. */
#include "rule/rmsprop_presets.h"

#include "base/error.h"
#include "base/text.h"
#include "rule/constants.h"

#include <math.h>

static clstep_status check(const clstep_rule *rule)
{
    char text[CLSTEP__NUMBER_SIZE];
    if (rule->nesterov && rule->momentum == 0)
        return clstep__refuse("clstep_rule_validate",
                              "nesterov is set, but momentum is 0; give a momentum above 0");
    if (rule->bias_correction && rule->rho >= 1)
        return clstep__refuse("clstep_rule_validate",
                              "rho is %s; with bias_correction it must be below 1",
                              clstep__number(rule->rho, text));
    return CLSTEP_OK;
}

/* square_avg, or grad_var with the variance recursion; grad_avg if centred; momentum_buffer with
 * momentum. */
static bool keeps(const clstep__variant *variant, size_t k)
{
    const bool by_recursion = variant->centered == CLSTEP_CENTERED_RECURSION;
    const bool states[] = {!by_recursion, by_recursion, variant->centered != CLSTEP_CENTERED_NO,
                           variant->momentum != 0};
    return states[k];
}

/* The variance recursion with bias correction: the weights (1 - rho) rho^(t-k) are divided by their
 * sum, 1 - rho^t. So its rate is (1 - rho) / (1 - rho^t), which starts at 1 (D. West, CACM 22(9),
 * 1979). optax computes 1 - rho^t by the powf() of XLA. In 15,996 of 15,996 cases that equalled
 * glibc's, which is not always correctly rounded. */
static void count(const clstep_rule *rule, clstep__counted *counted)
{
    if (!rule->bias_correction)
        return;
    counted->correction_base = rule->rho;
    if (rule->centered && rule->variance == CLSTEP_VARIANCE_RECURSION) {
        counted->rest = 1.0 - rule->rho;
        counted->flags = CLSTEP_COUNTS_RECURSION;
    } else if (rule->rounding == CLSTEP_ROUNDING_OPTAX) {
        counted->on_host = "the bias_correction of optax";
    }
}

static double optax_correction(double rho, uint64_t t, bool in_fp32)
{
    return in_fp32 ? (double)(1 - powf((float)rho, (float)t)) : 1 - pow(rho, (double)t);
}

static void set_constants(const clstep_rule *rule, double lr, uint64_t t, bool in_fp32,
                          double constants[CLSTEP_STEP_CONSTANTS])
{
    (void)lr;
    const double rho = clstep__narrow(rule->rho, in_fp32);
    constants[CLSTEP_RHO] = rho;
    constants[CLSTEP_RHO_REST] = CLSTEP_REST_OF(rule->rounding) == CLSTEP_REST_FLOAT
                                     ? clstep__narrow(1 - rho, in_fp32)
                                     : clstep__narrow(1.0 - rule->rho, in_fp32);
    clstep__set_lerp(1.0 - rule->rho, in_fp32, constants);
    if (rule->bias_correction && rule->rounding == CLSTEP_ROUNDING_OPTAX)
        constants[CLSTEP_CORRECTION] = optax_correction(rule->rho, t, in_fp32);
}

const clstep__descriptor clstep__rule_rmsprop = {
    .info = {"rmsprop", "RMSprop", "hinton"},
    .presets = clstep__rmsprop_presets,
    .preset_count = CLSTEP__RMSPROP_PRESETS,
    .fields = {{"rho", CLSTEP__AT_LEAST_0},
               {"eps", CLSTEP__AT_LEAST_0},
               {"momentum", CLSTEP__AT_LEAST_0},
               {"initial_square_avg", CLSTEP__AT_LEAST_0},
               {"variance", 0},
               {"centered", 0},
               {"eps_inside_sqrt", 0},
               {"lr_in_momentum", 0},
               {"nesterov", 0},
               {"bias_correction", 0}},
    .check = check,
    .states = {CLSTEP__STATE("square_avg", SQUARE), CLSTEP__STATE("grad_var", SQUARE),
               CLSTEP__SIGNED_STATE("grad_avg", MEAN),
               CLSTEP__SIGNED_STATE("momentum_buffer", MOMENTUM)},
    .keeps = keeps,
    .correction_is_code = true,
    .has_flush_bounds = true,
    .count = count,
    .set_constants = set_constants,
};
