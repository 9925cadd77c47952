/* The kernels that compute norms of gradients, by which a step clips them. */
#ifndef CLSTEP_OPTIMIZER_NORM_H
#define CLSTEP_OPTIMIZER_NORM_H

#include "optimizer/optimizer.h"

/* Creates the kernels, if the rule of a group asks for them. */
clstep_status clstep__norm_create(clstep_optimizer *optimizer, clstep_engine *engine);
void clstep__norm_release(clstep_optimizer *optimizer);

/* Sets the arguments of the norm kernel of a launch; and only those that options.control changes in
 * each step. */
clstep_status clstep__norm_bind(clstep_optimizer *optimizer, const clstep__launch *launch);
clstep_status clstep__norm_set_scale(const clstep_optimizer *optimizer,
                                     const clstep__launch *launch);

#endif
