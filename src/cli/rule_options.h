/* The options that choose a rule, for all commands that take one: --rule, --preset, and one for
 * each field of clstep_rule, as the library lists them. */
#ifndef CLSTEP_CLI_RULE_OPTIONS_H
#define CLSTEP_CLI_RULE_OPTIONS_H

#include "cli/command.h"

/* Room for all options of a rule. */
enum { RULE_OPTION_COUNT = 64 };

/* getopt_long() returns RULE_OPTION_COUNT values from this one on for a rule's options. A command's
 * own options have other values. */
enum { RULE_OPTION_VALUE = 256 };

struct option;

/* A table for next_option(): `own`, which ends in {0}, and the options of a rule. It lasts until
 * the next call. */
const struct option *rule_options(const struct option *own);

/* Where the options of a rule stand in the text of a command's --help. */
#define RULE_OPTIONS_HELP "\f"

/* Prints a text of --help, with the rule's options in place of RULE_OPTIONS_HELP. */
void rule_options_help(const char *text);

/* The options as given; starts as {0}. */
typedef struct rule_choice {
    const char *texts[RULE_OPTION_COUNT];
} rule_choice;

/* Takes an option if it is a rule's: `option` from next_option() with its optarg. */
bool rule_option(int option, const char *argument, rule_choice *choice);

/* The name of an option that was given, such as "lr"; NULL if none was. */
const char *rule_option_given(const rule_choice *choice);

/* What was given for "rule", "preset" or a field, by its name in clstep_rule; NULL for nothing. */
const char *rule_option_text(const rule_choice *choice, const char *name);

/* The preset that --preset or --rule names; NULL if neither was given. Returns an exit code. */
int rule_choose_preset(const rule_choice *choice, const char **preset);

/* Fills `rule` by the preset of that name. Returns an exit code. */
int rule_preset(const char *name, clstep_rule *rule);

/* Fills `rule`: with the preset that was given, else with `base`, else (NULL) with the preset
 * hinton; then changes what other options name, and validates it. Returns an exit code. */
int rule_choose(const rule_choice *choice, const clstep_rule *base, clstep_rule *rule);

#endif
