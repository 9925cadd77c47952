/* Checks the arrays in a checkpoint's file. */
#ifndef CLSTEP_CHECKPOINT_CHECK_H
#define CLSTEP_CHECKPOINT_CHECK_H

#include "checkpoint/checkpoint.h"

/* Checks that the file has every array that the metadata describe, and no other. */
clstep_status clstep__checkpoint_check_arrays(const clstep_checkpoint *checkpoint);

#endif
