/* Copies what the caller gives to clstep_optimizer_create(), and sorts tensors into families. */
#include "optimizer/families.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/sized.h"
#include "device/device_pointers.h"
#include "optimizer/range.h"

#include <string.h>

static clstep__family family_for(const clstep__group *group, const clstep_tensor *tensor)
{
    clstep__family family = {.shape = group->shape, .initial = group->rule.initial_square_avg};
    const int32_t state = clstep__variant_states(&group->shape) > 0 ? group->state_storage : 0;
    family.format =
        clstep__format_of(tensor->param_dtype, tensor->grad_dtype, state, group->param_storage);
    if (tensor->param_dtype != CLSTEP_DTYPE_FLOAT64)
        family.initial = (float)family.initial;
    family.by_chance = clstep__format_by_chance(&family.shape, &family.format);
    return family;
}

/* The number of a family, a new one if there is none yet. There is room for every mix of formats in
 * every group. */
static uint32_t number_of(clstep_optimizer *optimizer, const clstep__family *wanted)
{
    uint32_t i = 0;
    while (i < optimizer->family_count &&
           !(clstep__variant_equal(&optimizer->families[i].shape, &wanted->shape) &&
             clstep__format_equal(&optimizer->families[i].format, &wanted->format) &&
             optimizer->families[i].initial == wanted->initial))
        i++;
    if (i == optimizer->family_count)
        optimizer->families[optimizer->family_count++] = *wanted;
    return i;
}

/* Tensors that share their buffers come in a row: the answer for the last one is kept. */
static uint32_t is_misaligned(const clstep_tensor *tensor, uint32_t family,
                              const clstep__plan_tensor *last)
{
    if (tensor->count == 0)
        return 0;
    if (last && last->count > 0 && last->family == family && last->param == tensor->param &&
        last->grad == tensor->grad)
        return last->misaligned;
    return clstep__is_misaligned(tensor->param, tensor->param_dtype) ||
           clstep__is_misaligned(tensor->grad, tensor->grad_dtype);
}

/* Likewise. */
static void find_addresses(const clstep_optimizer *of, clstep__plan_tensor *tensor,
                           const clstep__plan_tensor *last)
{
    const int as_last = last && last->count > 0;
    if (tensor->count == 0 || !tensor->param || !tensor->grad)
        return;
    tensor->param_address =
        as_last && last->param == tensor->param
            ? last->param_address
            : clstep__address(of->context, of->device, of->addresses, (cl_mem)tensor->param);
    tensor->grad_address =
        as_last && last->grad == tensor->grad
            ? last->grad_address
            : clstep__address(of->context, of->device, of->addresses, (cl_mem)tensor->grad);
}

/* Copies the names of all tensors into one piece. */
static clstep_status copy_names(clstep_optimizer *optimizer, size_t count,
                                const clstep_group *groups)
{
    size_t length = 0;
    for (size_t g = 0; g < count; g++) {
        for (size_t i = 0; i < groups[g].tensor_count; i++)
            length += groups[g].tensors[i].name ? strlen(groups[g].tensors[i].name) + 1 : 0;
    }
    char *next = optimizer->names = clstep__allocate(length, 1);
    if (!next)
        return clstep__fail(CLSTEP_OUT_OF_MEMORY, "clstep_optimizer_create",
                            "the host is out of memory");
    for (size_t g = 0; g < count; g++) {
        for (size_t i = 0; i < groups[g].tensor_count; i++) {
            const char *name = groups[g].tensors[i].name;
            if (!name)
                continue;
            optimizer->tensors[optimizer->groups[g].first_tensor + i].name = next;
            memcpy(next, name, strlen(name) + 1);
            next += strlen(name) + 1;
        }
    }
    return CLSTEP_OK;
}

static void copy_tensors(clstep_optimizer *optimizer, uint32_t index, const clstep_group *from)
{
    for (size_t i = 0; i < from->tensor_count; i++) {
        const clstep_tensor *tensor = &from->tensors[i];
        const clstep__plan_tensor *last =
            i > 0 ? &optimizer->tensors[optimizer->tensor_count - 1] : NULL;
        const clstep__family wanted = family_for(&optimizer->groups[index], tensor);
        const uint32_t family = number_of(optimizer, &wanted);
        clstep__plan_tensor *made = &optimizer->tensors[optimizer->tensor_count++];
        *made = (clstep__plan_tensor){.param = tensor->param,
                                      .grad = tensor->grad,
                                      .param_offset = tensor->param_offset,
                                      .grad_offset = tensor->grad_offset,
                                      .count = tensor->count,
                                      .first_element = tensor->first_element,
                                      .slot = index,
                                      .family = family,
                                      .misaligned = is_misaligned(tensor, family, last)};
        if (optimizer->addresses)
            find_addresses(optimizer, made, last);
    }
}

clstep_status clstep__copy_groups(clstep_optimizer *optimizer, size_t count,
                                  const clstep_group *groups)
{
    size_t tensors = 0;
    for (size_t i = 0; i < count; i++)
        tensors += groups[i].tensor_count;
    optimizer->groups = clstep__allocate(count, sizeof *optimizer->groups);
    optimizer->families = clstep__allocate(count, 16 * sizeof *optimizer->families);
    optimizer->tensors = clstep__allocate(tensors, sizeof *optimizer->tensors);
    optimizer->slots = clstep__allocate(count, sizeof *optimizer->slots);
    if (!optimizer->groups || !optimizer->families || !optimizer->tensors || !optimizer->slots)
        return clstep__fail(CLSTEP_OUT_OF_MEMORY, "clstep_optimizer_create",
                            "the host is out of memory");
    optimizer->group_count = count;
    optimizer->slot_count = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        clstep__struct_read(&optimizer->groups[i].rule, groups[i].rule, CLSTEP__SIZES(clstep_rule));
        optimizer->groups[i].shape = clstep__variant_of(&optimizer->groups[i].rule);
        optimizer->groups[i].state_storage = groups[i].state_storage;
        optimizer->groups[i].param_storage = groups[i].param_storage;
        optimizer->groups[i].first_tensor = optimizer->tensor_count;
        optimizer->groups[i].tensor_count = groups[i].tensor_count;
        optimizer->slots[i].group = (uint32_t)i;
        copy_tensors(optimizer, (uint32_t)i, &groups[i]);
    }
    return copy_names(optimizer, count, groups);
}
