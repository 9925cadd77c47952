/* The picture of learning curves, drawn by gnuplot. */
#ifndef CLSTEP_CLI_TRAIN_PICTURE_H
#define CLSTEP_CLI_TRAIN_PICTURE_H

#include "cli/train/curves.h"

/* Training loss on the left, test accuracy on the right; `logarithmic` for the losses.
 * Returns an exit code and has said what is wrong. */
int picture_write(const curve *lines, size_t count, bool logarithmic, const char *path);

#endif
