/* Checks of arguments that several calls share. */
#ifndef CLSTEP_OPTIMIZER_GETTERS_H
#define CLSTEP_OPTIMIZER_GETTERS_H

#include "optimizer/optimizer.h"

/* Refuses an index that no group, or no tensor of the group, has. */
clstep_status clstep__check_group_index(const char *call, const clstep_optimizer *optimizer,
                                        size_t group);
clstep_status clstep__check_tensor_index(const char *call, const clstep_optimizer *optimizer,
                                         size_t group, size_t tensor);

/* The place of the tensor with an index among all tensors, for messages. */
clstep__place clstep__tensor_place(const clstep_optimizer *optimizer, const char *call,
                                   size_t index);

#endif
