/* Checks of the arguments that many calls share. */
#ifndef CLSTEP_OPTIMIZER_GETTERS_H
#define CLSTEP_OPTIMIZER_GETTERS_H

#include "optimizer/optimizer.h"

/* Whether there is such a group, or tensor in it; the message counts them. */
clstep_status clstep__check_group_index(const char *call, const clstep_optimizer *optimizer,
                                        size_t group);
clstep_status clstep__check_tensor_index(const char *call, const clstep_optimizer *optimizer,
                                         size_t group, size_t tensor);

/* Whose tensor it is that has an index among all, for messages. */
clstep__place clstep__tensor_place(const clstep_optimizer *optimizer, const char *call,
                                   size_t index);

#endif
