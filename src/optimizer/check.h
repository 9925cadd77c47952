/* Checks of the groups for clstep_optimizer_create() and clstep_engine_prepare(). */
#ifndef CLSTEP_OPTIMIZER_CHECK_H
#define CLSTEP_OPTIMIZER_CHECK_H

#include "engine/engine.h"
#include "optimizer/overlap.h"

/* Checks all rules, formats and tensors; changes nothing. `call` is for messages. If `written` is
 * not NULL, *written becomes the sorted list of the caller's memory that a step writes; free it. */
clstep_status clstep__check_groups(const char *call, const clstep_engine *engine,
                                   size_t group_count, const clstep_group *groups,
                                   clstep__run **written, size_t *written_count);

#endif
