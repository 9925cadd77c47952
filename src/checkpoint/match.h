/* Matches the tensors of a checkpoint with those of an optimizer. */
#ifndef CLSTEP_CHECKPOINT_MATCH_H
#define CLSTEP_CHECKPOINT_MATCH_H

#include "checkpoint/checkpoint.h"
#include "safetensors/arrays.h"

typedef struct clstep__match {
    /* For each tensor of the optimizer, group after group; NULL if the checkpoint lacks it. */
    const clstep__checkpoint_tensor **tensors;
    /* For each group of the optimizer, the group of the checkpoint whose rule it gets, or SIZE_MAX.
     */
    size_t *groups;
    uint64_t *steps; /* of each tensor after the load */
} clstep__match;

/* Matches by name. Does not change the optimizer. Free it after a failure too. */
clstep_status clstep__match_make(clstep__match *match, const char *call,
                                 const clstep_checkpoint *checkpoint, clstep_optimizer *optimizer,
                                 const clstep__names *names, const clstep_load_options *options);
void clstep__match_free(clstep__match *match);

/* The rule that an optimizer's group with the rule `own` gets from a group of the checkpoint. */
clstep_rule clstep__rule_to_take(const clstep_checkpoint *checkpoint, size_t group,
                                 const clstep_rule *own);

#endif
