/* Checks that the file has the arrays that its metadata describe, and no others. load.c checks the
 * numbers in them. */
#include "checkpoint/check.h"

#include "base/text.h"
#include "safetensors/array_dtype.h"
#include "safetensors/arrays.h"
#include "safetensors/error.h"

#include <string.h>

static const char *const opening = "clstep_checkpoint_open";

static int same_shape(const clstep_safetensors_tensor *a, const clstep_safetensors_tensor *b)
{
    if (a->rank != b->rank)
        return 0;
    for (size_t d = 0; d < a->rank; d++) {
        if (a->shape[d] != b->shape[d])
            return 0;
    }
    return 1;
}

/* What the arrays so far say about a tensor. */
typedef struct {
    clstep_safetensors_tensor first; /* the first array; its name is NULL before that */
    size_t found;                    /* the number of arrays */
} known;

/* Compares the shape of an array with that of the tensor's first array, and counts it. */
static clstep_status check_shape(const clstep_safetensors_tensor *array, const char *name,
                                 uint32_t per, known *of)
{
    const clstep_safetensors_tensor *first = &of->first;
    of->found++;
    if (!first->name) {
        of->first = *array;
        return CLSTEP_OK;
    }
    const uint64_t count = first->count / per + (first->count % per != 0);
    if (per == 1 ? same_shape(first, array) : array->rank == 1 && array->count == count)
        return CLSTEP_OK;
    return clstep__store_fail(CLSTEP_INVALID_FILE, opening,
                              "\"%.80s\" has another shape than \"%.80s\"%s; the checkpoint is "
                              "damaged",
                              name, first->name, per == 1 ? "" : " asks for");
}

static clstep_status check_param(const clstep_checkpoint *checkpoint,
                                 const clstep__checkpoint_tensor *tensor, int32_t *dtype, known *of)
{
    const char *name = tensor->name;
    const size_t index = clstep_safetensors_find(checkpoint->file, name);
    if (index == SIZE_MAX)
        return CLSTEP_OK;
    clstep_safetensors_tensor array = CLSTEP_SAFETENSORS_TENSOR_INIT;
    clstep_status status = clstep_safetensors_tensor_at(checkpoint->file, index, &array);
    if (status != CLSTEP_OK)
        return status;
    *dtype = clstep__dtype_of(array.dtype);
    if (*dtype < 0 || !clstep_dtype_describe((clstep_dtype)*dtype)->is_param)
        return clstep__store_fail(CLSTEP_INVALID_FILE, opening,
                                  "\"%.80s\" is %s; parameters of a checkpoint are F32, BF16, F16 "
                                  "or F64",
                                  name, array.dtype);
    if (tensor->param_dtype >= 0 && tensor->param_dtype != *dtype)
        return clstep__store_fail(CLSTEP_INVALID_FILE, opening,
                                  "\"%.80s\" is %s where the metadata ask for %s; the checkpoint "
                                  "is damaged",
                                  name, array.dtype, clstep__dtype_name(tensor->param_dtype));
    return check_shape(&array, name, 1, of);
}

/* The dtype of a tensor's array; -1 if the file does not have it. */
static clstep_status look(const clstep_checkpoint *checkpoint, const char *tensor,
                          const char *array, clstep__text *text, int32_t *dtype)
{
    *dtype = -1;
    clstep_status status = clstep__array_name(opening, tensor, array, text);
    if (status != CLSTEP_OK)
        return status;
    const size_t index = clstep_safetensors_find(checkpoint->file, text->bytes);
    if (index == SIZE_MAX)
        return CLSTEP_OK;
    clstep_safetensors_tensor found = CLSTEP_SAFETENSORS_TENSOR_INIT;
    status = clstep_safetensors_tensor_at(checkpoint->file, index, &found);
    if (status == CLSTEP_OK)
        *dtype = clstep__dtype_of(found.dtype);
    return status;
}

/* Guesses the dtype of a parameter that is not in the file, as far as the other arrays depend on
 * it: fp64 from its state, 16 bits from its master copy or residual. */
static clstep_status infer_dtype(const clstep_checkpoint *checkpoint, const char *tensor,
                                 const clstep__checkpoint_group *group, clstep__text *text,
                                 int32_t *dtype)
{
    int32_t found = -1;
    *dtype = CLSTEP_DTYPE_FLOAT32;
    const char *state = clstep_rule_state_name(&group->rule, 0);
    clstep_status status = CLSTEP_OK;
    if (state)
        status = look(checkpoint, tensor, state, text, &found);
    if (found == CLSTEP_DTYPE_FLOAT64)
        *dtype = CLSTEP_DTYPE_FLOAT64;
    static const char *const beside[] = {"param_master", "param_residual"};
    for (size_t i = 0; status == CLSTEP_OK && i < 2; i++) {
        status = look(checkpoint, tensor, beside[i], text, &found);
        if (found >= 0)
            *dtype = CLSTEP_DTYPE_BFLOAT16;
    }
    return status;
}

static clstep_status check_array(const clstep_checkpoint *checkpoint, const char *tensor,
                                 const clstep_array_form *form, clstep__text *text, known *of)
{
    clstep_status status = clstep__array_name(opening, tensor, form->name, text);
    if (status != CLSTEP_OK)
        return status;
    const size_t index = clstep_safetensors_find(checkpoint->file, text->bytes);
    if (index == SIZE_MAX)
        return clstep__store_fail(CLSTEP_INVALID_FILE, opening,
                                  "\"%.80s\" is missing; the checkpoint is damaged", text->bytes);
    clstep_safetensors_tensor array = CLSTEP_SAFETENSORS_TENSOR_INIT;
    status = clstep_safetensors_tensor_at(checkpoint->file, index, &array);
    if (status != CLSTEP_OK)
        return status;
    if (clstep__dtype_of(array.dtype) != (int32_t)form->dtype)
        return clstep__store_fail(CLSTEP_INVALID_FILE, opening,
                                  "\"%.80s\" is %s where the metadata ask for %s; the checkpoint "
                                  "is damaged",
                                  text->bytes, array.dtype, clstep__dtype_name(form->dtype));
    return check_shape(&array, text->bytes, form->per, of);
}

static clstep_status check_tensor(const clstep_checkpoint *checkpoint,
                                  const clstep__checkpoint_tensor *tensor, clstep__text *text,
                                  size_t *found)
{
    const clstep__checkpoint_group *group = &checkpoint->groups[tensor->group];
    known of = {.first = CLSTEP_SAFETENSORS_TENSOR_INIT};
    int32_t dtype = -1;
    clstep_status status = check_param(checkpoint, tensor, &dtype, &of);
    if (dtype < 0)
        dtype = tensor->param_dtype;
    if (status == CLSTEP_OK && dtype < 0)
        status = infer_dtype(checkpoint, tensor->name, group, text, &dtype);
    clstep_array_form form = CLSTEP_ARRAY_FORM_INIT;
    for (size_t k = 0;
         status == CLSTEP_OK && clstep_rule_array(&group->rule, dtype, group->state_storage,
                                                  group->param_storage, k, &form) == CLSTEP_OK;
         k++)
        status = check_array(checkpoint, tensor->name, &form, text, &of);
    *found += of.found;
    return status;
}

clstep_status clstep__checkpoint_check_arrays(const clstep_checkpoint *checkpoint)
{
    clstep__text text = {0};
    size_t found = 0;
    clstep_status status = CLSTEP_OK;
    for (size_t i = 0; status == CLSTEP_OK && i < checkpoint->tensor_count; i++)
        status = check_tensor(checkpoint, &checkpoint->tensors[i], &text, &found);
    clstep__text_free(&text);
    const size_t all = clstep_safetensors_tensor_count(checkpoint->file);
    if (status == CLSTEP_OK && found != all)
        return clstep__store_fail(CLSTEP_INVALID_FILE, opening,
                                  "the file has %zu array%s, but the tensors of its metadata have "
                                  "%zu; the checkpoint is damaged",
                                  all, clstep__plural(all), found);
    return status;
}
