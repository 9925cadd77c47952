/* The step constants of an optimizer's slots: computed once in each step, then given to launches by
 * value or uploaded to the table. */
#ifndef CLSTEP_OPTIMIZER_CONSTANTS_H
#define CLSTEP_OPTIMIZER_CONSTANTS_H

#include "optimizer/optimizer.h"

/* The most slots that the optimizer can need; to be asked before the first step. */
size_t clstep__slot_room(const clstep_optimizer *optimizer);

/* Marks the slots that draw random bits, and those that chunks find in the table, because they are
 * not the slot of their launch, are clipped by a norm, or are computed by the control kernel. */
void clstep__mark_slots(clstep_optimizer *optimizer);

/* Computes the constants of the step that begins. */
void clstep__constants_settle(clstep_optimizer *optimizer, const clstep_step_options *options);

/* Sets the argument of a launch that changes from step to step. */
cl_int clstep__constants_set(const clstep_optimizer *optimizer, const clstep__launch *launch,
                             clstep__kernel *kernel);

/* Uploads what has changed in the table: constants, and chunks if the plan has changed. */
clstep_status clstep__constants_upload(clstep_optimizer *optimizer, clstep__enqueue enqueue,
                                       void *commands);

#endif
