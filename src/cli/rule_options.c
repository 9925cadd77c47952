/* Turns the options of a rule into a clstep_rule. The ranges are checked by the library. */
#include "cli/rule_options.h"

#include <getopt.h>
#include <string.h>

static const struct option known[] = {RULE_OPTIONS};

bool rule_option(int option, const char *argument, rule_choice *choice)
{
    const int index = option - RULE_OPTION_VALUE;
    if (index < 0 || index >= RULE_OPTION_COUNT)
        return false;
    choice->texts[index] = argument ? argument : "yes";
    return true;
}

const char *rule_option_given(const rule_choice *choice)
{
    for (size_t i = 0; i < RULE_OPTION_COUNT; i++) {
        if (choice->texts[i])
            return known[i].name;
    }
    return NULL;
}

int rule_choose_preset(const rule_choice *choice, const char **preset)
{
    static const char *const rules[][2] = {{"rmsprop", "hinton"},
                                           {"sgd", "sgd"},
                                           {"adagrad", "adagrad"},
                                           {"adam", "adam"},
                                           {"adamw", "adamw"}};
    const char *rule = choice->texts[RULE_RULE];
    *preset = choice->texts[RULE_PRESET];
    if (!rule)
        return EXIT_OK;
    if (*preset)
        return complain(EXIT_USAGE, "give either --rule or --preset, not both");
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (strcmp(rule, rules[i][0]) == 0) {
            *preset = rules[i][1];
            return EXIT_OK;
        }
    }
    return complain(EXIT_USAGE,
                    "there is no rule '%s'; there are rmsprop, sgd, adagrad, adam and adamw "
                    "(--preset takes more)",
                    rule);
}

static int read_number(const rule_choice *choice, int option, double *value)
{
    const char *text = choice->texts[option];
    if (!text || parse_number(text, value))
        return EXIT_OK;
    return complain(EXIT_USAGE, "--%s takes a finite number, not '%s'", known[option].name, text);
}

static int read_numbers(const rule_choice *choice, clstep_rule *rule)
{
    const struct {
        int option;
        double *value;
    } numbers[] = {{RULE_LR, &rule->lr},
                   {RULE_RHO, &rule->rho},
                   {RULE_EPS, &rule->eps},
                   {RULE_MOMENTUM, &rule->momentum},
                   {RULE_DAMPENING, &rule->dampening},
                   {RULE_BETA1, &rule->beta1},
                   {RULE_BETA2, &rule->beta2},
                   {RULE_WEIGHT_DECAY, &rule->weight_decay},
                   {RULE_LR_DECAY, &rule->lr_decay},
                   {RULE_INITIAL_SQUARE_AVG, &rule->initial_square_avg}};
    int code = EXIT_OK;
    for (size_t i = 0; code == EXIT_OK && i < sizeof numbers / sizeof *numbers; i++)
        code = read_number(choice, numbers[i].option, numbers[i].value);
    return code;
}

/* An option with one of a few words, which end in NULL and count from `first`. */
static int read_word(const rule_choice *choice, int option, const char *const *words,
                     const char *takes, int32_t *value)
{
    const char *text = choice->texts[option];
    if (!text)
        return EXIT_OK;
    for (int32_t i = 0; words[i]; i++) {
        if (strcmp(text, words[i]) == 0) {
            *value = i;
            return EXIT_OK;
        }
    }
    return complain(EXIT_USAGE, "--%s takes %s, not '%s'", known[option].name, takes, text);
}

static int read_switches(const rule_choice *choice, clstep_rule *rule)
{
    static const char *const words[] = {"no", "yes", NULL};
    const struct {
        int option;
        int32_t *value;
    } switches[] = {{RULE_CENTERED, &rule->centered},
                    {RULE_EPS_INSIDE_SQRT, &rule->eps_inside_sqrt},
                    {RULE_LR_IN_MOMENTUM, &rule->lr_in_momentum},
                    {RULE_NESTEROV, &rule->nesterov},
                    {RULE_BIAS_CORRECTION, &rule->bias_correction},
                    {RULE_MAXIMIZE, &rule->maximize}};
    int code = EXIT_OK;
    for (size_t i = 0; code == EXIT_OK && i < sizeof switches / sizeof *switches; i++)
        code = read_word(choice, switches[i].option, words, "=yes or =no", switches[i].value);
    return code;
}

static int read_words(const rule_choice *choice, clstep_rule *rule)
{
    static const char *const decays[] = {"l2", "decoupled", "decoupled-without-lr", NULL};
    static const char *const variances[] = {"difference", "recursion", NULL};
    int32_t decay = (int32_t)rule->decay, variance = (int32_t)rule->variance;
    int code =
        read_word(choice, RULE_DECAY, decays, "l2, decoupled or decoupled-without-lr", &decay);
    if (code == EXIT_OK)
        code = read_word(choice, RULE_VARIANCE, variances, "recursion or difference", &variance);
    rule->decay = (clstep_decay)decay;
    rule->variance = (clstep_variance)variance;
    return code;
}

int rule_choose(const rule_choice *choice, const clstep_rule *base, clstep_rule *rule)
{
    const char *preset;
    int code = rule_choose_preset(choice, &preset);
    if (code != EXIT_OK)
        return code;
    clstep_status status = CLSTEP_OK;
    *rule = (clstep_rule)CLSTEP_RULE_INIT;
    if (base && !preset)
        *rule = *base;
    else
        status = clstep_rule_preset(rule, preset ? preset : "hinton");
    if (status != CLSTEP_OK)
        return complain_status(status);
    code = read_numbers(choice, rule);
    if (code == EXIT_OK)
        code = read_words(choice, rule);
    if (code == EXIT_OK)
        code = read_switches(choice, rule);
    if (code != EXIT_OK)
        return code;
    status = clstep_rule_validate(rule);
    return status == CLSTEP_OK ? EXIT_OK : complain_status(status);
}
