/* The step constants of an optimizer's slots: computed once a step, then given to each launch by
 * value or uploaded into the table. */
#ifndef CLSTEP_OPTIMIZER_CONSTANTS_H
#define CLSTEP_OPTIMIZER_CONSTANTS_H

#include "optimizer/optimizer.h"

/* For how many slots there is room. */
size_t clstep__slot_room(const clstep_optimizer *optimizer);

/* Finds out which slots draw random bits, and which the chunks find in the table, since they are
 * not their launch's own. */
void clstep__mark_slots(clstep_optimizer *optimizer);

/* Computes them for the step that begins, with a learning rate per group, or those of the rules
 * where `lr` is NULL. The rest of an incomplete step gets the same. */
void clstep__constants_settle(clstep_optimizer *optimizer, const double *lr);

/* Sets the argument of a launch that differs from step to step. */
cl_int clstep__constants_set(const clstep_optimizer *optimizer, const clstep__launch *launch,
                             clstep__kernel *kernel);

/* Uploads what of the table differs: constants, and chunks where the plan is not create's. */
clstep_status clstep__constants_upload(clstep_optimizer *optimizer, clstep__enqueue enqueue,
                                       void *commands);

#endif
