/* `clstep train --drift`: the four rules on a task that moves. */
#ifndef CLSTEP_CLI_TRAIN_DRIFT_H
#define CLSTEP_CLI_TRAIN_DRIFT_H

#include "cli/train/options.h"

/* Returns an exit code and has said what is wrong. */
int drift_train(const train_options *options);

#endif
