/* Which kernels an optimizer needs: groups and tensors by what tells kernels apart. */
#ifndef CLSTEP_OPTIMIZER_FAMILIES_H
#define CLSTEP_OPTIMIZER_FAMILIES_H

#include "optimizer/optimizer.h"

/* Makes groups, tensors and families of an optimizer that has none yet. */
clstep_status clstep__copy_groups(clstep_optimizer *optimizer, size_t count,
                                  const clstep_group *groups);

#endif
