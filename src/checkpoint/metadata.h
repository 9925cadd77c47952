/* What the metadata of a checkpoint say. */
#ifndef CLSTEP_CHECKPOINT_METADATA_H
#define CLSTEP_CHECKPOINT_METADATA_H

#include "checkpoint/checkpoint.h"

/* Reads the entry "clstep" of a file's metadata into `checkpoint`, which is {0}; what it has of
 * that on failure is the caller's to free all the same. */
clstep_status clstep__metadata_read(clstep_checkpoint *checkpoint, const char *call,
                                    const clstep_safetensors *file);

#endif
