/* `clstep train --valley`: the paths of the four rules through a valley of two weights. */
#ifndef CLSTEP_CLI_TRAIN_VALLEY_H
#define CLSTEP_CLI_TRAIN_VALLEY_H

#include "cli/train/options.h"

/* Returns an exit code and has said what is wrong. */
int valley_train(const train_options *options);

#endif
