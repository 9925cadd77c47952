/* The device memory of an optimizer: the arrays of each arena, and the table. */
#ifndef CLSTEP_OPTIMIZER_BUFFERS_H
#define CLSTEP_OPTIMIZER_BUFFERS_H

#include "optimizer/optimizer.h"

/* Creates the buffers of the optimizer's plan. */
clstep_status clstep__buffers_create(clstep_optimizer *optimizer);

/* Enqueues their first values. `event` may be NULL; it completes with the last of these commands.
 */
clstep_status clstep__buffers_fill(clstep_optimizer *optimizer, clstep_engine *engine,
                                   cl_event *event);

void clstep__buffers_release(clstep_optimizer *optimizer);

#endif
