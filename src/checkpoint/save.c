/* clstep_checkpoint_save(): declares the arrays of an optimizer, reads them from the device, checks
 * their numbers and writes them. */
#include "checkpoint/checkpoint.h"

#include "base/memory.h"
#include "base/sized.h"
#include "checkpoint/window.h"
#include "safetensors/array_dtype.h"
#include "safetensors/arrays.h"
#include "safetensors/error.h"

#include <inttypes.h>
#include <stdbool.h>

/* What the functions of a save share. */
typedef struct {
    const char *call;
    clstep_writer *writer;
    clstep__window window;
    size_t next; /* index of the next array */
    int allow_nan;
} saving;

static clstep_status check_piece(const saving *save, const clstep__piece *piece)
{
    if (save->allow_nan || !piece->state)
        return CLSTEP_OK;
    float value = 0;
    const size_t bad =
        clstep__array_find_bad(piece->state, piece->dtype, piece->memory, piece->count, &value);
    if (bad == piece->count)
        return CLSTEP_OK;
    char text[CLSTEP__NUMBER_SIZE];
    return clstep__store_fail(
        CLSTEP_INVALID_ARGUMENT, save->call,
        "%s of \"%.80s\" is %s at element %" PRIu64
        ", from which training cannot go on; nothing was saved (set options->allow_nan to save it)",
        piece->state, piece->name->name, clstep__number(value, text), piece->first + bad);
}

static clstep_status write_pieces(clstep__window *window, void *context)
{
    saving *save = context;
    clstep_status status = clstep__window_read(window);
    for (size_t i = 0; status == CLSTEP_OK && i < window->count; i++) {
        const clstep__piece *piece = &window->pieces[i];
        status = check_piece(save, piece);
        if (status == CLSTEP_OK)
            status = clstep_writer_write(save->writer, piece->source.index,
                                         piece->first * clstep_dtype_size(piece->dtype),
                                         piece->bytes, piece->memory);
    }
    return status;
}

static clstep_status add_array(const clstep__array *array, void *context)
{
    saving *save = context;
    const clstep__source place = {.index = save->next++};
    return clstep__window_add(&save->window, array, &place);
}

/* ---- declaring */

/* The arguments of clstep_checkpoint_declare(): for the groups, and for all their tensors. */
typedef struct {
    clstep_checkpoint_group *groups;
    clstep_rule *rules;
    clstep_dtype *dtypes;
    uint64_t *first_elements;
    uint64_t *steps;
} description;

/* Fills in a group. Its first tensor is number `first` of all tensors. */
static clstep_status describe_group(const clstep_optimizer *optimizer, size_t g, size_t first,
                                    const description *of)
{
    clstep_checkpoint_group *group = &of->groups[g];
    of->rules[g] = (clstep_rule)CLSTEP_RULE_INIT;
    *group = (clstep_checkpoint_group){.size = sizeof *group,
                                       .rule = &of->rules[g],
                                       .param_dtypes = of->dtypes + first,
                                       .tensor_steps = of->steps + first,
                                       .tensor_count = clstep_optimizer_tensor_count(optimizer, g)};
    clstep_status status = clstep_optimizer_get_rule(optimizer, g, &of->rules[g]);
    if (status == CLSTEP_OK)
        status = clstep_optimizer_get_storage(optimizer, g, &group->state_storage,
                                              &group->param_storage);
    bool draws = group->state_storage != CLSTEP_STATE_FULL;
    for (size_t i = 0; status == CLSTEP_OK && i < group->tensor_count; i++) {
        clstep_tensor tensor = {0};
        status = clstep_optimizer_get_tensor(optimizer, g, i, sizeof tensor, &tensor);
        if (status == CLSTEP_OK)
            status = clstep_optimizer_get_tensor_steps(optimizer, g, i, &of->steps[first + i]);
        of->dtypes[first + i] = tensor.param_dtype;
        of->first_elements[first + i] = tensor.first_element;
        draws = draws || (group->param_storage == CLSTEP_PARAM_STOCHASTIC &&
                          (tensor.param_dtype == CLSTEP_DTYPE_BFLOAT16 ||
                           tensor.param_dtype == CLSTEP_DTYPE_FLOAT16));
    }
    if (draws)
        group->first_elements = of->first_elements + first;
    return status;
}

static clstep_status declare_groups(const saving *save, const clstep_optimizer *optimizer,
                                    const clstep__names *names, int32_t with_params,
                                    const description *of)
{
    const size_t count = clstep_optimizer_group_count(optimizer);
    uint64_t steps = 0, seed = 0;
    clstep_status status = CLSTEP_OK;
    for (size_t g = 0, first = 0; status == CLSTEP_OK && g < count; g++) {
        status = describe_group(optimizer, g, first, of);
        of->groups[g].tensors = names->list + first;
        of->groups[g].with_params = with_params;
        first += of->groups[g].tensor_count;
    }
    if (status == CLSTEP_OK)
        status = clstep_optimizer_get_steps(optimizer, &steps);
    if (status == CLSTEP_OK)
        status = clstep_optimizer_get_seed(optimizer, &seed);
    return status == CLSTEP_OK
               ? clstep_checkpoint_declare(save->writer, steps, seed, count, of->groups)
               : status;
}

static clstep_status declare(const saving *save, const clstep_optimizer *optimizer,
                             const clstep__names *names, int32_t with_params)
{
    const size_t count = clstep_optimizer_group_count(optimizer);
    description of = {.groups = clstep__allocate(count, sizeof *of.groups),
                      .rules = clstep__allocate(count, sizeof *of.rules),
                      .dtypes = clstep__allocate(names->count, sizeof *of.dtypes),
                      .first_elements = clstep__allocate(names->count, sizeof *of.first_elements),
                      .steps = clstep__allocate(names->count, sizeof *of.steps)};
    const bool all = of.groups && of.rules && of.dtypes && of.first_elements && of.steps;
    const clstep_status status = all ? declare_groups(save, optimizer, names, with_params, &of)
                                     : clstep__store_no_memory(save->call);
    clstep__free(of.groups);
    clstep__free(of.rules);
    clstep__free(of.dtypes);
    clstep__free(of.first_elements);
    clstep__free(of.steps);
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
    clstep_status status = clstep_optimizer_finish(optimizer); /* only then counts are known */
    if (status == CLSTEP_OK)
        status = declare(save, optimizer, names, options->with_params);
    if (status == CLSTEP_OK)
        status = clstep_writer_begin(save->writer);
    if (status == CLSTEP_OK)
        status = clstep__for_arrays(optimizer, names, options->with_params, add_array, save);
    return status == CLSTEP_OK ? clstep__window_end(&save->window) : status;
}

/* Everything except the commit. */
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
        saving save = {.call = call, .writer = *writer, .allow_nan = own.allow_nan};
        status = clstep__window_open(&save.window, call, queue, write_pieces, &save);
        if (status == CLSTEP_OK)
            status = write_all(&save, optimizer, &own, &names);
        clstep__window_close(&save.window);
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
    return clstep__store_failed_in(status, call);
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
    return clstep__store_failed_in(status, call);
}
