/* Checks of what a caller hands to clstep_optimizer_create() and clstep_engine_prepare(). */
#ifndef CLSTEP_OPTIMIZER_CHECK_H
#define CLSTEP_OPTIMIZER_CHECK_H

#include "engine/engine.h"

/* All rules, formats and tensors; touches nothing. `call` is for messages. */
clstep_status clstep__check_groups(const char *call, const clstep_engine *engine,
                                   size_t group_count, const clstep_group *groups);

#endif
