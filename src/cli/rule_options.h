/* The options that choose a rule, for all commands that take one. */
#ifndef CLSTEP_CLI_RULE_OPTIONS_H
#define CLSTEP_CLI_RULE_OPTIONS_H

#include "cli/command.h"

enum {
    RULE_RULE,
    RULE_PRESET,
    RULE_LR,
    RULE_RHO,
    RULE_EPS,
    RULE_MOMENTUM,
    RULE_DAMPENING,
    RULE_BETA1,
    RULE_BETA2,
    RULE_WEIGHT_DECAY,
    RULE_LR_DECAY,
    RULE_INITIAL_SQUARE_AVG,
    RULE_DECAY,
    RULE_VARIANCE,
    RULE_CENTERED,
    RULE_EPS_INSIDE_SQRT,
    RULE_LR_IN_MOMENTUM,
    RULE_NESTEROV,
    RULE_BIAS_CORRECTION,
    RULE_MAXIMIZE,
    RULE_OPTION_COUNT
};

/* What getopt_long() gives for a rule's option: this + RULE_RULE ...; above all characters. A
 * command's own options may have any other value. */
enum { RULE_OPTION_VALUE = 256 };

/* Entries of a table of struct option, in the order of the enumeration. */
#define RULE_OPTIONS                                                                               \
    {"rule", required_argument, NULL, RULE_OPTION_VALUE + RULE_RULE},                              \
        {"preset", required_argument, NULL, RULE_OPTION_VALUE + RULE_PRESET},                      \
        {"lr", required_argument, NULL, RULE_OPTION_VALUE + RULE_LR},                              \
        {"rho", required_argument, NULL, RULE_OPTION_VALUE + RULE_RHO},                            \
        {"eps", required_argument, NULL, RULE_OPTION_VALUE + RULE_EPS},                            \
        {"momentum", required_argument, NULL, RULE_OPTION_VALUE + RULE_MOMENTUM},                  \
        {"dampening", required_argument, NULL, RULE_OPTION_VALUE + RULE_DAMPENING},                \
        {"beta1", required_argument, NULL, RULE_OPTION_VALUE + RULE_BETA1},                        \
        {"beta2", required_argument, NULL, RULE_OPTION_VALUE + RULE_BETA2},                        \
        {"weight-decay", required_argument, NULL, RULE_OPTION_VALUE + RULE_WEIGHT_DECAY},          \
        {"lr-decay", required_argument, NULL, RULE_OPTION_VALUE + RULE_LR_DECAY},                  \
        {"initial-square-avg", required_argument, NULL,                                            \
         RULE_OPTION_VALUE + RULE_INITIAL_SQUARE_AVG},                                             \
        {"decay", required_argument, NULL, RULE_OPTION_VALUE + RULE_DECAY},                        \
        {"variance", required_argument, NULL, RULE_OPTION_VALUE + RULE_VARIANCE},                  \
        {"centered", optional_argument, NULL, RULE_OPTION_VALUE + RULE_CENTERED},                  \
        {"eps-inside-sqrt", optional_argument, NULL, RULE_OPTION_VALUE + RULE_EPS_INSIDE_SQRT},    \
        {"lr-in-momentum", optional_argument, NULL, RULE_OPTION_VALUE + RULE_LR_IN_MOMENTUM},      \
        {"nesterov", optional_argument, NULL, RULE_OPTION_VALUE + RULE_NESTEROV},                  \
        {"bias-correction", optional_argument, NULL, RULE_OPTION_VALUE + RULE_BIAS_CORRECTION},    \
    {                                                                                              \
        "maximize", optional_argument, NULL, RULE_OPTION_VALUE + RULE_MAXIMIZE                     \
    }

/* Their lines of a command's --help. */
#define RULE_OPTIONS_HELP                                                                          \
    "  --rule NAME        rmsprop, sgd, adagrad, adam or adamw; stands for a preset: hinton, "     \
    "sgd,\n"                                                                                       \
    "                     adagrad, adam, adamw\n"                                                  \
    "  --preset NAME      any of `clstep presets`\n"                                               \
    "  --lr X  --rho X  --eps X  --momentum X  --dampening X  --beta1 X  --beta2 X\n"              \
    "  --weight-decay X  --lr-decay X  --initial-square-avg X\n"                                   \
    "                     numbers in place of the preset's\n"                                      \
    "  --decay KIND       l2, decoupled or decoupled-without-lr\n"                                 \
    "  --variance KIND    of --centered: recursion or difference\n"                                \
    "  --centered  --eps-inside-sqrt  --lr-in-momentum  --nesterov  --bias-correction\n"           \
    "  --maximize         switches: alone or with =yes on, with =no off\n"

/* The options as given; starts as {0}. */
typedef struct rule_choice {
    const char *texts[RULE_OPTION_COUNT];
} rule_choice;

/* Takes an option if it is a rule's: `option` from next_option() with its optarg. */
bool rule_option(int option, const char *argument, rule_choice *choice);

/* The name of an option that was given, such as "lr"; NULL where none was. */
const char *rule_option_given(const rule_choice *choice);

/* The preset that --preset or --rule names; NULL where neither was given. Returns an exit code. */
int rule_choose_preset(const rule_choice *choice, const char **preset);

/* Fills `rule`: with the preset that was given, else with `base`, else (NULL) with the preset
 * hinton; then changes what other options name, and validates it. Returns an exit code. */
int rule_choose(const rule_choice *choice, const clstep_rule *base, clstep_rule *rule);

#endif
