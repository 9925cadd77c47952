/* Which tensor of a checkpoint is which of an optimizer, and whether they fit. */
#ifndef CLSTEP_CHECKPOINT_MATCH_H
#define CLSTEP_CHECKPOINT_MATCH_H

#include "checkpoint/checkpoint.h"
#include "safetensors/arrays.h"

typedef struct clstep__match {
    /* For every tensor of the optimizer, group after group; NULL where the checkpoint lacks it. */
    const clstep__checkpoint_tensor **tensors;
    /* For every group of the optimizer, that of the checkpoint whose rule it gets; SIZE_MAX: none.
     */
    size_t *groups;
    uint64_t *steps; /* that each tensor then has taken: its own where the checkpoint lacks it */
} clstep__match;

/* Matches by name. Changes nothing of the optimizer. To be freed in any case. */
clstep_status clstep__match_make(clstep__match *match, const char *call,
                                 const clstep_checkpoint *checkpoint, clstep_optimizer *optimizer,
                                 const clstep__names *names, const clstep_load_options *options);
void clstep__match_free(clstep__match *match);

#endif
