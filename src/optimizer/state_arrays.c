/* Where the state lies. */
#include "base/error.h"
#include "base/sized.h"
#include "optimizer/optimizer.h"

#include <string.h>

static clstep_status refuse(const char *call, const char *message)
{
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "%s", message);
}

static const clstep__plan_tensor *tensor_at(const clstep_optimizer *optimizer, size_t group,
                                            size_t tensor)
{
    return &optimizer->tensors[optimizer->groups[group].first_tensor + tensor];
}

static size_t list(const clstep_optimizer *optimizer, const clstep__plan_tensor *tensor,
                   clstep_array_form arrays[CLSTEP__ARRAYS_MAX])
{
    const clstep__family *family = &optimizer->families[tensor->family];
    return clstep__format_arrays(&family->shape, &family->format, arrays);
}

clstep_status clstep_optimizer_state(const clstep_optimizer *optimizer, size_t group, size_t tensor,
                                     const char *name, cl_mem *buffer, uint64_t *offset)
{
    static const char call[] = "clstep_optimizer_state";
    clstep_status status = clstep__check_tensor_index(call, optimizer, group, tensor);
    if (status != CLSTEP_OK)
        return status;
    if (!name || !buffer || !offset)
        return refuse(call, "name, buffer and offset must not be NULL");
    const clstep__plan_tensor *planned = tensor_at(optimizer, group, tensor);
    clstep_array_form arrays[CLSTEP__ARRAYS_MAX];
    list(optimizer, planned, arrays);
    const size_t states = clstep__variant_states(&optimizer->groups[group].shape);
    size_t k = 0;
    while (k < states && strcmp(arrays[k].name, name) != 0)
        k++;
    if (k == states)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "the group's rule keeps no \"%.40s\"; clstep_rule_state_name() lists "
                            "what it keeps",
                            name);
    if (arrays[k].dtype != CLSTEP_DTYPE_FLOAT32)
        return clstep__fail(CLSTEP_UNSUPPORTED, call,
                            "\"%s\" is not kept in fp32; clstep_optimizer_state_array() tells "
                            "how it is kept",
                            arrays[k].name);
    *buffer = planned->count ? optimizer->arrays[planned->arena][k] : NULL;
    *offset = planned->state_offset;
    return CLSTEP_OK;
}

size_t clstep_optimizer_state_count(const clstep_optimizer *optimizer, size_t group, size_t tensor)
{
    if (tensor >= clstep_optimizer_tensor_count(optimizer, group))
        return 0;
    clstep_array_form arrays[CLSTEP__ARRAYS_MAX];
    return list(optimizer, tensor_at(optimizer, group, tensor), arrays);
}

clstep_status clstep_optimizer_state_array(const clstep_optimizer *optimizer, size_t group,
                                           size_t tensor, size_t index, clstep_state_array *array)
{
    static const char call[] = "clstep_optimizer_state_array";
    clstep_status status = clstep__check_tensor_index(call, optimizer, group, tensor);
    if (status != CLSTEP_OK)
        return status;
    if (!clstep__struct_fits(array, CLSTEP__SIZES(clstep_state_array)))
        return refuse(call, "array must point to a clstep_state_array that starts as "
                            "CLSTEP_STATE_ARRAY_INIT");
    const clstep__plan_tensor *planned = tensor_at(optimizer, group, tensor);
    clstep_array_form arrays[CLSTEP__ARRAYS_MAX];
    const size_t count = list(optimizer, planned, arrays);
    if (index >= count)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "index is %zu, but %zu arrays are kept for the tensor", index, count);
    const clstep_array_form *found = &arrays[index];
    const clstep_state_array told = {
        .name = found->name,
        .dtype = found->dtype,
        .buffer = planned->count ? optimizer->arrays[planned->arena][index] : NULL,
        .offset = planned->state_offset / found->per,
        .count = planned->count / found->per + (planned->count % found->per != 0)};
    clstep__struct_write(array, &told, sizeof(clstep_state_array));
    return CLSTEP_OK;
}
