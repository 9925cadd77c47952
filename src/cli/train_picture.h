/* The picture of learning curves, drawn by gnuplot. */
#ifndef CLSTEP_CLI_TRAIN_PICTURE_H
#define CLSTEP_CLI_TRAIN_PICTURE_H

#include "cli/curves.h"

/* All return an exit code and have said what is wrong. Check needs no curves: it says whether
 * `path` has a known ending and can be written, and whether gnuplot is there and draws such files.
 */
int picture_check(const char *path);
/* Training loss on the left, test accuracy on the right; `logarithmic` for the losses. */
int picture_write(const curve *lines, size_t count, bool logarithmic, const char *path);

#endif
