#include "checkpoint/checkpoint.h"

#include "base/memory.h"
#include "base/sized.h"
#include "safetensors/arrays.h"
#include "safetensors/error.h"

#include <inttypes.h>

/* What is handed from array to array. */
typedef struct {
    const char *call;
    clstep_writer *writer;
    cl_command_queue queue;
    size_t next; /* array */
    int allow_nan;
    unsigned char *piece;
} saving;

static clstep_status check_piece(const saving *save, const clstep__array *array, uint64_t first,
                                 size_t count)
{
    if (save->allow_nan || !array->state)
        return CLSTEP_OK;
    float value = 0;
    const size_t bad = clstep__array_find_bad(array, save->piece, count, &value);
    if (bad == count)
        return CLSTEP_OK;
    char text[CLSTEP__NUMBER_SIZE];
    return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, save->call,
                              "%s of \"%.80s\" is %s at element %" PRIu64
                              ", from which training cannot go on; nothing was saved "
                              "(options->allow_nan saves it all the same)",
                              array->state, array->name->name, clstep__number(value, text),
                              first + bad);
}

static clstep_status copy_out(const clstep__array *array, void *context)
{
    saving *save = context;
    const size_t index = save->next++;
    const size_t size = clstep_dtype_size(array->dtype);
    const size_t most = CLSTEP__PIECE / size;
    for (uint64_t first = 0; first < array->count; first += most) {
        const uint64_t left = array->count - first;
        const size_t count = left < most ? (size_t)left : most;
        const cl_int code = clEnqueueReadBuffer(save->queue, array->buffer, CL_TRUE,
                                                (size_t)(array->offset + first) * size,
                                                count * size, save->piece, 0, NULL, NULL);
        if (code != CL_SUCCESS)
            return clstep__store_opencl("clEnqueueReadBuffer", code,
                                        "the state could not be read from the device");
        clstep_status status = check_piece(save, array, first, count);
        if (status == CLSTEP_OK)
            status =
                clstep_writer_write(save->writer, index, first * size, count * size, save->piece);
        if (status != CLSTEP_OK)
            return status;
    }
    return CLSTEP_OK;
}

/* ---- declaring */

/* What the checkpoint must know of a group. `dtypes` has room for its tensors. */
static clstep_status describe_group(const clstep_optimizer *optimizer, size_t g, clstep_rule *rule,
                                    clstep_dtype *dtypes, clstep_checkpoint_group *group)
{
    *rule = (clstep_rule)CLSTEP_RULE_INIT;
    group->size = sizeof *group;
    group->rule = rule;
    group->param_dtypes = dtypes;
    group->tensor_count = clstep_optimizer_tensor_count(optimizer, g);
    clstep_status status = clstep_optimizer_get_rule(optimizer, g, rule);
    if (status == CLSTEP_OK)
        status = clstep_optimizer_get_storage(optimizer, g, &group->state_storage,
                                              &group->param_storage);
    for (size_t i = 0; status == CLSTEP_OK && i < group->tensor_count; i++) {
        clstep_tensor tensor;
        status = clstep_optimizer_get_tensor(optimizer, g, i, sizeof tensor, &tensor);
        dtypes[i] = tensor.param_dtype;
    }
    return status;
}

static clstep_status declare(const saving *save, const clstep_optimizer *optimizer,
                             const clstep__names *names, int32_t with_params)
{
    const size_t count = clstep_optimizer_group_count(optimizer);
    clstep_checkpoint_group *groups = clstep__allocate(count, sizeof *groups);
    clstep_rule *rules = clstep__allocate(count, sizeof *rules);
    clstep_dtype *dtypes = clstep__allocate(names->count, sizeof *dtypes);
    clstep_status status =
        groups && rules && dtypes ? CLSTEP_OK : clstep__store_no_memory(save->call);
    size_t next = 0;
    for (size_t g = 0; status == CLSTEP_OK && g < count; g++) {
        status = describe_group(optimizer, g, &rules[g], dtypes + next, &groups[g]);
        groups[g].tensors = names->list + next;
        groups[g].with_params = with_params;
        next += groups[g].tensor_count;
    }
    uint64_t steps = 0, seed = 0;
    if (status == CLSTEP_OK)
        status = clstep_optimizer_get_steps(optimizer, &steps);
    if (status == CLSTEP_OK)
        status = clstep_optimizer_get_seed(optimizer, &seed);
    if (status == CLSTEP_OK)
        status = clstep_checkpoint_declare(save->writer, steps, seed, count, groups);
    clstep__free(groups);
    clstep__free(rules);
    clstep__free(dtypes);
    return status;
}

/* ---- the whole */

static clstep_status check_arguments(const char *call, const clstep_optimizer *optimizer,
                                     cl_command_queue queue, const clstep_save_options *given,
                                     clstep_save_options *options)
{
    if (!optimizer || !queue)
        return clstep__store_null(call, optimizer ? "queue" : "optimizer");
    if (given && !clstep__struct_read(options, given, CLSTEP__SIZES(clstep_save_options)))
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                  "options must start as CLSTEP_SAVE_OPTIONS_INIT");
    return CLSTEP_OK;
}

static clstep_status write_all(saving *save, clstep_optimizer *optimizer,
                               const clstep_save_options *options, const clstep__names *names)
{
    save->piece = clstep__allocate(CLSTEP__PIECE, 1);
    if (!save->piece)
        return clstep__store_no_memory(save->call);
    clstep_status status = declare(save, optimizer, names, options->with_params);
    if (status == CLSTEP_OK)
        status = clstep_optimizer_finish(optimizer);
    if (status == CLSTEP_OK)
        status = clstep_writer_begin(save->writer);
    if (status == CLSTEP_OK)
        status = clstep__for_arrays(optimizer, names, options->with_params, copy_out, save);
    clstep__free(save->piece);
    return status;
}

/* Everything but putting the file into its place. */
static clstep_status save_to(const char *call, clstep_optimizer *optimizer, cl_command_queue queue,
                             const clstep_save_options *options, const char *path,
                             clstep_writer **writer)
{
    clstep_save_options own = CLSTEP_SAVE_OPTIONS_INIT;
    clstep_status status = check_arguments(call, optimizer, queue, options, &own);
    clstep__names names = {0};
    if (status == CLSTEP_OK)
        status = clstep__names_make(&names, call, optimizer, own.names, own.name_count);
    if (status == CLSTEP_OK)
        status = clstep_writer_create(writer, path);
    if (status == CLSTEP_OK) {
        saving save = {.call = call, .writer = *writer, .queue = queue, .allow_nan = own.allow_nan};
        status = write_all(&save, optimizer, &own, &names);
    }
    clstep__names_free(&names);
    return status;
}

clstep_status clstep_checkpoint_save(clstep_optimizer *optimizer, cl_command_queue queue,
                                     const clstep_save_options *options, const char *path)
{
    static const char call[] = "clstep_checkpoint_save";
    if (!path)
        return clstep__store_null(call, "path");
    clstep_writer *writer = NULL;
    clstep_status status = save_to(call, optimizer, queue, options, path, &writer);
    if (status == CLSTEP_OK)
        status = clstep_writer_commit(writer);
    clstep_writer_destroy(writer);
    return status;
}

clstep_status clstep_checkpoint_save_memory(clstep_optimizer *optimizer, cl_command_queue queue,
                                            const clstep_save_options *options, void **bytes,
                                            size_t *size)
{
    static const char call[] = "clstep_checkpoint_save_memory";
    if (!bytes || !size)
        return clstep__store_null(call, bytes ? "size" : "bytes");
    *bytes = NULL;
    *size = 0;
    clstep_writer *writer = NULL;
    clstep_status status = save_to(call, optimizer, queue, options, NULL, &writer);
    if (status == CLSTEP_OK)
        status = clstep_writer_take(writer, bytes, size);
    clstep_writer_destroy(writer);
    return status;
}
