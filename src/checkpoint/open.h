/* Opens checkpoints, and finds tensors in them. */
#ifndef CLSTEP_CHECKPOINT_OPEN_H
#define CLSTEP_CHECKPOINT_OPEN_H

#include "checkpoint/checkpoint.h"

/* Opens a checkpoint without checking its arrays. Does not take over `file`. Close it by
 * clstep_checkpoint_close(). */
clstep_status clstep__checkpoint_describe(clstep_checkpoint **checkpoint,
                                          const clstep_safetensors *file);

/* The tensor of that name; NULL if there is none. */
const clstep__checkpoint_tensor *clstep__checkpoint_find(const clstep_checkpoint *checkpoint,
                                                         const char *name);

#endif
