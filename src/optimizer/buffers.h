/* The device memory of an optimizer: its state, per arena, and the chunk table. */
#ifndef CLSTEP_OPTIMIZER_BUFFERS_H
#define CLSTEP_OPTIMIZER_BUFFERS_H

#include "optimizer/optimizer.h"

/* Makes the buffers for the optimizer's plan. */
clstep_status clstep__buffers_create(clstep_optimizer *optimizer);

/* Enqueues their first values; `event`, unless NULL, completes with the last of these commands. */
clstep_status clstep__buffers_fill(clstep_optimizer *optimizer, clstep_engine *engine,
                                   cl_event *event);

void clstep__buffers_release(clstep_optimizer *optimizer);

#endif
