/* The public calls that tell where state arrays lie. */
#include "base/error.h"
#include "base/sized.h"
#include "optimizer/getters.h"

#include <string.h>

static const clstep__plan_tensor *tensor_at(const clstep_optimizer *optimizer, size_t group,
                                            size_t tensor)
{
    return &optimizer->tensors[optimizer->groups[group].first_tensor + tensor];
}

static size_t list(const clstep_optimizer *optimizer, const clstep__plan_tensor *tensor,
                   clstep_array_form arrays[CLSTEP__ARRAYS_MAX])
{
    const clstep__kind *kind = &optimizer->kinds[tensor->kind];
    return clstep__format_arrays(&kind->variant, &kind->format, arrays);
}

size_t clstep_optimizer_state_count(const clstep_optimizer *optimizer, size_t group, size_t tensor)
{
    if (tensor >= clstep_optimizer_tensor_count(optimizer, group))
        return 0;
    clstep_array_form arrays[CLSTEP__ARRAYS_MAX];
    return list(optimizer, tensor_at(optimizer, group, tensor), arrays);
}

static void tell(const clstep_optimizer *optimizer, const clstep__plan_tensor *tensor, size_t index,
                 const clstep_array_form *form, clstep_state_array *array)
{
    const clstep_state_array told = {
        .name = form->name,
        .dtype = form->dtype,
        .buffer = tensor->count ? optimizer->arrays[tensor->arena][index] : NULL,
        .offset = tensor->state_offset / form->per,
        .count = tensor->count / form->per + (tensor->count % form->per != 0)};
    clstep__struct_write(array, &told, sizeof(clstep_state_array));
}

static clstep_status check(const char *call, const clstep_optimizer *optimizer, size_t group,
                           size_t tensor, const clstep_state_array *array)
{
    clstep_status status = clstep__check_tensor_index(call, optimizer, group, tensor);
    if (status != CLSTEP_OK)
        return status;
    if (!clstep__struct_fits(array, CLSTEP__SIZES(clstep_state_array)))
        return clstep__refuse(call, "array must point to a clstep_state_array that starts as "
                                    "CLSTEP_STATE_ARRAY_INIT");
    return CLSTEP_OK;
}

clstep_status clstep_optimizer_state_array(const clstep_optimizer *optimizer, size_t group,
                                           size_t tensor, size_t index, clstep_state_array *array)
{
    static const char call[] = "clstep_optimizer_state_array";
    clstep_status status = check(call, optimizer, group, tensor, array);
    if (status != CLSTEP_OK)
        return status;
    const clstep__plan_tensor *planned = tensor_at(optimizer, group, tensor);
    clstep_array_form arrays[CLSTEP__ARRAYS_MAX];
    const size_t count = list(optimizer, planned, arrays);
    if (index >= count)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "index is %zu, but the tensor has %zu state arrays", index, count);
    tell(optimizer, planned, index, &arrays[index], array);
    return CLSTEP_OK;
}

clstep_status clstep_optimizer_find_state_array(const clstep_optimizer *optimizer, size_t group,
                                                size_t tensor, const char *name,
                                                clstep_state_array *array)
{
    static const char call[] = "clstep_optimizer_find_state_array";
    clstep_status status = check(call, optimizer, group, tensor, array);
    if (status != CLSTEP_OK)
        return status;
    if (!name)
        return clstep__refuse(call, "name is NULL");
    const clstep__plan_tensor *planned = tensor_at(optimizer, group, tensor);
    clstep_array_form arrays[CLSTEP__ARRAYS_MAX];
    const size_t count = list(optimizer, planned, arrays);
    for (size_t k = 0; k < count; k++) {
        if (strcmp(arrays[k].name, name) == 0) {
            tell(optimizer, planned, k, &arrays[k], array);
            return CLSTEP_OK;
        }
    }
    return clstep__fail(
        CLSTEP_INVALID_ARGUMENT, call,
        "the tensor has no state array \"%.40s\"; clstep_optimizer_state_array() lists them", name);
}
