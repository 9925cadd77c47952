/* Opening a checkpoint. */
#ifndef CLSTEP_CHECKPOINT_OPEN_H
#define CLSTEP_CHECKPOINT_OPEN_H

#include "checkpoint/checkpoint.h"

/* What the metadata tell, without a look at the arrays; `file` is not taken over. Closed by
 * clstep_checkpoint_close(). */
clstep_status clstep__checkpoint_describe(clstep_checkpoint **checkpoint,
                                          const clstep_safetensors *file);

/* The tensor of a name; NULL where there is none. */
const clstep__checkpoint_tensor *clstep__checkpoint_find(const clstep_checkpoint *checkpoint,
                                                         const char *name);

#endif
