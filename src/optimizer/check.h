/* Checks of what a caller hands to clstep_optimizer_create() and clstep_engine_prepare(). */
#ifndef CLSTEP_OPTIMIZER_CHECK_H
#define CLSTEP_OPTIMIZER_CHECK_H

#include "engine/engine.h"
#include "optimizer/overlap.h"

/* All rules, formats and tensors; touches nothing. `call` is for messages. Where `written` is not
 * NULL, it becomes the sorted list of what a step writes of the caller's, who frees it. */
clstep_status clstep__check_groups(const char *call, const clstep_engine *engine,
                                   size_t group_count, const clstep_group *groups,
                                   clstep__run **written, size_t *written_count);

#endif
