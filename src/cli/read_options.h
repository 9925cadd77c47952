/* Reading the options of a command whose values are texts and flags, and those of its rule. */
#ifndef CLSTEP_CLI_READ_OPTIONS_H
#define CLSTEP_CLI_READ_OPTIONS_H

#include "cli/rule_options.h"

/* An option. One of the two is not NULL. */
typedef struct command_option {
    const char *name;
    const char **text; /* gets its value */
    bool *flag;        /* becomes true; the option takes no value */
} command_option;

/* Reads all options of a command: its own, which end in {0}, those of a rule into `rule`, and
 * --help, behind which nothing is read. Returns an exit code, and has said what is wrong. */
int read_options(int argc, char **argv, const command_option *own, rule_choice *rule, bool *help);

#endif
