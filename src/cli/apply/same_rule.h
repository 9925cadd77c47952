/* Whether a state may go on by a rule. */
#ifndef CLSTEP_CLI_APPLY_SAME_RULE_H
#define CLSTEP_CLI_APPLY_SAME_RULE_H

#include "cli/rule_options.h"

/* The numbers of the rule that the file `state` has `stored` may change, its algorithm and switches
 * may not. `chosen` is what `options` made of it. Returns an exit code, and has said which option
 * changes more. */
int check_same_rule(const rule_choice *options, const char *state, const clstep_rule *stored,
                    const clstep_rule *chosen);

#endif
