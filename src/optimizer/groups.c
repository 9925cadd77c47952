/* Reads the caller's groups and tensors, whose size depends on the caller's header. check.c checks
 * their contents. */
#include "optimizer/groups.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/sized.h"

#include <string.h>

static clstep_status check_sizes(const char *call, size_t index, const clstep_group *group)
{
    const size_t least = CLSTEP__FIRST_clstep_tensor < sizeof(clstep_tensor)
                             ? CLSTEP__FIRST_clstep_tensor
                             : sizeof(clstep_tensor);
    if (group->tensor_size < least || group->tensor_size % sizeof(void *) != 0 ||
        group->tensor_size > 4096)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "groups[%zu].tensor_size is %zu; set it to sizeof(clstep_tensor), as "
                            "CLSTEP_GROUP_INIT does",
                            index, group->tensor_size);
    if (!group->tensors && group->tensor_count > 0)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "groups[%zu].tensors is NULL although tensor_count is %zu", index,
                            group->tensor_count);
    return CLSTEP_OK;
}

static const clstep_group *group_at(const clstep_group *groups, size_t index)
{
    return (const clstep_group *)((const char *)groups + index * groups->size);
}

static clstep_status read_groups(clstep__groups *own, const char *call, size_t count,
                                 const clstep_group *groups)
{
    for (size_t i = 0; i < count; i++) {
        clstep_group *group = &own->groups[i];
        if (!clstep__struct_fits(groups, CLSTEP__SIZES(clstep_group)) ||
            !clstep__struct_read(group, group_at(groups, i), CLSTEP__SIZES(clstep_group)) ||
            group_at(groups, i)->size != groups->size)
            return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                                "groups[%zu] must start as CLSTEP_GROUP_INIT, and all groups must "
                                "have the same size",
                                i);
        clstep_status status = check_sizes(call, i, group);
        if (status != CLSTEP_OK)
            return status;
        if (group->tensor_count > SIZE_MAX - own->tensor_count)
            return clstep__no_memory(call);
        own->tensor_count += group->tensor_count;
    }
    return CLSTEP_OK;
}

/* Copies a tensor of `size` bytes. Fields that this library does not know must be 0. */
static bool read_tensor(clstep_tensor *own, const char *given, size_t size)
{
    const size_t known = size < sizeof *own ? size : sizeof *own;
    for (size_t i = known; i < size; i++) {
        if (given[i] != 0)
            return false;
    }
    memcpy(own, given, known);
    return true;
}

static clstep_status read_tensors(clstep__groups *own, const char *call)
{
    own->tensors = clstep__allocate(own->tensor_count, sizeof *own->tensors);
    if (!own->tensors)
        return clstep__no_memory(call);
    clstep_tensor *next = own->tensors;
    for (size_t i = 0; i < own->count; i++) {
        clstep_group *group = &own->groups[i];
        const char *given = (const char *)group->tensors;
        group->tensors = next;
        for (size_t k = 0; k < group->tensor_count; k++, next++) {
            if (!read_tensor(next, given + k * group->tensor_size, group->tensor_size))
                return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                                    "groups[%zu].tensors[%zu] has fields of a newer clstep, which "
                                    "must be 0 here",
                                    i, k);
        }
    }
    return CLSTEP_OK;
}

clstep_status clstep__groups_read(clstep__groups *own, const char *call, size_t count,
                                  const clstep_group *groups)
{
    *own = (clstep__groups){.count = count};
    if (!groups && count > 0)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "groups is NULL although group_count is %zu", count);
    own->groups = clstep__allocate(count, sizeof *own->groups);
    if (!own->groups)
        return clstep__no_memory(call);
    clstep_status status = read_groups(own, call, count, groups);
    if (status == CLSTEP_OK)
        status = read_tensors(own, call);
    if (status != CLSTEP_OK)
        clstep__groups_free(own);
    return status;
}

void clstep__groups_free(clstep__groups *own)
{
    clstep__free(own->groups);
    clstep__free(own->tensors);
    *own = (clstep__groups){0};
}
