/* The inputs of a step: for each tensor its gradient, whether it takes part, and its numbers. */
#ifndef CLSTEP_OPTIMIZER_INPUTS_H
#define CLSTEP_OPTIMIZER_INPUTS_H

#include "optimizer/optimizer.h"

/* Checks the gradients and left-out tensors of the options, and lists them in optimizer->inputs;
 * changes nothing else but the tensors of slots. *differ is 1 if they are not those of the plan. */
clstep_status clstep__inputs_read(clstep_optimizer *optimizer, const clstep_step_options *options,
                                  int *differ);

/* Takes over optimizer->inputs: retains the gradients, sorts tensors into slots, and plans again.
 * On failure nothing has changed. */
clstep_status clstep__inputs_take(clstep_optimizer *optimizer, const clstep_step_options *options);

/* Releases the gradients that steps have given. */
void clstep__inputs_release(clstep_optimizer *optimizer);

#endif
