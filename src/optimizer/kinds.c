/* Copies the caller's groups and tensors into the optimizer, and sorts the tensors into kinds. */
#include "optimizer/kinds.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/sized.h"
#include "device/device_pointers.h"
#include "optimizer/given_state.h"
#include "optimizer/range.h"

#include <string.h>

static clstep__kind kind_for(const clstep__group *group, const clstep_tensor *tensor)
{
    clstep__kind kind = {.variant = group->variant, .initial = group->rule.initial_square_avg};
    const int32_t state = clstep__variant_states(&group->variant) > 0 ? group->state_storage : 0;
    kind.format =
        clstep__format_of(tensor->param_dtype, tensor->grad_dtype, state, group->param_storage);
    if (tensor->param_dtype != CLSTEP_DTYPE_FLOAT64)
        kind.initial = (float)kind.initial;
    kind.is_random = clstep__format_is_random(&kind.variant, &kind.format);
    return kind;
}

/* The number of a kind; adds it if it is new. There is room for every mix of formats in every
 * group. */
static uint32_t number_of(clstep_optimizer *optimizer, const clstep__kind *wanted)
{
    uint32_t i = 0;
    while (i < optimizer->kind_count &&
           !(clstep__variant_equal(&optimizer->kinds[i].variant, &wanted->variant) &&
             clstep__format_equal(&optimizer->kinds[i].format, &wanted->format) &&
             optimizer->kinds[i].initial == wanted->initial))
        i++;
    if (i == optimizer->kind_count)
        optimizer->kinds[optimizer->kind_count++] = *wanted;
    return i;
}

/* Whether the beginning of a buffer may be misaligned, and its address if pointers may be used. */
static void look_at(const clstep_optimizer *of, const void *buffer, clstep_dtype dtype,
                    uint32_t *misaligned, const void **address)
{
    *misaligned = (uint32_t)clstep__is_misaligned((cl_mem)buffer, dtype);
    if (of->pointers)
        *address = clstep__address(of->context, of->device, of->pointers, (cl_mem)buffer);
}

/* Asks the driver about the tensor's buffers. Tensors that share buffers are often neighbours: what
 * is known of the last tensor's is copied. */
static void look_at_buffers(const clstep_optimizer *of, clstep__plan_tensor *tensor,
                            const clstep__plan_tensor *last, const clstep__format *format)
{
    const int is_alike = last && last->count > 0 && last->kind == tensor->kind;
    if (is_alike && last->param == tensor->param) {
        tensor->param_misaligned = last->param_misaligned;
        tensor->param_address = last->param_address;
    } else if (tensor->param) {
        look_at(of, tensor->param, format->param, &tensor->param_misaligned,
                &tensor->param_address);
    }
    if (is_alike && last->grad == tensor->grad) {
        tensor->grad_misaligned = last->grad_misaligned;
        tensor->grad_address = last->grad_address;
    } else if (tensor->grad) {
        look_at(of, tensor->grad, format->grad, &tensor->grad_misaligned, &tensor->grad_address);
    }
}

/* Sets where the tensor's state lies, if the caller supplies it. A tensor with the same buffers as
 * the last one shares its entry of given_state. */
static void take_given_state(clstep_optimizer *optimizer, clstep__plan_tensor *made,
                             const clstep_tensor *tensor)
{
    const clstep__kind *kind = &optimizer->kinds[made->kind];
    clstep_array_form arrays[CLSTEP__ARRAYS_MAX];
    const size_t count = clstep__format_arrays(&kind->variant, &kind->format, arrays);
    cl_mem wanted[CLSTEP__ARRAYS_MAX] = {NULL};
    for (size_t k = 0; k < count; k++)
        wanted[k] = tensor->state_arrays[k].buffer;
    const uint32_t last = optimizer->given_state_count;
    if (last == 0 || memcmp(optimizer->given_state[last - 1], wanted, sizeof wanted) != 0)
        memcpy(optimizer->given_state[optimizer->given_state_count++], wanted, sizeof wanted);
    made->given_state = optimizer->given_state_count;
    made->state_offset = tensor->state_arrays[0].offset;
    made->state_misaligned = (uint32_t)clstep__given_state_is_misaligned(tensor, arrays);
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
        return clstep__no_memory("clstep_optimizer_create");
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
    for (size_t i = 0; i < optimizer->written_count; i++) {
        clstep__place *of = &optimizer->written[i].of;
        of->name = optimizer->tensors[optimizer->groups[of->group].first_tensor + of->tensor].name;
    }
    return CLSTEP_OK;
}

/* The first slot of tensor number `tensor` of a group: that of the group, or one of its own. */
static uint32_t slot_of(clstep_optimizer *optimizer, uint32_t group, size_t tensor, uint64_t count)
{
    const bool is_shared =
        tensor == 0 || !clstep__has_norm_of_tensor(&optimizer->groups[group].variant);
    const uint32_t slot = is_shared ? group : optimizer->slot_count++;
    optimizer->slots[slot].group = group;
    if (count > 0) /* an empty tensor may count other steps */
        optimizer->slots[slot].counted = optimizer->groups[group].first_tensor + tensor;
    return slot;
}

static void copy_tensors(clstep_optimizer *optimizer, uint32_t index, const clstep_group *from)
{
    for (size_t i = 0; i < from->tensor_count; i++) {
        const clstep_tensor *tensor = &from->tensors[i];
        const clstep__plan_tensor *last =
            i > 0 ? &optimizer->tensors[optimizer->tensor_count - 1] : NULL;
        const clstep__kind wanted = kind_for(&optimizer->groups[index], tensor);
        const uint32_t kind = number_of(optimizer, &wanted);
        clstep__plan_tensor *made = &optimizer->tensors[optimizer->tensor_count++];
        *made = (clstep__plan_tensor){.param = tensor->param,
                                      .grad = tensor->grad,
                                      .param_offset = tensor->param_offset,
                                      .grad_offset = tensor->grad_offset,
                                      .count = tensor->count,
                                      .first_element = tensor->first_element,
                                      .slot = slot_of(optimizer, index, i, tensor->count),
                                      .kind = kind,
                                      .first_grad = tensor->grad,
                                      .first_grad_offset = tensor->grad_offset};
        if (tensor->count > 0)
            look_at_buffers(optimizer, made, last, &wanted.format);
        if (tensor->count > 0 && tensor->state_array_count > 0)
            take_given_state(optimizer, made, tensor);
        /* A mark that differs from all buffers: each tensor may get a gradient buffer of its own.
         */
        if (tensor->count > 0 && !tensor->grad) {
            made->grad = made;
            optimizer->has_other_inputs = 1;
        }
    }
}

clstep_status clstep__copy_groups(clstep_optimizer *optimizer, size_t count,
                                  const clstep_group *groups)
{
    size_t tensors = 0, given = 0;
    for (size_t i = 0; i < count; i++) {
        tensors += groups[i].tensor_count;
        for (size_t k = 0; k < groups[i].tensor_count; k++)
            given += groups[i].tensors[k].state_array_count > 0;
    }
    optimizer->given_state = clstep__allocate(given, sizeof *optimizer->given_state);
    optimizer->groups = clstep__allocate(count, sizeof *optimizer->groups);
    optimizer->kinds = clstep__allocate(count, 16 * sizeof *optimizer->kinds);
    optimizer->tensors = clstep__allocate(tensors, sizeof *optimizer->tensors);
    optimizer->slots = clstep__allocate(count + tensors, sizeof *optimizer->slots);
    optimizer->inputs = clstep__allocate(tensors, sizeof *optimizer->inputs);
    optimizer->address_room = clstep__allocate(tensors, 2 * sizeof *optimizer->address_room);
    if (!optimizer->groups || !optimizer->kinds || !optimizer->tensors || !optimizer->slots ||
        !optimizer->inputs || !optimizer->address_room || !optimizer->given_state)
        return clstep__no_memory("clstep_optimizer_create");
    optimizer->group_count = count;
    optimizer->slot_count = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        clstep__struct_read(&optimizer->groups[i].rule, groups[i].rule, CLSTEP__SIZES(clstep_rule));
        optimizer->groups[i].variant = clstep__variant_of(&optimizer->groups[i].rule);
        optimizer->groups[i].variant.control = optimizer->control;
        optimizer->groups[i].state_storage = groups[i].state_storage;
        optimizer->groups[i].param_storage = groups[i].param_storage;
        optimizer->groups[i].first_tensor = optimizer->tensor_count;
        optimizer->groups[i].tensor_count = groups[i].tensor_count;
        optimizer->slots[i].group = (uint32_t)i;
        copy_tensors(optimizer, (uint32_t)i, &groups[i]);
    }
    return copy_names(optimizer, count, groups);
}
