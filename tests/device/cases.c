/* Lists the rules: every preset with every switch. trial.c runs them. */
#include "cases.h"

#include "fixture.h"

#include <stdio.h>
#include <string.h>

static rule_case *add(rule_case *cases, size_t *count, const char *preset, const char *name)
{
    ck_assert_uint_lt(*count, CASES_MAX);
    rule_case *made = &cases[(*count)++];
    made->rule = preset_rule(preset);
    snprintf(made->name, sizeof made->name, "%s %s", preset, name);
    return made;
}

static clstep_rule *clip(clstep_rule *rule)
{
    rule->clip = CLSTEP_CLIP_VALUE;
    rule->clip_bound = 1e-3;
    return rule;
}

/* Centring (none, difference, recursion) times momentum (none, or any mix of lr inside and
 * nesterov); the other switches ride along in changing company. */
static void add_rmsprop_grid(const char *preset, rule_case *cases, size_t *count)
{
    for (int centered = 0; centered < 3; centered++) {
        for (int momentum = 0; momentum < 5; momentum++) {
            char name[64];
            snprintf(name, sizeof name, "centring %d momentum %d", centered, momentum);
            clstep_rule *rule = &add(cases, count, preset, name)->rule;
            rule->centered = centered > 0;
            rule->variance = centered == 2 ? CLSTEP_VARIANCE_RECURSION : CLSTEP_VARIANCE_DIFFERENCE;
            if (momentum > 0) {
                rule->momentum = 0.9;
                rule->lr_in_momentum = (momentum - 1) & 1;
                rule->nesterov = (momentum - 1) >> 1;
            }
            const int company = centered * 5 + momentum;
            rule->bias_correction = company % 2;
            rule->maximize = company / 2 % 2;
            rule->weight_decay = company % 3 ? 0.01 : 0;
            rule->decay = company % 3 == 1 ? CLSTEP_DECAY_L2 : CLSTEP_DECAY_DECOUPLED;
            if (company % 4 == 3)
                rule->eps_inside_sqrt = !rule->eps_inside_sqrt;
        }
    }
}

static void add_rmsprop_switches(const char *preset, rule_case *cases, size_t *count)
{
    add(cases, count, preset, "as it is");
    clstep_rule *rule = &add(cases, count, preset, "eps on the other side")->rule;
    rule->eps_inside_sqrt = !rule->eps_inside_sqrt;
    add(cases, count, preset, "bias correction")->rule.bias_correction = 1;
    clip(&add(cases, count, preset, "maximize, clipped")->rule)->maximize = 1;
    add(cases, count, preset, "initial square_avg")->rule.initial_square_avg = 0.25;
    rule = &add(cases, count, preset, "rho below one half, centred")->rule;
    rule->centered = 1;
    rule->rho = 0.3; /* PyTorch's lerp changes its form there */
    for (int32_t decay = CLSTEP_DECAY_L2; decay <= CLSTEP_DECAY_DECOUPLED_WITHOUT_LR; decay++) {
        rule = &add(cases, count, preset, "weight decay")->rule;
        rule->weight_decay = 0.02;
        rule->decay = decay;
    }
}

static void add_sgd(rule_case *cases, size_t *count)
{
    add(cases, count, "sgd", "as it is");
    add(cases, count, "sgd", "momentum")->rule.momentum = 0.9;
    clstep_rule *rule = clip(&add(cases, count, "sgd", "dampening, maximize, clipped")->rule);
    rule->momentum = 0.9;
    rule->dampening = 0.25;
    rule->maximize = 1;
    rule = &add(cases, count, "sgd", "nesterov, L2")->rule;
    rule->momentum = 0.9;
    rule->nesterov = 1;
    rule->weight_decay = 0.01;
    rule = &add(cases, count, "sgd", "decoupled")->rule;
    rule->weight_decay = 0.01;
    rule->decay = CLSTEP_DECAY_DECOUPLED;
}

static void add_adagrad(rule_case *cases, size_t *count)
{
    add(cases, count, "adagrad", "as it is");
    clstep_rule *rule = &add(cases, count, "adagrad", "lr_decay, initial, L2")->rule;
    rule->lr_decay = 0.1;
    rule->initial_square_avg = 0.1;
    rule->weight_decay = 0.01;
    rule = clip(&add(cases, count, "adagrad", "eps inside, decoupled, maximize, clipped")->rule);
    rule->eps_inside_sqrt = 1;
    rule->weight_decay = 0.01;
    rule->decay = CLSTEP_DECAY_DECOUPLED;
    rule->maximize = 1;
}

static void add_adam(const char *preset, rule_case *cases, size_t *count)
{
    add(cases, count, preset, "as it is");
    clstep_rule *rule = clip(&add(cases, count, preset, "no correction, maximize, clipped")->rule);
    rule->bias_correction = 0;
    rule->maximize = 1;
    rule->weight_decay = 0.01;
    add(cases, count, preset, "beta1 below one half")->rule.beta1 = 0.4;
    rule = &add(cases, count, preset, "amsgrad")->rule;
    rule->amsgrad = 1;
    rule->beta2 = 0.5;
    rule = &add(cases, count, preset, "decay without lr")->rule;
    rule->weight_decay = 0.01;
    rule->decay = CLSTEP_DECAY_DECOUPLED_WITHOUT_LR;
}

/* Any other rule: every switch that it has, every decay, a short memory. */
static void add_any(const char *preset, rule_case *cases, size_t *count)
{
    add(cases, count, preset, "as it is");
    clip(&add(cases, count, preset, "clipped")->rule);
    const clstep_field_info *field;
    for (size_t i = 0; (field = clstep_rule_field(i)); i++) {
        const clstep_rule rule = preset_rule(preset);
        if (field->kind != CLSTEP_FIELD_SWITCH || !clstep_rule_has(&rule, field->name))
            continue;
        clstep_rule *made = &add(cases, count, preset, field->name)->rule;
        int32_t *value = (int32_t *)((char *)made + field->offset);
        *value = !*value;
    }
    for (int32_t decay = CLSTEP_DECAY_L2; decay <= CLSTEP_DECAY_DECOUPLED_WITHOUT_LR; decay++) {
        clstep_rule *rule = &add(cases, count, preset, "weight decay")->rule;
        rule->weight_decay = 0.02;
        rule->decay = decay;
        rule->rho = clstep_rule_has(rule, "rho") ? 0.3 : 0;
        rule->beta1 = clstep_rule_has(rule, "beta1") ? 0.4 : 0;
    }
}

/* Whether an earlier preset has the same algorithm and rounds alike: its cases stand for both. */
static int is_covered(const char *preset)
{
    const clstep_rule rule = preset_rule(preset);
    for (size_t i = 0; strcmp(clstep_preset(i)->name, preset) != 0; i++) {
        const clstep_rule earlier = preset_rule(clstep_preset(i)->name);
        if (earlier.algorithm == rule.algorithm && earlier.rounding == rule.rounding)
            return 1;
    }
    return 0;
}

static int is_rmsprop(const char *preset)
{
    const clstep_rule rule = preset_rule(preset);
    return strcmp(clstep_rule_name(&rule), "rmsprop") == 0;
}

size_t make_cases(const char *preset, rule_case *cases)
{
    size_t count = 0;
    if (strcmp(preset, "sgd") == 0) {
        add_sgd(cases, &count);
    } else if (strcmp(preset, "adagrad") == 0) {
        add_adagrad(cases, &count);
    } else if (strcmp(preset, "adam") == 0 || strcmp(preset, "adamw") == 0) {
        add_adam(preset, cases, &count);
    } else if (!is_rmsprop(preset)) {
        add_any(preset, cases, &count);
    } else if (is_covered(preset)) {
        add(cases, &count, preset, "as it is");
    } else {
        add_rmsprop_switches(preset, cases, &count);
        add_rmsprop_grid(preset, cases, &count);
    }
    return count;
}
