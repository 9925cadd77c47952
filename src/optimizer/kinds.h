/* Kinds of tensors. Tensors of one kind can share a kernel: they have the same rule variant,
 * formats and first state. */
#ifndef CLSTEP_OPTIMIZER_KINDS_H
#define CLSTEP_OPTIMIZER_KINDS_H

#include "optimizer/optimizer.h"

/* Makes the groups, tensors and kinds of a new optimizer. */
clstep_status clstep__copy_groups(clstep_optimizer *optimizer, size_t count,
                                  const clstep_group *groups);

#endif
