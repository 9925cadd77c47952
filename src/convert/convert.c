/* clstep_convert(): reads a state piece by piece, translates it and writes it. translate.c
 * translates; report.c collects what is not exact. */
#include "base/memory.h"
#include "base/sized.h"
#include "convert/dialect_rule.h"
#include "convert/open.h"
#include "convert/target.h"
#include "convert/translate.h"
#include "convert/translate_explain.h"
#include "safetensors/arrays.h"
#include "safetensors/error.h"

#include <inttypes.h>
#include <string.h>

static const char *const call = "clstep_convert";

/* What the functions of a conversion share. */
typedef struct {
    clstep__source source;
    clstep__target target;
    clstep__report report;
    clstep_rule *rules;                /* of the target's groups */
    clstep__translation *translations; /* of the groups */
    float *pieces[CLSTEP__SLOTS];
    size_t piece;  /* elements of each */
    size_t next;   /* index of the target's next array */
    uint64_t done; /* elements so far */
    uint64_t all;
} conversion;

/* ---- rules */

static clstep_status choose_rule(conversion *c, size_t group)
{
    const clstep_convert_options *options = c->report.options;
    const clstep_rule *from = clstep__source_rule(&c->source, group);
    clstep_rule wanted = *from;
    clstep_status status = CLSTEP_OK;
    if (options->change)
        status = options->change(&wanted, options->context);
    if (status == CLSTEP_OK)
        status = clstep_rule_validate(&wanted);
    if (status == CLSTEP_OK)
        status = clstep__dialect_rule(call, c->target.dialect, &wanted, &c->rules[group]);
    if (status == CLSTEP_OK)
        status = clstep__translation_make(
            &c->translations[group], call, from, &c->rules[group], c->source.steps,
            c->source.dialect->negates_momentum != c->target.dialect->negates_momentum);
    if (status == CLSTEP_OK)
        clstep__translation_explain(&c->translations[group], c->source.steps,
                                    !clstep__dialect_is_own(c->target.dialect), &c->report);
    return status;
}

static clstep_status choose_rules(conversion *c)
{
    const size_t groups = c->source.group_count;
    c->rules = clstep__allocate(groups, sizeof *c->rules);
    c->translations = clstep__allocate(groups, sizeof *c->translations);
    if (!c->rules || !c->translations)
        return clstep__store_no_memory(call);
    c->target.rules = c->rules;
    c->target.steps = c->source.steps;
    clstep_status status = CLSTEP_OK;
    for (size_t g = 0; status == CLSTEP_OK && g < groups; g++)
        status = choose_rule(c, g);
    return status;
}

/* ---- pieces of arrays */

static clstep_status allocate_pieces(conversion *c)
{
    uint64_t longest = 1;
    for (size_t i = 0; i < c->source.tensor_count; i++) {
        c->all += c->source.tensors[i].count;
        if (c->source.tensors[i].count > longest)
            longest = c->source.tensors[i].count;
    }
    c->piece = longest < CLSTEP__PIECE ? (size_t)longest : CLSTEP__PIECE;
    for (size_t s = 0; s < CLSTEP__SLOTS; s++) {
        c->pieces[s] = clstep__allocate(c->piece, sizeof(float));
        if (!c->pieces[s])
            return clstep__store_no_memory(call);
    }
    return CLSTEP_OK;
}

static void fill(float *values, size_t count, double value)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (float)value;
}

static clstep_status read_state(conversion *c, const clstep__source_tensor *tensor,
                                const char *state, uint64_t first, size_t count, float *to)
{
    const clstep__slot slot = clstep__slot_of(state);
    if (tensor->arrays[slot] == CLSTEP__ABSENT) {
        fill(to, count, slot == CLSTEP__SQUARE ? tensor->rule->initial_square_avg : 0);
        return CLSTEP_OK;
    }
    clstep_status status = clstep_safetensors_read(c->source.file, tensor->arrays[slot],
                                                   first * sizeof *to, count * sizeof *to, to);
    if (status != CLSTEP_OK)
        return status;
    const size_t bad = clstep_state_find_bad(state, to, count);
    if (bad == count)
        return CLSTEP_OK;
    char number[CLSTEP__NUMBER_SIZE];
    return clstep__store_fail(CLSTEP_INVALID_FILE, call,
                              "%s of \"%.80s\" is %s at element %" PRIu64
                              ", from which training cannot go on",
                              state, tensor->name, clstep__number(to[bad], number), first + bad);
}

/* Reports a momentum array with other numbers than 0 although the rule has no momentum. Each step
 * would overwrite it, but the caller may have forgotten to give the momentum. */
static clstep_status look_at_spare(conversion *c, const clstep__source_tensor *tensor,
                                   uint64_t first, size_t count, float *to)
{
    const size_t index = tensor->arrays[CLSTEP__MOMENTUM];
    if (index == CLSTEP__ABSENT || c->source.described || c->report.options->without_momentum)
        return CLSTEP_OK;
    clstep_status status =
        clstep_safetensors_read(c->source.file, index, first * sizeof *to, count * sizeof *to, to);
    size_t i = 0;
    while (status == CLSTEP_OK && i < count && to[i] == 0)
        i++;
    if (status == CLSTEP_OK && i < count)
        clstep__report_say(&c->report,
                           "the file's momentum is not 0, but the rule has no momentum, so it is "
                           "left out; give the rule its momentum, or say that it has none "
                           "(options->without_momentum)");
    return status;
}

/* Reads a piece of every array of the source. A missing momentum is 0. */
static clstep_status read_piece(conversion *c, const clstep__source_tensor *tensor, uint64_t first,
                                size_t count, float *values[CLSTEP__SLOTS])
{
    clstep_status status = CLSTEP_OK;
    for (clstep__slot slot = 0; status == CLSTEP_OK && slot < CLSTEP__SLOTS; slot++) {
        const char *state = clstep__state_in(tensor->rule, slot);
        values[slot] = state ? c->pieces[slot] : NULL;
        if (state)
            status = read_state(c, tensor, state, first, count, values[slot]);
    }
    if (status != CLSTEP_OK || values[CLSTEP__MOMENTUM])
        return status;
    values[CLSTEP__MOMENTUM] = c->pieces[CLSTEP__MOMENTUM];
    status = look_at_spare(c, tensor, first, count, values[CLSTEP__MOMENTUM]);
    fill(values[CLSTEP__MOMENTUM], count, 0);
    return status;
}

static clstep_status write_piece(conversion *c, const clstep_rule *rule, uint64_t first,
                                 size_t count, float *const values[CLSTEP__SLOTS])
{
    clstep_status status = CLSTEP_OK;
    const char *state;
    for (size_t k = 0; status == CLSTEP_OK && (state = clstep__target_state(&c->target, rule, k));
         k++) {
        const clstep__slot slot = clstep__slot_of(state);
        if (!clstep__state_in(rule, slot))
            fill(values[slot], count, 0);
        status = clstep_writer_write(c->target.writer, c->next + k, first * sizeof(float),
                                     count * sizeof(float), values[slot]);
    }
    return status;
}

/* ---- tensors */

static clstep_status show_progress(conversion *c, size_t count)
{
    const clstep_convert_options *options = c->report.options;
    c->done += count;
    return options->progress ? options->progress(c->done, c->all, options->context) : CLSTEP_OK;
}

static clstep_status copy_param(conversion *c, const clstep__source_tensor *tensor)
{
    const size_t index = c->next++;
    clstep_status status = CLSTEP_OK;
    for (uint64_t first = 0; status == CLSTEP_OK && first < tensor->count; first += c->piece) {
        const uint64_t left = tensor->count - first;
        const uint64_t bytes = (left < c->piece ? left : c->piece) * sizeof(float);
        status = clstep_safetensors_read(c->source.file, tensor->param, first * sizeof(float),
                                         bytes, c->pieces[0]);
        if (status == CLSTEP_OK)
            status = clstep_writer_write(c->target.writer, index, first * sizeof(float), bytes,
                                         c->pieces[0]);
    }
    return status;
}

static clstep_status convert_piece(conversion *c, const clstep__source_tensor *tensor,
                                   clstep__translation *translation, uint64_t first, size_t count)
{
    float *values[CLSTEP__SLOTS];
    clstep_status status = read_piece(c, tensor, first, count, values);
    if (status != CLSTEP_OK)
        return status;
    const size_t lost = clstep__translate(translation, values, count);
    if (lost < count)
        return clstep__store_fail(CLSTEP_UNSUPPORTED, call,
                                  "element %" PRIu64 " of \"%.80s\" does not fit fp32 as "
                                  "the target stores it; such a state cannot be translated",
                                  first + lost, tensor->name);
    return write_piece(c, translation->to, first, count, values);
}

static clstep_status convert_tensor(conversion *c, const clstep__source_tensor *tensor,
                                    clstep__translation *translation)
{
    clstep_status status = CLSTEP_OK;
    if (tensor->param != CLSTEP__ABSENT)
        status = copy_param(c, tensor);
    for (uint64_t first = 0; status == CLSTEP_OK && first < tensor->count; first += c->piece) {
        const uint64_t left = tensor->count - first;
        const size_t count = left < c->piece ? (size_t)left : c->piece;
        status = convert_piece(c, tensor, translation, first, count);
        if (status == CLSTEP_OK)
            status = show_progress(c, count);
    }
    for (size_t k = 0; clstep__target_state(&c->target, translation->to, k); k++)
        c->next++;
    if (status == CLSTEP_OK && clstep__dialect_counts_each(c->target.dialect, translation->to))
        status = clstep__target_write_step(&c->target, c->next++);
    return status;
}

static clstep_status convert_tensors(conversion *c)
{
    clstep_status status = CLSTEP_OK;
    const clstep__source_tensor *tensor = c->source.tensors;
    for (size_t g = 0; g < c->source.group_count; g++) {
        const size_t count = clstep__source_count(&c->source, g);
        for (size_t i = 0; status == CLSTEP_OK && i < count; i++)
            status = convert_tensor(c, tensor++, &c->translations[g]);
        if (status == CLSTEP_OK)
            clstep__translation_count(&c->translations[g], &c->report);
    }
    return status;
}

/* ---- the whole */

static clstep_status convert(conversion *c, const clstep_safetensors *file,
                             const clstep__dialect *from)
{
    clstep_status status = clstep__source_open(&c->source, call, file, from, &c->report);
    if (status == CLSTEP_OK)
        status = choose_rules(c);
    if (status == CLSTEP_OK)
        status = allocate_pieces(c);
    if (status == CLSTEP_OK)
        status = clstep__target_declare(&c->target, &c->source, &c->report);
    if (status == CLSTEP_OK)
        status = clstep__report_judge(&c->report);
    if (status == CLSTEP_OK)
        status = clstep_writer_begin(c->target.writer);
    if (status == CLSTEP_OK)
        status = convert_tensors(c);
    if (status == CLSTEP_OK)
        status = clstep__target_write_numbers(&c->target, c->next);
    return status == CLSTEP_OK ? clstep__report_judge(&c->report) : status;
}

clstep_status clstep_convert(const clstep_safetensors *file, const char *from,
                             clstep_writer *writer, const char *to,
                             const clstep_convert_options *options)
{
    clstep_convert_options own = CLSTEP_CONVERT_OPTIONS_INIT;
    const clstep__dialect *source;
    if (!file || !writer)
        return clstep__store_null(call, file ? "writer" : "file");
    if (options && !clstep__struct_read(&own, options, CLSTEP__SIZES(clstep_convert_options)))
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                  "options must start as CLSTEP_CONVERT_OPTIONS_INIT");
    conversion c = {.target = {.call = call, .writer = writer},
                    .report = {.call = call, .options = &own}};
    clstep_status status = clstep__dialect_find(call, "from", from, &source);
    if (status == CLSTEP_OK)
        status = clstep__dialect_find(call, "to", to, &c.target.dialect);
    if (status == CLSTEP_OK)
        status = convert(&c, file, source);
    for (size_t s = 0; s < CLSTEP__SLOTS; s++)
        clstep__free(c.pieces[s]);
    clstep__free(c.rules);
    clstep__free(c.translations);
    clstep__report_free(&c.report);
    clstep__source_close(&c.source);
    return status;
}
