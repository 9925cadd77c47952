/* Several rules on one task: the comparison, and the sweep that its learning rates come from. */
#ifndef CLSTEP_CLI_TRAIN_COMPARE_H
#define CLSTEP_CLI_TRAIN_COMPARE_H

#include "cli/train/compared.h"
#include "cli/train/run.h"

/* Both print a table; they take all but rule, lr, name and table from `plan`, return an exit code
 * and have said what is wrong.
 * An interruption ends the comparison; `lines` then has the epochs that are finished. */
int compare_rules(train_session *session, const train_plan *plan, curve lines[COMPARED_RULES]);
int sweep_rules(train_session *session, const train_plan *plan);

#endif
