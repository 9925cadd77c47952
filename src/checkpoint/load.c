#include "base/memory.h"
#include "base/sized.h"
#include "checkpoint/open.h"
#include "safetensors/arrays.h"
#include "safetensors/error.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const loading = "clstep_checkpoint_load";

/* What is handed from array to array. */
typedef struct {
    const clstep_checkpoint *checkpoint;
    cl_command_queue queue;
    int allow_nan;
    unsigned char *piece;
    size_t index; /* of the array, in the file */
    clstep__text text;
} load;

/* ---- does it fit? */

/* Whether the numbers of the checkpoint's rule can become the group's; changes nothing. */
static clstep_status check_rule(const clstep_checkpoint *checkpoint, clstep_optimizer *optimizer,
                                size_t group)
{
    clstep_rule old = CLSTEP_RULE_INIT;
    clstep_status status = clstep_optimizer_get_rule(optimizer, group, &old);
    if (status != CLSTEP_OK)
        return status;
    if (clstep_optimizer_set_rule(optimizer, group, &checkpoint->groups[group].rule) == CLSTEP_OK)
        return clstep_optimizer_set_rule(optimizer, group, &old);
    return clstep__store_fail(
        CLSTEP_INVALID_ARGUMENT, loading,
        "the rule of group %zu has other switches in the checkpoint than in "
        "the optimizer, or momentum in one of them only; create the optimizer "
        "with clstep_checkpoint_rule()",
        group);
}

static clstep_status check_storage(const clstep_checkpoint *checkpoint,
                                   const clstep_optimizer *optimizer, size_t group)
{
    const clstep__checkpoint_group *saved = &checkpoint->groups[group];
    clstep_state_storage state_storage = CLSTEP_STATE_FULL;
    clstep_param_storage param_storage = CLSTEP_PARAM_NEAREST;
    clstep_status status =
        clstep_optimizer_get_storage(optimizer, group, &state_storage, &param_storage);
    if (status != CLSTEP_OK ||
        (state_storage == saved->state_storage && param_storage == saved->param_storage))
        return status;
    return clstep__store_fail(
        CLSTEP_INVALID_ARGUMENT, loading,
        "group %zu keeps its %s otherwise in the checkpoint than in the "
        "optimizer; create the optimizer with clstep_checkpoint_storage()",
        group, state_storage != saved->state_storage ? "state" : "16-bit parameters");
}

static clstep_status check_groups(const clstep_checkpoint *checkpoint, clstep_optimizer *optimizer)
{
    const size_t groups = clstep_optimizer_group_count(optimizer);
    if (groups != checkpoint->group_count)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, loading,
                                  "the checkpoint has %zu groups, but the optimizer has %zu",
                                  checkpoint->group_count, groups);
    for (size_t g = 0; g < groups; g++) {
        const size_t tensors = clstep_optimizer_tensor_count(optimizer, g);
        if (tensors != checkpoint->groups[g].tensor_count)
            return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, loading,
                                      "group %zu has %zu tensors in the checkpoint, but %zu in the "
                                      "optimizer",
                                      g, checkpoint->groups[g].tensor_count, tensors);
        clstep_status status = check_rule(checkpoint, optimizer, g);
        if (status == CLSTEP_OK)
            status = check_storage(checkpoint, optimizer, g);
        if (status != CLSTEP_OK)
            return status;
    }
    return CLSTEP_OK;
}

/* Every name of the optimizer once, in the same group. Counts are equal, so none is left over. */
static clstep_status check_names(const clstep_checkpoint *checkpoint,
                                 const clstep_optimizer *optimizer, const clstep__names *names)
{
    unsigned char *seen = clstep__allocate(checkpoint->tensor_count, 1);
    if (!seen)
        return clstep__store_no_memory(loading);
    const clstep_tensor_name *next = names->list;
    clstep_status status = CLSTEP_OK;
    for (size_t g = 0; g < checkpoint->group_count; g++) {
        for (size_t i = 0; status == CLSTEP_OK && i < clstep_optimizer_tensor_count(optimizer, g);
             i++, next++) {
            const clstep__checkpoint_tensor *found =
                clstep__checkpoint_find(checkpoint, next->name);
            if (!found || found->group != g)
                status =
                    clstep__store_fail(CLSTEP_INVALID_ARGUMENT, loading,
                                       "the tensor \"%.80s\" of group %zu is not in that group "
                                       "of the checkpoint",
                                       next->name, g);
            else if (seen[found - checkpoint->sorted]++)
                status =
                    clstep__store_fail(CLSTEP_INVALID_ARGUMENT, loading,
                                       "the name \"%.80s\" is given to two tensors", next->name);
        }
    }
    clstep__free(seen);
    return status;
}

/* ---- arrays */

static clstep_status find(load *of, const clstep__array *array)
{
    clstep_status status = clstep__array_name(loading, array->name->name, array->state, &of->text);
    if (status != CLSTEP_OK)
        return status;
    of->index = clstep_safetensors_find(of->checkpoint->file, of->text.bytes);
    if (of->index == SIZE_MAX)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, loading,
                                  array->state
                                      ? "the checkpoint has no \"%.80s\", which the optimizer "
                                        "keeps; create it with clstep_checkpoint_storage()"
                                      : "the checkpoint has no parameter \"%.80s\"; load without "
                                        "options->with_params",
                                  of->text.bytes);
    clstep_safetensors_tensor stored = CLSTEP_SAFETENSORS_TENSOR_INIT;
    status = clstep_safetensors_tensor_at(of->checkpoint->file, of->index, &stored);
    if (status == CLSTEP_OK && clstep__dtype_of(stored.dtype) != array->dtype)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, loading,
                                  "\"%.80s\" is %s in the checkpoint, but %s in the optimizer; "
                                  "create it with parameters of the same format and with "
                                  "clstep_checkpoint_storage()",
                                  of->text.bytes, stored.dtype, clstep__dtype_name(array->dtype));
    if (status == CLSTEP_OK && stored.count != array->count)
        status = clstep__store_fail(CLSTEP_INVALID_ARGUMENT, loading,
                                    "\"%.80s\" has %" PRIu64 " elements in the checkpoint, but the "
                                    "optimizer's tensor has %" PRIu64,
                                    of->text.bytes, stored.count, array->count);
    return status;
}

static clstep_status check_piece(const load *of, const clstep__array *array, uint64_t first,
                                 size_t count)
{
    if (of->allow_nan || !array->state)
        return CLSTEP_OK;
    float value = 0;
    const size_t bad = clstep__array_find_bad(array, of->piece, count, &value);
    if (bad == count)
        return CLSTEP_OK;
    char text[CLSTEP__NUMBER_SIZE];
    return clstep__store_fail(CLSTEP_INVALID_FILE, loading,
                              "\"%.80s\" is %s at element %" PRIu64
                              ", from which training cannot go on; use an older checkpoint, or "
                              "options->allow_nan",
                              of->text.bytes, clstep__number(value, text), first + bad);
}

static clstep_status read_piece(const load *of, const clstep__array *array, uint64_t first,
                                size_t *count)
{
    const uint64_t left = array->count - first;
    const size_t size = clstep_dtype_size(array->dtype);
    *count = left < CLSTEP__PIECE / size ? (size_t)left : CLSTEP__PIECE / size;
    clstep_status status = clstep_safetensors_read(of->checkpoint->file, of->index, first * size,
                                                   *count * size, of->piece);
    return status == CLSTEP_OK ? check_piece(of, array, first, *count) : status;
}

static clstep_status check_array(const clstep__array *array, void *context)
{
    load *of = context;
    clstep_status status = find(of, array);
    size_t count;
    for (uint64_t first = 0; status == CLSTEP_OK && first < array->count; first += count)
        status = read_piece(of, array, first, &count);
    return status;
}

static clstep_status copy_in(const clstep__array *array, void *context)
{
    load *of = context;
    clstep_status status = find(of, array);
    size_t count;
    for (uint64_t first = 0; status == CLSTEP_OK && first < array->count; first += count) {
        status = read_piece(of, array, first, &count);
        if (status != CLSTEP_OK)
            return status;
        const size_t size = clstep_dtype_size(array->dtype);
        const cl_int code = clEnqueueWriteBuffer(of->queue, array->buffer, CL_TRUE,
                                                 (size_t)(array->offset + first) * size,
                                                 count * size, of->piece, 0, NULL, NULL);
        if (code != CL_SUCCESS)
            return clstep__store_opencl("clEnqueueWriteBuffer", code,
                                        "the state could not be written to the device");
    }
    return status;
}

/* ---- the whole */

static clstep_status check_arguments(const clstep_checkpoint *checkpoint,
                                     const clstep_optimizer *optimizer, cl_command_queue queue,
                                     const clstep_load_options *given, clstep_load_options *options)
{
    const char *missing = !checkpoint ? "checkpoint" : !optimizer ? "optimizer" : "queue";
    if (!checkpoint || !optimizer || !queue)
        return clstep__store_null(loading, missing);
    if (given && !clstep__struct_read(options, given, CLSTEP__SIZES(clstep_load_options)))
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, loading,
                                  "options must start as CLSTEP_LOAD_OPTIONS_INIT");
    if (options->reserved != 0)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, loading, "options->reserved must be 0");
    return CLSTEP_OK;
}

static clstep_status set_numbers(const clstep_checkpoint *checkpoint, clstep_optimizer *optimizer,
                                 int keep_rules)
{
    clstep_status status = clstep_optimizer_set_steps(optimizer, checkpoint->steps);
    if (status == CLSTEP_OK)
        status = clstep_optimizer_set_seed(optimizer, checkpoint->seed);
    for (size_t g = 0; !keep_rules && status == CLSTEP_OK && g < checkpoint->group_count; g++)
        status = clstep_optimizer_set_rule(optimizer, g, &checkpoint->groups[g].rule);
    return status;
}

/* Adds to the failure what it has done. */
static clstep_status half_written(clstep_status status)
{
    const clstep_error *error = clstep_last_error();
    char message[1024];
    snprintf(message, sizeof message,
             "%.800s; part of the state has been written: load it again, or destroy the optimizer",
             error->message);
    return clstep_record_error(status, error->call, error->cl_code, message);
}

static clstep_status load_arrays(load *of, const clstep_optimizer *optimizer,
                                 const clstep__names *names, int with_params)
{
    of->piece = clstep__allocate(CLSTEP__PIECE, 1);
    if (!of->piece)
        return clstep__store_no_memory(loading);
    clstep_status status = clstep__for_arrays(optimizer, names, with_params, check_array, of);
    if (status == CLSTEP_OK) {
        status = clstep__for_arrays(optimizer, names, with_params, copy_in, of);
        if (status != CLSTEP_OK)
            status = half_written(status);
    }
    clstep__free(of->piece);
    clstep__text_free(&of->text);
    return status;
}

clstep_status clstep_checkpoint_load(const clstep_checkpoint *checkpoint,
                                     clstep_optimizer *optimizer, cl_command_queue queue,
                                     const clstep_load_options *options)
{
    clstep_load_options own = CLSTEP_LOAD_OPTIONS_INIT;
    clstep_status status = check_arguments(checkpoint, optimizer, queue, options, &own);
    clstep__names names = {0};
    if (status == CLSTEP_OK)
        status = clstep__names_make(&names, loading, optimizer, own.names, own.name_count);
    if (status == CLSTEP_OK)
        status = check_groups(checkpoint, optimizer);
    if (status == CLSTEP_OK)
        status = check_names(checkpoint, optimizer, &names);
    if (status == CLSTEP_OK)
        status = clstep_optimizer_finish(optimizer);
    if (status == CLSTEP_OK) {
        load of = {.checkpoint = checkpoint, .queue = queue, .allow_nan = own.allow_nan};
        status = load_arrays(&of, optimizer, &names, own.with_params);
    }
    if (status == CLSTEP_OK)
        status = set_numbers(checkpoint, optimizer, own.keep_rules);
    clstep__names_free(&names);
    return status;
}
