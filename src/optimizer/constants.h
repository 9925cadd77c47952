/* The step constants of an optimizer's slots: computed once a step, then given to each launch by
 * value or uploaded into the table. */
#ifndef CLSTEP_OPTIMIZER_CONSTANTS_H
#define CLSTEP_OPTIMIZER_CONSTANTS_H

#include "optimizer/optimizer.h"

/* Computes them for the step that begins, with a learning rate per group, or those of the rules
 * where `lr` is NULL. The rest of an incomplete step gets the same. */
void clstep__constants_settle(clstep_optimizer *optimizer, const double *lr);

/* Sets the argument of a launch that differs from step to step. */
cl_int clstep__constants_set(const clstep_optimizer *optimizer, const clstep__launch *launch,
                             clstep__kernel *kernel);

/* Uploads what of the table differs. */
clstep_status clstep__constants_upload(clstep_optimizer *optimizer, clstep__enqueue enqueue,
                                       void *commands);

#endif
