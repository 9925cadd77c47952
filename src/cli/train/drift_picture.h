/* Draws what `clstep train --drift` has measured. */
#ifndef CLSTEP_CLI_TRAIN_DRIFT_PICTURE_H
#define CLSTEP_CLI_TRAIN_DRIFT_PICTURE_H

#include "cli/train/drift_table.h"

/* Writes a picture, .svg or .png by the name. Returns an exit code and has said what is wrong. */
int drift_picture_write(const drift_table *table, const char *path);

#endif
