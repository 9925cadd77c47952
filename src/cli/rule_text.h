/* A rule in words, for the commands that make steps. */
#ifndef CLSTEP_CLI_RULE_TEXT_H
#define CLSTEP_CLI_RULE_TEXT_H

#include <clstep/clstep.h>

/* What a rule is called, such as "RMSprop". */
const char *rule_title(const clstep_rule *rule);

/* Prints all that makes the rule what it is behind `label`, in lines that fit 80 columns and
 * the terminal. `preset` may be NULL: not known. */
void rule_print(const char *label, const clstep_rule *rule, const char *preset);

#endif
