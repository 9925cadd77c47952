/* clstep_checkpoint_load(): checks every array, then writes every array to the device. match.c
 * matches the tensors, source.c finds the arrays, recode.c converts them. */
#include "base/sized.h"
#include "checkpoint/match.h"
#include "checkpoint/numbers.h"
#include "checkpoint/open.h"
#include "checkpoint/recode.h"
#include "safetensors/error.h"

#include <stdbool.h>
#include <stdio.h>

static const char *const loading = "clstep_checkpoint_load";

/* What the functions of a load share. */
typedef struct {
    clstep__sources sources;
    clstep__window window;
    clstep__recoder recoder;
    bool write; /* false: check only; true: write to the device */
} load;

/* ---- arrays */

static clstep_status read_piece(const load *of, const clstep__piece *piece)
{
    if (piece->source.converts)
        return clstep__recode(&of->recoder, piece);
    return clstep_safetensors_read(of->sources.checkpoint->file, piece->source.index,
                                   piece->first * clstep_dtype_size(piece->dtype), piece->bytes,
                                   piece->memory);
}

static clstep_status load_pieces(clstep__window *window, void *context)
{
    load *of = context;
    clstep_status status = CLSTEP_OK;
    clstep__window_place(window, 0);
    for (size_t i = 0; status == CLSTEP_OK && i < window->count; i++) {
        const clstep__piece *piece = &window->pieces[i];
        status = read_piece(of, piece);
        if (status == CLSTEP_OK && piece->state && !of->sources.options->allow_nan)
            status = clstep__check_numbers(loading, piece, piece->state, piece->dtype,
                                           piece->memory, piece->first, piece->count);
    }
    return status == CLSTEP_OK && of->write ? clstep__window_write(window) : status;
}

static bool is_missing(const load *of, const clstep__array *array)
{
    return of->sources.options->allow_missing &&
           !clstep__checkpoint_find(of->sources.checkpoint, array->name->name);
}

static clstep_status add_array(const clstep__array *array, void *context)
{
    load *of = context;
    clstep__source source;
    if (is_missing(of, array))
        return CLSTEP_OK;
    clstep_status status = clstep__source_find(&of->sources, array, &source);
    return status == CLSTEP_OK ? clstep__window_add(&of->window, array, &source) : status;
}

static clstep_status go_through(load *of, const clstep_optimizer *optimizer,
                                const clstep__names *names, bool write)
{
    of->write = write;
    clstep_status status =
        clstep__for_arrays(optimizer, names, of->sources.options->with_params, add_array, of);
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

/* Sets the count of steps of each tensor. */
static clstep_status set_steps(const clstep_checkpoint *checkpoint, clstep_optimizer *optimizer,
                               const clstep__match *match)
{
    const uint64_t *steps = match->steps;
    clstep_status status = clstep_optimizer_set_steps(optimizer, checkpoint->steps);
    for (size_t g = 0; g < clstep_optimizer_group_count(optimizer); g++) {
        const size_t count = clstep_optimizer_tensor_count(optimizer, g);
        for (size_t i = 0; status == CLSTEP_OK && i < count; i++, steps++)
            status = clstep_optimizer_set_tensor_steps(optimizer, g, i, *steps);
    }
    return status;
}

static clstep_status set_rule(const clstep_checkpoint *checkpoint, size_t source,
                              clstep_optimizer *optimizer, size_t group)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    clstep_status status = clstep_optimizer_get_rule(optimizer, group, &rule);
    rule = clstep__rule_to_take(checkpoint, source, &rule);
    return status == CLSTEP_OK ? clstep_optimizer_set_rule(optimizer, group, &rule) : status;
}

static clstep_status set_numbers(const clstep_checkpoint *checkpoint, clstep_optimizer *optimizer,
                                 const clstep__match *match, int keep_rules)
{
    const size_t groups = clstep_optimizer_group_count(optimizer);
    clstep_status status = set_steps(checkpoint, optimizer, match);
    if (status == CLSTEP_OK)
        status = clstep_optimizer_set_seed(optimizer, checkpoint->seed);
    for (size_t g = 0; !keep_rules && status == CLSTEP_OK && g < groups; g++) {
        if (match->groups[g] != SIZE_MAX)
            status = set_rule(checkpoint, match->groups[g], optimizer, g);
    }
    return status;
}

/* Adds to the message that a part of the state has been written. */
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
    const clstep__sources *sources = &of->sources;
    clstep_status status = clstep__window_open(&of->window, loading, queue, load_pieces, of);
    if (status == CLSTEP_OK && sources->options->convert)
        status = clstep__recoder_open(&of->recoder, &of->window, sources->checkpoint->file,
                                      sources->options->allow_nan != 0);
    if (status == CLSTEP_OK)
        status = go_through(of, optimizer, names, false);
    if (status == CLSTEP_OK)
        status = go_through(of, optimizer, names, true);
    if (status != CLSTEP_OK && of->window.commands > 0)
        status = half_written(status);
    clstep__recoder_close(&of->recoder);
    clstep__window_close(&of->window);
    clstep__text_free(&of->sources.text);
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
        status = clstep_optimizer_finish(optimizer); /* only then counts are known */
    if (status == CLSTEP_OK)
        status = clstep__match_make(&match, loading, checkpoint, optimizer, &names, &own);
    if (status == CLSTEP_OK) {
        load of = {.sources = {.call = loading,
                               .checkpoint = checkpoint,
                               .optimizer = optimizer,
                               .options = &own}};
        status = load_arrays(&of, optimizer, queue, &names);
    }
    if (status == CLSTEP_OK)
        status = set_numbers(checkpoint, optimizer, &match, own.keep_rules);
    clstep__match_free(&match);
    clstep__names_free(&names);
    return clstep__store_failed_in(status, loading);
}
