/* What a step is given for each tensor: its gradient, and whether it takes part. */
#ifndef CLSTEP_OPTIMIZER_INPUTS_H
#define CLSTEP_OPTIMIZER_INPUTS_H

#include "optimizer/optimizer.h"

/* Checks what the options say of gradients and left-out tensors, and lists it in the optimizer's
 * inputs; nothing else changes. `*differ`: they are not those of the plan. */
clstep_status clstep__inputs_read(clstep_optimizer *optimizer, const clstep_step_options *options,
                                  int *differ);

/* Takes them over: holds the gradients, sorts tensors into slots, and plans anew. On failure
 * nothing has changed. */
clstep_status clstep__inputs_take(clstep_optimizer *optimizer);

/* Lets go of gradients that are not create's. */
void clstep__inputs_release(clstep_optimizer *optimizer);

#endif
