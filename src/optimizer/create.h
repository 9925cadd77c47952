/* Parts of clstep_optimizer_create() that clstep_engine_prepare() needs too. */
#ifndef CLSTEP_OPTIMIZER_CREATE_H
#define CLSTEP_OPTIMIZER_CREATE_H

#include "optimizer/optimizer.h"

/* Creates an empty optimizer that holds the engine's context; and makes its groups and plan,
 * without touching a buffer. */
clstep_status clstep__optimizer_begin(const clstep_engine *engine, unsigned pointers,
                                      clstep_optimizer **optimizer);
clstep_status clstep__optimizer_plan(clstep_optimizer *optimizer, const clstep_engine *engine,
                                     size_t group_count, const clstep_group *groups);

#endif
