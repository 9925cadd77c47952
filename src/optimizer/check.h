/* Checks of what a caller hands to clstep_optimizer_create() and clstep_engine_prepare(). */
#ifndef CLSTEP_OPTIMIZER_CHECK_H
#define CLSTEP_OPTIMIZER_CHECK_H

#include "engine/engine.h"
#include "optimizer/overlap.h"

/* All rules, formats and tensors; touches nothing. `call` is for messages. Where `params` is not
 * NULL, it becomes the sorted list of where parameters lie, the caller's to free. */
clstep_status clstep__check_groups(const char *call, const clstep_engine *engine,
                                   size_t group_count, const clstep_group *groups,
                                   clstep__run **params, size_t *param_count);

#endif
