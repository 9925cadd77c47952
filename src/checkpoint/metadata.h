/* The metadata of a checkpoint. */
#ifndef CLSTEP_CHECKPOINT_METADATA_H
#define CLSTEP_CHECKPOINT_METADATA_H

#include "checkpoint/checkpoint.h"

/* Reads the entry "clstep" of a file's metadata into `checkpoint`, which is {0}. The caller frees
 * its contents, after a failure too. */
clstep_status clstep__metadata_read(clstep_checkpoint *checkpoint, const char *call,
                                    const clstep_safetensors *file);

#endif
