/*
 * Finds the array of a checkpoint from which to load an array of an optimizer: the array of the
 * same name and dtype, or with options->convert one from which its numbers can be computed.
 * recode.c computes them.
 */
#include "checkpoint/source.h"

#include "checkpoint/open.h"
#include "safetensors/array_dtype.h"
#include "safetensors/error.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* An array of the file; its index is SIZE_MAX if there is none. */
typedef struct {
    size_t index;
    int32_t dtype;
    uint64_t count;
} stored;

/* The arrays of a parameter in the file. */
typedef struct {
    stored param;
    stored master;
    stored residual;
    int32_t dtype; /* of the parameter, also if it is not in the file; -1: unknown */
} stored_param;

bool clstep__is_16_bits(int32_t dtype)
{
    return dtype == CLSTEP_DTYPE_BFLOAT16 || dtype == CLSTEP_DTYPE_FLOAT16;
}

static bool is_there(const stored *array)
{
    return array->index != SIZE_MAX;
}

/* Finds an array, and leaves its name in of->text. */
static clstep_status look(clstep__sources *of, const char *tensor, const char *state, stored *found)
{
    *found = (stored){.index = SIZE_MAX, .dtype = -1};
    clstep_status status = clstep__array_name(of->call, tensor, state, &of->text);
    if (status != CLSTEP_OK)
        return status;
    found->index = clstep_safetensors_find(of->checkpoint->file, of->text.bytes);
    if (!is_there(found))
        return CLSTEP_OK;
    clstep_safetensors_tensor array = CLSTEP_SAFETENSORS_TENSOR_INIT;
    status = clstep_safetensors_tensor_at(of->checkpoint->file, found->index, &array);
    found->dtype = clstep__dtype_of(array.dtype);
    found->count = array.count;
    return status;
}

static clstep_status look_at_param(clstep__sources *of, const char *tensor, stored_param *found)
{
    clstep_status status = look(of, tensor, NULL, &found->param);
    if (status == CLSTEP_OK)
        status = look(of, tensor, "param_master", &found->master);
    if (status == CLSTEP_OK)
        status = look(of, tensor, "param_residual", &found->residual);
    const clstep__checkpoint_tensor *saved = clstep__checkpoint_find(of->checkpoint, tensor);
    found->dtype = is_there(&found->param) || !saved ? found->param.dtype : saved->param_dtype;
    return status;
}

/* ---- refusals */

static clstep_status check_count(const clstep__sources *of, const char *tensor, const char *state,
                                 const stored *found, uint64_t count)
{
    if (found->count == count)
        return CLSTEP_OK;
    return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, of->call,
                              "\"%.60s%s%.30s\" has %" PRIu64
                              " elements in the checkpoint, but %" PRIu64 " in the optimizer",
                              tensor, state ? "." : "", state ? state : "", found->count, count);
}

static clstep_status refuse_missing(clstep__sources *of, const clstep__array *array)
{
    if (!array->state)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, of->call,
                                  "the checkpoint has no parameter \"%.80s\"; load without "
                                  "options->with_params",
                                  array->name->name);
    return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, of->call,
                              "the checkpoint has no \"%.60s.%.30s\", which is %s in the "
                              "optimizer; set options->convert to make it from the arrays that "
                              "there are, or create the optimizer with clstep_checkpoint_storage()",
                              array->name->name, array->state, clstep__dtype_name(array->dtype));
}

static clstep_status refuse_dtype(const clstep__sources *of, const char *tensor, const char *state,
                                  int32_t from, int32_t to)
{
    return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, of->call,
                              "\"%.60s%s%.30s\" is %s in the checkpoint, but %s in the optimizer; "
                              "set options->convert to convert it, or create the optimizer with %s",
                              tensor, state ? "." : "", state ? state : "",
                              clstep__dtype_name(from), clstep__dtype_name(to),
                              state ? "clstep_checkpoint_storage()"
                                    : "parameters of the checkpoint's dtype");
}

/* ---- states */

/* The state array that an array belongs to: itself, or the one whose scales it has. NULL if there
 * is none. */
static const char *state_of(const clstep__array *array, const clstep_rule *rule)
{
    const char *name;
    for (size_t k = 0; (name = clstep_rule_state_name(rule, k)); k++) {
        const size_t length = strlen(name);
        if (strncmp(array->state, name, length) == 0 &&
            (array->state[length] == '\0' || strcmp(array->state + length, ".scale") == 0))
            return name;
    }
    return NULL;
}

static clstep_status find_state(clstep__sources *of, const clstep__array *array,
                                clstep__source *source)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    stored numbers, scales = {.index = SIZE_MAX};
    clstep_status status = clstep_optimizer_get_rule(of->optimizer, array->group, &rule);
    if (status != CLSTEP_OK)
        return status;
    const char *tensor = array->name->name, *state = state_of(array, &rule);
    if (!state)
        return refuse_missing(of, array);
    char scale[64];
    snprintf(scale, sizeof scale, "%.50s.scale", state);
    status = look(of, tensor, state, &numbers);
    if (status == CLSTEP_OK && numbers.dtype == CLSTEP_DTYPE_UINT8)
        status = look(of, tensor, scale, &scales);
    if (status != CLSTEP_OK)
        return status;
    if (!is_there(&numbers) || (numbers.dtype == CLSTEP_DTYPE_UINT8 && !is_there(&scales)))
        return refuse_missing(of, array);
    *source = (clstep__source){.index = numbers.index,
                               .dtype = numbers.dtype,
                               .converts = true,
                               .completes = scales.index,
                               .state = state,
                               .count = array->tensor->count,
                               .split = -1};
    return check_count(of, tensor, state, &numbers, array->tensor->count);
}

/* ---- parameters, master copies and residuals */

/* Whether there is a residual for a parameter of this dtype. Version 0.1 did not write the dtype if
 * the parameter is not in the file; then it is assumed to be the optimizer's. */
static bool has_residual(const stored_param *found, int32_t dtype)
{
    return is_there(&found->residual) && (found->dtype < 0 || found->dtype == dtype);
}

/* Whether the optimizer has a residual for the parameter. */
static clstep_status has_split(const clstep__sources *of, const clstep__array *array, bool *has)
{
    clstep_state_storage state_storage;
    clstep_param_storage param_storage = CLSTEP_PARAM_NEAREST;
    clstep_status status =
        clstep_optimizer_get_storage(of->optimizer, array->group, &state_storage, &param_storage);
    *has = param_storage == CLSTEP_PARAM_RESIDUAL && clstep__is_16_bits(array->tensor->param_dtype);
    return status;
}

/* Takes the parameter on the device as source. */
static clstep_status take_own_param(clstep__sources *of, const clstep__array *array,
                                    const stored_param *found, clstep__source *source)
{
    const clstep_tensor *tensor = array->tensor;
    source->index = SIZE_MAX;
    source->dtype = tensor->param_dtype;
    source->param = tensor->param;
    source->param_offset = tensor->param_offset;
    if (!has_residual(found, tensor->param_dtype))
        return CLSTEP_OK;
    source->completes = found->residual.index;
    return check_count(of, array->name->name, "param_residual", &found->residual, tensor->count);
}

/* Finds the exact value of a parameter: its master copy, or else the parameter with its residual.
 * If parameters are not loaded, the parameter is that on the device. */
static clstep_status find_number(clstep__sources *of, const clstep__array *array,
                                 const stored_param *found, clstep__source *source)
{
    const bool has_master = is_there(&found->master), with_params = of->options->with_params != 0;
    bool splits = false;
    clstep_status status = has_split(of, array, &splits);
    if (status != CLSTEP_OK)
        return status;
    if (has_master && splits && !with_params)
        return clstep__store_fail(
            CLSTEP_INVALID_ARGUMENT, of->call,
            "\"%.60s.param_master\" of the checkpoint can only become the parameter and its "
            "param_residual together; set options->with_params",
            array->name->name);
    *source = (clstep__source){.converts = true,
                               .completes = SIZE_MAX,
                               .count = array->tensor->count,
                               .split = splits ? (int32_t)array->tensor->param_dtype : -1};
    if (array->state && strcmp(array->state, "param_master") == 0)
        source->state = array->state;
    if (!has_master && !with_params)
        return take_own_param(of, array, found, source);
    const stored *numbers = has_master ? &found->master : &found->param;
    if (!is_there(numbers))
        return refuse_missing(of, &(clstep__array){.name = array->name});
    source->index = numbers->index;
    source->dtype = numbers->dtype;
    if (!has_master && clstep__is_16_bits(numbers->dtype))
        source->completes = found->residual.index;
    return check_count(of, array->name->name, has_master ? "param_master" : NULL, numbers,
                       array->tensor->count);
}

/* Whether the file's array of the same name and dtype is not the wanted one: a residual of a
 * parameter of another dtype, or a parameter that must be split from its master copy again. */
static clstep_status is_of_another(clstep__sources *of, const clstep__array *array, bool *is)
{
    *is = false;
    if (!clstep__is_16_bits(array->tensor->param_dtype) ||
        (array->state && strcmp(array->state, "param_residual") != 0))
        return CLSTEP_OK;
    stored_param found;
    bool splits = false;
    clstep_status status = has_split(of, array, &splits);
    if (status == CLSTEP_OK)
        status = look_at_param(of, array->name->name, &found);
    if (status != CLSTEP_OK)
        return status;
    *is = array->state ? !has_residual(&found, array->tensor->param_dtype)
                       : splits && is_there(&found.master);
    return CLSTEP_OK;
}

/* ---- the whole */

static clstep_status refuse(clstep__sources *of, const clstep__array *array, const stored *found,
                            bool of_another)
{
    stored_param param = {.dtype = -1};
    clstep_status status = CLSTEP_OK;
    if (of_another && array->state)
        status = look_at_param(of, array->name->name, &param);
    if (status != CLSTEP_OK)
        return status;
    if (param.dtype >= 0)
        return refuse_dtype(of, array->name->name, NULL, param.dtype, array->tensor->param_dtype);
    if (!is_there(found))
        return refuse_missing(of, array);
    return refuse_dtype(of, array->name->name, array->state, found->dtype, array->dtype);
}

clstep_status clstep__source_find(clstep__sources *of, const clstep__array *array,
                                  clstep__source *source)
{
    stored found;
    bool of_another = false;
    const char *tensor = array->name->name;
    clstep_status status = look(of, tensor, array->state, &found);
    if (status == CLSTEP_OK && is_there(&found))
        status = is_of_another(of, array, &of_another);
    if (status != CLSTEP_OK)
        return status;
    if (is_there(&found) && found.dtype == array->dtype && !of_another) {
        *source = (clstep__source){.index = found.index, .dtype = found.dtype};
        return check_count(of, tensor, array->state, &found, array->count);
    }
    if (!of->options->convert)
        return refuse(of, array, &found, of_another);
    if (array->state && strncmp(array->state, "param_", 6) != 0)
        return find_state(of, array, source);
    stored_param param;
    status = look_at_param(of, tensor, &param);
    return status == CLSTEP_OK ? find_number(of, array, &param, source) : status;
}
