/* Matches a checkpoint with an optimizer: names, groups, rules, storage and first elements. load.c
 * deals with the arrays. */
#include "checkpoint/match.h"

#include "base/memory.h"
#include "base/text.h"
#include "checkpoint/open.h"
#include "checkpoint/source.h"
#include "safetensors/error.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

/* What the functions of a match share. */
typedef struct {
    clstep__match *match;
    const char *call;
    const clstep_checkpoint *checkpoint;
    clstep_optimizer *optimizer;
    const clstep_load_options *options;
} matching;

/* ---- names */

static clstep_status match_name(const matching *m, const char *name, size_t group, size_t index,
                                unsigned char *seen)
{
    const clstep__checkpoint_tensor *found = clstep__checkpoint_find(m->checkpoint, name);
    if (!found && m->options->allow_missing)
        return CLSTEP_OK;
    if (!found)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, m->call,
                                  "the tensor \"%.80s\" of group %zu is not in the checkpoint; set "
                                  "options->allow_missing to let it keep its state",
                                  name, group);
    if (found->group != group && !m->options->convert)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, m->call,
                                  "the tensor \"%.80s\" of group %zu is not in that group of the "
                                  "checkpoint; set options->convert to load it from another group",
                                  name, group);
    if (seen[found - m->checkpoint->sorted]++)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, m->call,
                                  "the name \"%.80s\" is given to two tensors", name);
    m->match->tensors[index] = found;
    return CLSTEP_OK;
}

static clstep_status match_names(const matching *m, const clstep__names *names)
{
    const clstep_checkpoint *checkpoint = m->checkpoint;
    unsigned char *seen = clstep__allocate(checkpoint->tensor_count, 1);
    if (!seen)
        return clstep__store_no_memory(m->call);
    size_t index = 0;
    clstep_status status = CLSTEP_OK;
    for (size_t g = 0; g < clstep_optimizer_group_count(m->optimizer); g++) {
        const size_t count = clstep_optimizer_tensor_count(m->optimizer, g);
        for (size_t i = 0; status == CLSTEP_OK && i < count; i++, index++)
            status = match_name(m, names->list[index].name, g, index, seen);
    }
    for (size_t i = 0; status == CLSTEP_OK && i < checkpoint->tensor_count; i++) {
        if (!seen[i] && !m->options->allow_unused)
            status = clstep__store_fail(CLSTEP_INVALID_ARGUMENT, m->call,
                                        "the optimizer has no tensor \"%.80s\", which is in the "
                                        "checkpoint; set options->allow_unused to leave it out",
                                        checkpoint->sorted[i].name);
    }
    clstep__free(seen);
    return status;
}

/* ---- rules */

clstep_rule clstep__rule_to_take(const clstep_checkpoint *checkpoint, size_t group,
                                 const clstep_rule *own)
{
    clstep_rule rule = checkpoint->groups[group].rule;
    if (rule.clip != own->clip) {
        rule.clip = own->clip;
        rule.clip_bound = own->clip_bound;
    }
    return rule;
}

/* Checks that the group can take the numbers of a checkpoint's rule; changes nothing. */
static clstep_status check_rule(const matching *m, size_t group, size_t source)
{
    clstep_rule old = CLSTEP_RULE_INIT;
    clstep_status status = clstep_optimizer_get_rule(m->optimizer, group, &old);
    if (status != CLSTEP_OK)
        return status;
    const clstep_rule saved = clstep__rule_to_take(m->checkpoint, source, &old);
    if (clstep_optimizer_set_rule(m->optimizer, group, &saved) == CLSTEP_OK)
        return clstep_optimizer_set_rule(m->optimizer, group, &old);
    return clstep__store_fail(
        CLSTEP_INVALID_ARGUMENT, m->call,
        "the rule of group %zu has other switches in the checkpoint than in the optimizer, or only "
        "one of them has momentum; create the optimizer with clstep_checkpoint_rule()",
        group);
}

/* Notes that a group of the optimizer takes tensors from a group of the checkpoint. */
static clstep_status take_group(const matching *m, size_t group, size_t source)
{
    size_t *taken = &m->match->groups[group];
    if (*taken == source)
        return CLSTEP_OK;
    const clstep__checkpoint_group *groups = m->checkpoint->groups;
    if (*taken != SIZE_MAX && !m->options->keep_rules &&
        memcmp(&groups[*taken].rule, &groups[source].rule, sizeof(clstep_rule)) != 0)
        return clstep__store_fail(
            CLSTEP_INVALID_ARGUMENT, m->call,
            "group %zu has tensors of groups %zu and %zu of the checkpoint, whose rules have "
            "different numbers; set options->keep_rules to use the optimizer's",
            group, *taken, source);
    if (*taken == SIZE_MAX)
        *taken = source;
    return check_rule(m, group, source);
}

/* ---- storage */

static clstep_status check_first_element(const matching *m, const clstep__checkpoint_tensor *saved,
                                         const clstep_tensor *tensor)
{
    if (saved->first_element == CLSTEP__NOT_TOLD || saved->first_element == tensor->first_element ||
        m->options->convert)
        return CLSTEP_OK;
    return clstep__store_fail(
        CLSTEP_INVALID_ARGUMENT, m->call,
        "the first element of \"%.80s\" is number %" PRIu64 " in the checkpoint, but %" PRIu64
        " in the optimizer; create the optimizer with clstep_tensor.first_element %" PRIu64
        " (clstep_checkpoint_first_element() gives each), or set options->convert to draw other "
        "random bits from here on",
        saved->name, saved->first_element, tensor->first_element, saved->first_element);
}

/* The array that a 16-bit parameter has in this storage; NULL if there is none. */
static const char *array_beside(clstep_param_storage storage)
{
    return storage == CLSTEP_PARAM_MASTER     ? "param_master"
           : storage == CLSTEP_PARAM_RESIDUAL ? "param_residual"
                                              : NULL;
}

/* Refuses a checkpoint that has this array, as the optimizer has another one, `own`, or none. */
static clstep_status check_beside(const matching *m, const char *tensor, const char *array,
                                  const char *own, clstep_dtype dtype)
{
    clstep__text text = {0};
    clstep_status status = clstep__array_name(m->call, tensor, array, &text);
    const bool is_there =
        status == CLSTEP_OK && clstep_safetensors_find(m->checkpoint->file, text.bytes) != SIZE_MAX;
    clstep__text_free(&text);
    if (status != CLSTEP_OK || !is_there)
        return status;
    return clstep__store_fail(
        CLSTEP_INVALID_ARGUMENT, m->call,
        "\"%.60s.%s\" is in the checkpoint, but the optimizer has %s for this parameter in %s; set "
        "options->convert to convert it, or create the optimizer with %s",
        tensor, array, own ? own : "no such array", clstep_dtype_describe(dtype)->safetensors,
        clstep__is_16_bits(dtype) ? "clstep_checkpoint_storage()" : "parameters of 16 bits");
}

/* source.c looks for the optimizer's arrays in the checkpoint. It does not see arrays that only the
 * checkpoint has, nor how parameters are rounded; this function checks both. */
static clstep_status check_storage(const matching *m, size_t group,
                                   const clstep__checkpoint_tensor *saved,
                                   const clstep_tensor *tensor)
{
    const clstep_param_storage from = m->checkpoint->groups[saved->group].param_storage;
    clstep_state_storage state_storage;
    clstep_param_storage to = CLSTEP_PARAM_NEAREST;
    clstep_status status = clstep_optimizer_get_storage(m->optimizer, group, &state_storage, &to);
    const bool has_16_bits = clstep__is_16_bits(tensor->param_dtype);
    if (status != CLSTEP_OK || m->options->convert || (from == to && has_16_bits))
        return status;
    if (array_beside(from))
        return check_beside(m, saved->name, array_beside(from),
                            has_16_bits ? array_beside(to) : NULL, tensor->param_dtype);
    if (array_beside(to) || !has_16_bits)
        return CLSTEP_OK;
    return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, m->call,
                              "\"%.80s\" is rounded %s in the checkpoint, but %s in the optimizer; "
                              "create the optimizer with clstep_checkpoint_storage(), or set "
                              "options->convert to go on with the optimizer's rounding",
                              saved->name,
                              from == CLSTEP_PARAM_NEAREST ? "to nearest" : "stochastically",
                              to == CLSTEP_PARAM_NEAREST ? "to nearest" : "stochastically");
}

static clstep_status match_group(const matching *m, size_t group, size_t first)
{
    const size_t count = clstep_optimizer_tensor_count(m->optimizer, group);
    clstep_status status = CLSTEP_OK;
    m->match->groups[group] = SIZE_MAX;
    if (!m->options->convert && group < m->checkpoint->group_count)
        status = take_group(m, group, group);
    for (size_t i = 0; status == CLSTEP_OK && i < count; i++) {
        const clstep__checkpoint_tensor *found = m->match->tensors[first + i];
        clstep_tensor tensor = {0};
        uint64_t *steps = &m->match->steps[first + i];
        if (!found) {
            status = clstep_optimizer_get_tensor_steps(m->optimizer, group, i, steps);
            continue;
        }
        *steps = found->steps;
        status = take_group(m, group, found->group);
        if (status == CLSTEP_OK)
            status = clstep_optimizer_get_tensor(m->optimizer, group, i, sizeof tensor, &tensor);
        if (status == CLSTEP_OK)
            status = check_storage(m, group, found, &tensor);
        if (status == CLSTEP_OK)
            status = check_first_element(m, found, &tensor);
    }
    return status;
}

/* ---- the whole */

static clstep_status check_counts(const matching *m)
{
    const size_t groups = clstep_optimizer_group_count(m->optimizer);
    if (groups != m->checkpoint->group_count && !m->options->convert)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, m->call,
                                  "the checkpoint has %zu group%s, but the optimizer has %zu; set "
                                  "options->convert to load tensors into other groups",
                                  m->checkpoint->group_count,
                                  clstep__plural(m->checkpoint->group_count), groups);
    return CLSTEP_OK;
}

clstep_status clstep__match_make(clstep__match *match, const char *call,
                                 const clstep_checkpoint *checkpoint, clstep_optimizer *optimizer,
                                 const clstep__names *names, const clstep_load_options *options)
{
    const matching m = {match, call, checkpoint, optimizer, options};
    const size_t groups = clstep_optimizer_group_count(optimizer);
    *match = (clstep__match){0};
    match->tensors = clstep__allocate(names->count, sizeof *match->tensors);
    match->groups = clstep__allocate(groups, sizeof *match->groups);
    match->steps = clstep__allocate(names->count, sizeof *match->steps);
    if (!match->tensors || !match->groups || !match->steps)
        return clstep__store_no_memory(call);
    clstep_status status = check_counts(&m);
    if (status == CLSTEP_OK)
        status = match_names(&m, names);
    for (size_t g = 0, first = 0; status == CLSTEP_OK && g < groups; g++) {
        status = match_group(&m, g, first);
        first += clstep_optimizer_tensor_count(optimizer, g);
    }
    return status;
}

void clstep__match_free(clstep__match *match)
{
    clstep__free(match->tensors);
    clstep__free(match->groups);
    clstep__free(match->steps);
    *match = (clstep__match){0};
}
