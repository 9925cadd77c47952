/* The rules of the frameworks, and their switches. */
#include "convert/dialect_rule.h"

#include "safetensors/error.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* The switches that a framework has; all others are as in its preset. For RMSprop all frameworks
 * have `centered` and momentum. */
enum {
    EPS_SIDE = 1,
    LR_SIDE = 2,
    NESTEROV = 4,
    BIAS_CORRECTION = 8,
    MAXIMIZE = 16,
    L2 = 32,
    DECOUPLED = 64,
    AMSGRAD = 128
};

static const struct {
    const char *dialect;
    const char *preset;
    unsigned has;
} rules[] = {
    {"torch", "torch", MAXIMIZE | L2},
    {"torch", "sgd", NESTEROV | MAXIMIZE | L2},
    {"torch", "adagrad", MAXIMIZE | L2},
    {"torch", "adam", MAXIMIZE | L2 | DECOUPLED | AMSGRAD}, /* AdamW */
    {"timm", "timm", LR_SIDE | L2 | DECOUPLED},
    {"keras", "keras", DECOUPLED},
    {"tf1", "tf1", 0},
    {"optax", "optax", EPS_SIDE | NESTEROV | BIAS_CORRECTION | L2}, /* add_decayed_weights first */
};

/* PyTorch has every rule whose first preset names it. */
static bool find_in_torch(int32_t algorithm, clstep_rule *preset)
{
    static const char origin[] = "PyTorch,";
    const clstep_preset_info *info;
    for (size_t i = 0; (info = clstep_preset(i)); i++) {
        *preset = (clstep_rule)CLSTEP_RULE_INIT;
        if (strncmp(info->origin, origin, sizeof origin - 1) == 0 &&
            clstep_rule_preset(preset, info->name) == CLSTEP_OK && preset->algorithm == algorithm)
            return true;
    }
    return false;
}

static bool is_torch(const clstep__dialect *dialect)
{
    return strcmp(dialect->info.name, "torch") == 0;
}

/* The framework's preset of the wanted rule, and its switches; false if it does not have the rule.
 */
static bool find(const clstep__dialect *dialect, int32_t algorithm, clstep_rule *preset,
                 unsigned *has)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        *preset = (clstep_rule)CLSTEP_RULE_INIT;
        if (strcmp(rules[i].dialect, dialect->info.name) == 0 &&
            clstep_rule_preset(preset, rules[i].preset) == CLSTEP_OK &&
            preset->algorithm == algorithm) {
            *has = rules[i].has;
            return true;
        }
    }
    *has = MAXIMIZE | L2 | DECOUPLED;
    return is_torch(dialect) && find_in_torch(algorithm, preset);
}

static clstep_status refuse_rule(const char *call, const clstep__dialect *dialect)
{
    if (is_torch(dialect))
        return clstep__store_fail(CLSTEP_UNSUPPORTED, call,
                                  "PyTorch does not have this rule; use the dialect clstep");
    return clstep__store_fail(
        CLSTEP_UNSUPPORTED, call,
        "the dialect %s has RMSprop only; use clstep, or torch for PyTorch's rules",
        dialect->info.name);
}

static void take_numbers(const clstep_rule *from, clstep_rule *rule)
{
    const clstep_field_info *field;
    for (size_t i = 0; (field = clstep_rule_field(i)); i++) {
        if (field->kind == CLSTEP_FIELD_NUMBER)
            memcpy((char *)rule + field->offset, (const char *)from + field->offset,
                   sizeof(double));
    }
}

static void take_switches(const clstep_rule *from, unsigned has, clstep_rule *rule)
{
    const struct {
        unsigned which;
        int32_t from;
        int32_t *to;
    } switches[] = {{EPS_SIDE, from->eps_inside_sqrt, &rule->eps_inside_sqrt},
                    {LR_SIDE, from->lr_in_momentum, &rule->lr_in_momentum},
                    {NESTEROV, from->nesterov, &rule->nesterov},
                    {BIAS_CORRECTION, from->bias_correction, &rule->bias_correction},
                    {AMSGRAD, from->amsgrad, &rule->amsgrad},
                    {MAXIMIZE, from->maximize, &rule->maximize}};
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        if (has & switches[i].which)
            *switches[i].to = switches[i].from;
    }
    rule->centered = from->centered;
    if ((has & L2 && from->decay == CLSTEP_DECAY_L2) ||
        (has & DECOUPLED && from->decay == CLSTEP_DECAY_DECOUPLED))
        rule->decay = from->decay;
    if (!(has & (L2 | DECOUPLED)))
        rule->weight_decay = 0;
}

double clstep__nearest_eps(double eps, bool inside)
{
    const double nearest = inside ? eps * eps : sqrt(eps);
    return eps > 0 && nearest < FLT_MIN ? (double)FLT_MIN : nearest;
}

clstep_status clstep__dialect_rule(const char *call, const clstep__dialect *dialect,
                                   const clstep_rule *wanted, clstep_rule *rule)
{
    if (clstep__dialect_is_own(dialect)) {
        *rule = *wanted;
        return CLSTEP_OK;
    }
    unsigned has;
    if (!find(dialect, wanted->algorithm, rule, &has))
        return refuse_rule(call, dialect);
    take_numbers(wanted, rule);
    rule->clip_bound = 0; /* in frameworks the training loop clips, not the rule */
    take_switches(wanted, has, rule);
    if (rule->eps_inside_sqrt != wanted->eps_inside_sqrt)
        rule->eps = clstep__nearest_eps(wanted->eps, rule->eps_inside_sqrt);
    return CLSTEP_OK;
}

clstep_status clstep__dialect_holds(const char *call, const clstep__dialect *dialect,
                                    const clstep_rule *rule)
{
    clstep_rule preset;
    unsigned has;
    if (clstep__dialect_is_own(dialect))
        return CLSTEP_OK;
    if (!find(dialect, rule->algorithm, &preset, &has))
        return refuse_rule(call, dialect);
    if (rule->centered && rule->variance == CLSTEP_VARIANCE_RECURSION)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                  "a file of %s has square_avg, not grad_var; give a rule whose "
                                  "variance is \"difference\"",
                                  dialect->info.name);
    return CLSTEP_OK;
}
