/* The numbers that a step reads on the device: checks and takes them. */
#ifndef CLSTEP_OPTIMIZER_SCALARS_H
#define CLSTEP_OPTIMIZER_SCALARS_H

#include "optimizer/optimizer.h"

/* Reads skip and grad_scale from the options of a step. */
clstep_status clstep__scalars_read(const clstep_optimizer *optimizer,
                                   const clstep_step_options *options, clstep__scalars *scalars);

/* Takes them for the step that begins, and retains their buffers until scalars_drop(): an
 * incomplete step needs them again. */
clstep_status clstep__scalars_take(clstep_optimizer *optimizer, const clstep__scalars *scalars);
void clstep__scalars_drop(clstep_optimizer *optimizer);

#endif
