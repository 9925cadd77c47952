/* Finds the arrays of a source's tensors, and checks their dtypes and shapes. */
#include "convert/arrays.h"

#include "safetensors/error.h"

#include <string.h>

static bool same_shape(const clstep__source_tensor *tensor, const clstep_safetensors_tensor *array)
{
    return tensor->rank == array->rank &&
           (tensor->rank == 0 ||
            memcmp(tensor->shape, array->shape, tensor->rank * sizeof *array->shape) == 0);
}

/* Takes the array with this index as an array of the tensor. */
static clstep_status take_array(const clstep__source *source, clstep__source_tensor *tensor,
                                size_t index, bool *used)
{
    clstep_safetensors_tensor array = CLSTEP_SAFETENSORS_TENSOR_INIT;
    clstep_status status = clstep_safetensors_tensor_at(source->file, index, &array);
    if (status != CLSTEP_OK)
        return status;
    if (used[index])
        return clstep__store_fail(CLSTEP_INVALID_FILE, source->call,
                                  "\"%.80s\" would belong to two tensors; rename one of them",
                                  array.name);
    if (strcmp(array.dtype, "F32") != 0)
        return clstep__store_fail(CLSTEP_UNSUPPORTED, source->call,
                                  "\"%.80s\" is %s; a state must be F32: save it in F32 first",
                                  array.name, array.dtype);
    if (tensor->has_shape && !same_shape(tensor, &array))
        return clstep__store_fail(CLSTEP_INVALID_FILE, source->call,
                                  "\"%.80s\" has another shape than the other arrays of its tensor",
                                  array.name);
    used[index] = true;
    tensor->has_shape = true;
    tensor->shape = array.shape;
    tensor->rank = array.rank;
    tensor->count = array.count;
    return CLSTEP_OK;
}

/* Whether an array may be missing: if no step was taken, its first value is known. A checkpoint
 * must have all arrays. */
static clstep_status find_state(const clstep__source *source, clstep__source_tensor *tensor,
                                const char *state, bool needed, bool *used, clstep__text *text)
{
    clstep_status status = clstep__dialect_array(source->call, source->dialect, tensor->rule,
                                                 tensor->name, state, text);
    if (status != CLSTEP_OK)
        return status;
    const size_t index = clstep_safetensors_find(source->file, text->bytes);
    tensor->arrays[clstep__slot_of(state)] = index == SIZE_MAX ? CLSTEP__ABSENT : index;
    if (index != SIZE_MAX)
        return take_array(source, tensor, index, used);
    if (!needed || (source->steps == 0 && !clstep__dialect_is_own(source->dialect)))
        return CLSTEP_OK;
    return clstep__store_fail(CLSTEP_INVALID_FILE, source->call,
                              "\"%.80s\" is missing; check the dialect and the rule", text->bytes);
}

static clstep_status find_tensor(const clstep__source *source, clstep__source_tensor *tensor,
                                 bool *used, clstep__text *text)
{
    const clstep__spare spare = source->dialect->spare_momentum;
    for (size_t s = 0; s < CLSTEP__SLOTS; s++)
        tensor->arrays[s] = CLSTEP__ABSENT;
    tensor->param = clstep_safetensors_find(source->file, tensor->name);
    clstep_status status = CLSTEP_OK;
    if (tensor->param != SIZE_MAX)
        status = take_array(source, tensor, tensor->param, used);
    const char *state;
    for (size_t k = 0; status == CLSTEP_OK && (state = clstep_rule_state_name(tensor->rule, k));
         k++)
        status = find_state(source, tensor, state, true, used, text);
    if (status == CLSTEP_OK && spare != CLSTEP__SPARE_NEVER &&
        !clstep__state_in(tensor->rule, CLSTEP__MOMENTUM))
        status = find_state(source, tensor, "momentum_buffer", spare == CLSTEP__SPARE_ALWAYS, used,
                            text);
    return status;
}

clstep_status clstep__source_find_arrays(clstep__source *source, bool *used)
{
    clstep__text text = {0};
    clstep_status status = CLSTEP_OK;
    for (size_t i = 0; status == CLSTEP_OK && i < source->tensor_count; i++)
        status = find_tensor(source, &source->tensors[i], used, &text);
    clstep__text_free(&text);
    return status;
}
