/* The caller's groups and tensors, in structs of this library's size. */
#ifndef CLSTEP_OPTIMIZER_GROUPS_H
#define CLSTEP_OPTIMIZER_GROUPS_H

#include <clstep/clstep.h>

typedef struct clstep__groups {
    size_t count;
    clstep_group *groups;
    clstep_tensor *tensors; /* of all groups, one after the other; `groups` point to them */
    size_t tensor_count;
} clstep__groups;

/* Copies `count` groups, whose structs may be those of an older or a newer header. Does not check
 * the other fields. On failure there is nothing to free. */
clstep_status clstep__groups_read(clstep__groups *own, const char *call, size_t count,
                                  const clstep_group *groups);
void clstep__groups_free(clstep__groups *own);

#endif
