/* Draws the paths of `clstep train --valley` over the valley's contour lines. */
#ifndef CLSTEP_CLI_TRAIN_VALLEY_PICTURE_H
#define CLSTEP_CLI_TRAIN_VALLEY_PICTURE_H

#include "cli/train/valley_table.h"

/* Writes a picture, .svg or .png by the name. Returns an exit code and has said what is wrong. */
int valley_picture_write(const valley_table *table, const char *path);

#endif
