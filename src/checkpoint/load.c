/* Loading a checkpoint into an optimizer: every array is checked, then every array is written. */
#include "base/sized.h"
#include "checkpoint/match.h"
#include "checkpoint/open.h"
#include "checkpoint/window.h"
#include "safetensors/array_dtype.h"
#include "safetensors/arrays.h"
#include "safetensors/error.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

static const char *const loading = "clstep_checkpoint_load";

/* What is handed from array to array. */
typedef struct {
    const clstep_checkpoint *checkpoint;
    const clstep_load_options *options;
    clstep__window window;
    bool write; /* to the device; before that all is checked */
    clstep__text text;
} load;

/* ---- arrays */

static clstep_status find(load *of, const clstep__array *array, size_t *index)
{
    clstep_status status = clstep__array_name(loading, array->name->name, array->state, &of->text);
    if (status != CLSTEP_OK)
        return status;
    *index = clstep_safetensors_find(of->checkpoint->file, of->text.bytes);
    if (*index == SIZE_MAX)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, loading,
                                  array->state
                                      ? "the checkpoint has no \"%.80s\", which the optimizer "
                                        "keeps; create it with clstep_checkpoint_storage()"
                                      : "the checkpoint has no parameter \"%.80s\"; load without "
                                        "options->with_params",
                                  of->text.bytes);
    clstep_safetensors_tensor stored = CLSTEP_SAFETENSORS_TENSOR_INIT;
    status = clstep_safetensors_tensor_at(of->checkpoint->file, *index, &stored);
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

static clstep_status check_piece(const load *of, const clstep__piece *piece)
{
    if (of->options->allow_nan || !piece->state)
        return CLSTEP_OK;
    float value = 0;
    const size_t bad =
        clstep__array_find_bad(piece->state, piece->dtype, piece->memory, piece->count, &value);
    if (bad == piece->count)
        return CLSTEP_OK;
    char text[CLSTEP__NUMBER_SIZE];
    return clstep__store_fail(CLSTEP_INVALID_FILE, loading,
                              "\"%.60s.%.20s\" is %s at element %" PRIu64
                              ", from which training cannot go on; use an older checkpoint, or "
                              "options->allow_nan",
                              piece->name->name, piece->state, clstep__number(value, text),
                              piece->first + bad);
}

static clstep_status load_pieces(clstep__window *window, void *context)
{
    load *of = context;
    clstep_status status = CLSTEP_OK;
    clstep__window_place(window, 0);
    for (size_t i = 0; status == CLSTEP_OK && i < window->count; i++) {
        const clstep__piece *piece = &window->pieces[i];
        status = clstep_safetensors_read(of->checkpoint->file, piece->index,
                                         piece->first * clstep_dtype_size(piece->dtype),
                                         piece->bytes, piece->memory);
        if (status == CLSTEP_OK)
            status = check_piece(of, piece);
    }
    return status == CLSTEP_OK && of->write ? clstep__window_write(window) : status;
}

static bool is_missing(const load *of, const clstep__array *array)
{
    return of->options->allow_missing &&
           !clstep__checkpoint_find(of->checkpoint, array->name->name);
}

static clstep_status add_array(const clstep__array *array, void *context)
{
    load *of = context;
    size_t index = 0;
    if (is_missing(of, array))
        return CLSTEP_OK;
    clstep_status status = find(of, array, &index);
    return status == CLSTEP_OK ? clstep__window_add(&of->window, array, index) : status;
}

static clstep_status go_through(load *of, const clstep_optimizer *optimizer,
                                const clstep__names *names, bool write)
{
    of->write = write;
    clstep_status status =
        clstep__for_arrays(optimizer, names, of->options->with_params, add_array, of);
    return status == CLSTEP_OK ? clstep__window_end(&of->window) : status;
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
    return CLSTEP_OK;
}

static clstep_status set_numbers(const clstep_checkpoint *checkpoint, clstep_optimizer *optimizer,
                                 const clstep__match *match, int keep_rules)
{
    const size_t groups = clstep_optimizer_group_count(optimizer);
    clstep_status status = clstep_optimizer_set_steps(optimizer, match->steps);
    if (status == CLSTEP_OK)
        status = clstep_optimizer_set_seed(optimizer, checkpoint->seed);
    for (size_t g = 0; !keep_rules && status == CLSTEP_OK && g < groups; g++) {
        if (match->groups[g] != SIZE_MAX)
            status =
                clstep_optimizer_set_rule(optimizer, g, &checkpoint->groups[match->groups[g]].rule);
    }
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
                                 cl_command_queue queue, const clstep__names *names)
{
    clstep_status status = clstep__window_open(&of->window, loading, queue, load_pieces, of);
    if (status == CLSTEP_OK)
        status = go_through(of, optimizer, names, false);
    if (status == CLSTEP_OK)
        status = go_through(of, optimizer, names, true);
    if (status != CLSTEP_OK && of->window.commands > 0)
        status = half_written(status);
    clstep__window_close(&of->window);
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
    clstep__match match = {0};
    if (status == CLSTEP_OK)
        status = clstep__names_make(&names, loading, optimizer, own.names, own.name_count);
    if (status == CLSTEP_OK)
        status = clstep__match_make(&match, loading, checkpoint, optimizer, &names, &own);
    if (status == CLSTEP_OK)
        status = clstep_optimizer_finish(optimizer);
    if (status == CLSTEP_OK) {
        load of = {.checkpoint = checkpoint, .options = &own};
        status = load_arrays(&of, optimizer, queue, &names);
    }
    if (status == CLSTEP_OK)
        status = set_numbers(checkpoint, optimizer, &match, own.keep_rules);
    clstep__match_free(&match);
    clstep__names_free(&names);
    return status;
}
