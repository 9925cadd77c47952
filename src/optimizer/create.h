/* Parts of making an optimizer that others take. */
#ifndef CLSTEP_OPTIMIZER_CREATE_H
#define CLSTEP_OPTIMIZER_CREATE_H

#include "optimizer/optimizer.h"

/* Parts of clstep_optimizer_create(), for clstep_engine_prepare(): an empty optimizer that holds
 * the engine's context; and its groups and plan, without touching a buffer. */
clstep_status clstep__optimizer_begin(const clstep_engine *engine, unsigned addresses,
                                      clstep_optimizer **optimizer);
clstep_status clstep__optimizer_plan(clstep_optimizer *optimizer, const clstep_engine *engine,
                                     size_t group_count, const clstep_group *groups);

#endif
