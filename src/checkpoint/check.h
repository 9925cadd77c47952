/* Whether the arrays in a checkpoint's file are those that its metadata ask for. */
#ifndef CLSTEP_CHECKPOINT_CHECK_H
#define CLSTEP_CHECKPOINT_CHECK_H

#include "checkpoint/checkpoint.h"

/* Every array that the metadata ask for is in the file, and no other. */
clstep_status clstep__checkpoint_check_arrays(const clstep_checkpoint *checkpoint);

#endif
