/* Lists an optimizer's arrays with their names in files. */
#include "safetensors/arrays.h"

#include "base/memory.h"
#include "base/text.h"
#include "safetensors/error.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- names */

enum { MADE_NAME_SIZE = 48 }; /* two numbers of 64 bits and a dot */

static size_t count_tensors(const clstep_optimizer *optimizer)
{
    size_t count = 0;
    for (size_t g = 0; g < clstep_optimizer_group_count(optimizer); g++)
        count += clstep_optimizer_tensor_count(optimizer, g);
    return count;
}

static clstep_status check_shape(const char *call, size_t index, const clstep_tensor_name *name,
                                 uint64_t count)
{
    uint64_t product = 1;
    for (size_t d = 0; d < name->rank; d++) {
        if (__builtin_mul_overflow(product, name->shape[d], &product))
            product = UINT64_MAX;
    }
    if (product == count)
        return CLSTEP_OK;
    return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                              "names[%zu].shape (of \"%.80s\") makes %" PRIu64
                              " elements, but the tensor has %" PRIu64,
                              index, name->name, product, count);
}

/* The name of a tensor, from the caller, from the optimizer or by number; and its shape. */
static clstep_status complete(clstep__names *names, const char *call, size_t index,
                              const clstep_tensor_name *given, size_t group, size_t tensor,
                              const clstep_tensor *of)
{
    const uint64_t count = of->count;
    clstep_tensor_name *name = &names->list[index];
    if (given) {
        *name = given[index];
        if (!name->name || !name->name[0])
            return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                      "names[%zu].name is NULL or empty; every tensor needs a name",
                                      index);
        if (name->shape)
            return check_shape(call, index, name, count);
    } else if (of->name && of->name[0]) {
        name->name = of->name;
    } else {
        char *text = names->texts + index * MADE_NAME_SIZE;
        snprintf(text, MADE_NAME_SIZE, "%zu.%zu", group, tensor);
        name->name = text;
    }
    names->counts[index] = count;
    name->shape = &names->counts[index];
    name->rank = 1;
    return CLSTEP_OK;
}

static clstep_status complete_all(clstep__names *names, const char *call,
                                  const clstep_optimizer *optimizer,
                                  const clstep_tensor_name *given)
{
    size_t index = 0;
    for (size_t g = 0; g < clstep_optimizer_group_count(optimizer); g++) {
        for (size_t i = 0; i < clstep_optimizer_tensor_count(optimizer, g); i++, index++) {
            clstep_tensor tensor;
            clstep_status status =
                clstep_optimizer_get_tensor(optimizer, g, i, sizeof tensor, &tensor);
            if (status == CLSTEP_OK)
                status = complete(names, call, index, given, g, i, &tensor);
            if (status != CLSTEP_OK)
                return status;
        }
    }
    return CLSTEP_OK;
}

clstep_status clstep__names_make(clstep__names *names, const char *call,
                                 const clstep_optimizer *optimizer, const clstep_tensor_name *given,
                                 size_t given_count)
{
    *names = (clstep__names){0};
    const size_t count = count_tensors(optimizer);
    if (given && given_count != count)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                  "options->name_count is %zu, but the optimizer has %zu tensor%s",
                                  given_count, count, clstep__plural(count));
    names->count = count;
    names->list = clstep__allocate(count, sizeof *names->list);
    names->counts = clstep__allocate(count, sizeof *names->counts);
    names->texts = clstep__allocate(given ? 0 : count, MADE_NAME_SIZE);
    if (!names->list || !names->counts || !names->texts)
        return clstep__store_no_memory(call);
    return complete_all(names, call, optimizer, given);
}

void clstep__names_free(clstep__names *names)
{
    clstep__free(names->list);
    clstep__free(names->counts);
    clstep__free(names->texts);
    *names = (clstep__names){0};
}

/* ---- arrays */

static clstep_status visit_tensor(const clstep_optimizer *optimizer, size_t index,
                                  clstep__array *array, int with_params,
                                  clstep__array_visitor visit, void *context)
{
    clstep_tensor tensor;
    clstep_status status =
        clstep_optimizer_get_tensor(optimizer, array->group, index, sizeof tensor, &tensor);
    array->tensor = &tensor;
    if (status == CLSTEP_OK && with_params) {
        array->state = NULL;
        array->count = tensor.count;
        array->dtype = tensor.param_dtype;
        array->buffer = tensor.param;
        array->offset = tensor.param_offset;
        status = visit(array, context);
    }
    const size_t kept = clstep_optimizer_state_count(optimizer, array->group, index);
    for (size_t k = 0; status == CLSTEP_OK && k < kept; k++) {
        clstep_state_array state = CLSTEP_STATE_ARRAY_INIT;
        status = clstep_optimizer_state_array(optimizer, array->group, index, k, &state);
        array->state = state.name;
        array->count = state.count;
        array->dtype = state.dtype;
        array->buffer = state.buffer;
        array->offset = state.offset;
        if (status == CLSTEP_OK)
            status = visit(array, context);
    }
    return status;
}

clstep_status clstep__for_arrays(const clstep_optimizer *optimizer, const clstep__names *names,
                                 int with_params, clstep__array_visitor visit, void *context)
{
    const clstep_tensor_name *name = names->list;
    clstep_status status = CLSTEP_OK;
    for (size_t g = 0; g < clstep_optimizer_group_count(optimizer); g++) {
        const size_t count = clstep_optimizer_tensor_count(optimizer, g);
        for (size_t i = 0; status == CLSTEP_OK && i < count; i++) {
            clstep__array array = {.name = name++, .group = g};
            status = visit_tensor(optimizer, i, &array, with_params, visit, context);
        }
        if (status != CLSTEP_OK)
            return status;
    }
    return status;
}

clstep_status clstep__array_name(const char *call, const char *name, const char *state,
                                 clstep__text *text)
{
    text->length = 0;
    clstep__text_format(text, "%s%s%s", name, state ? "." : "", state ? state : "");
    return text->failed ? clstep__store_no_memory(call) : CLSTEP_OK;
}
