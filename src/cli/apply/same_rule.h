/* Whether a state may go on by a rule. */
#ifndef CLSTEP_CLI_APPLY_SAME_RULE_H
#define CLSTEP_CLI_APPLY_SAME_RULE_H

#include "cli/rule_options.h"

/* `stored` is the rule in the file `state`, `chosen` what `options` make of it. Numbers may differ;
 * algorithm and switches may not, except how gradients are clipped. Returns an exit code, and has
 * said which option changes more. */
int check_same_rule(const rule_choice *options, const char *state, const clstep_rule *stored,
                    const clstep_rule *chosen);

/* Refuses a rule that clips by a norm, which needs all gradients at once. */
int check_clip(const clstep_rule *rule);

#endif
