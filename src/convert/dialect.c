/* The table of dialects, and the names of arrays in them. dialect_rule.c has the frameworks' rules.
 */
#include "convert/dialect.h"

#include "safetensors/arrays.h"
#include "safetensors/error.h"

#include <stdio.h>
#include <string.h>

static const clstep__affixes keras[CLSTEP__SLOTS] = {
    [CLSTEP__SQUARE] = {"rmsprop/", "_velocity"},
    [CLSTEP__MEAN] = {"rmsprop/", "_average_gradient"},
    [CLSTEP__MOMENTUM] = {"rmsprop/", "_momentum"}};
/* TensorFlow numbers its slots in the order of their creation: rms, mg if centred, momentum. */
static const clstep__affixes tf1[CLSTEP__SLOTS] = {[CLSTEP__SQUARE] = {"", "/RMSProp"},
                                                   [CLSTEP__MEAN] = {"", "/RMSProp_1"},
                                                   [CLSTEP__MOMENTUM] = {"", "/RMSProp_1"}};
static const char tf1_centered_momentum[] = "/RMSProp_2";
static const clstep__affixes optax[CLSTEP__SLOTS] = {[CLSTEP__SQUARE] = {"nu.", ""},
                                                     [CLSTEP__MEAN] = {"mu.", ""},
                                                     [CLSTEP__MOMENTUM] = {"trace.", ""}};

/* From the frameworks' sources: PyTorch 2.6, Keras 3.15, TensorFlow 1's slot_creator, optax 0.2.8,
 * timm 1.0. */
static const clstep__dialect dialects[] = {
    {.info = {"clstep", "a checkpoint of clstep",
              "NAME.square_avg, .grad_var, .grad_avg, .momentum_buffer, .sum, .exp_avg ..."}},
    {.info = {"torch", "PyTorch, torch.optim",
              "NAME.square_avg, .grad_avg, .momentum_buffer, .sum, .exp_avg ..., .step"},
     .preset = "torch",
     .step_each = true,
     .step_dtype = "F32"},
    {.info = {"timm", "timm, RMSpropTF", "NAME.square_avg, .grad_avg, .momentum_buffer, .step"},
     .preset = "timm",
     .step_each = true,
     .step_dtype = "F32"},
    {.info = {"keras", "Keras 3, RMSprop",
              "rmsprop/NAME_velocity, _average_gradient, _momentum; rmsprop/iteration, "
              "rmsprop/learning_rate"},
     .preset = "keras",
     .affixes = keras,
     .flat_names = true,
     .step = "rmsprop/iteration",
     .step_dtype = "I64",
     .lr = "rmsprop/learning_rate"},
    {.info = {"tf1", "TensorFlow 1, RMSPropOptimizer",
              "NAME/RMSProp, NAME/RMSProp_1 and, centred, NAME/RMSProp_2; global_step"},
     .preset = "tf1",
     .affixes = tf1,
     .spare_momentum = CLSTEP__SPARE_ALWAYS,
     .step = "global_step",
     .step_dtype = "I64"},
    {.info = {"optax", "optax, rmsprop", "nu.NAME, mu.NAME, trace.NAME; count"},
     .preset = "optax",
     .affixes = optax,
     .negates_momentum = true,
     .spare_momentum = CLSTEP__SPARE_MAYBE,
     .step = "count",
     .step_dtype = "I32"},
};

enum { DIALECT_COUNT = sizeof dialects / sizeof *dialects };

const clstep_dialect_info *clstep_dialect(size_t index)
{
    return index < DIALECT_COUNT ? &dialects[index].info : NULL;
}

clstep_status clstep__dialect_find(const char *call, const char *argument, const char *name,
                                   const clstep__dialect **dialect)
{
    if (!name)
        return clstep__store_null(call, argument);
    char names[128] = "";
    size_t length = 0;
    for (size_t i = 0; i < DIALECT_COUNT; i++) {
        const char *known = dialects[i].info.name;
        if (strcmp(known, name) == 0) {
            *dialect = &dialects[i];
            return CLSTEP_OK;
        }
        const char *separator = i == 0 ? "" : i + 1 < DIALECT_COUNT ? ", " : " and ";
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", separator, known);
    }
    return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                              "%s: there is no dialect \"%.40s\"; there are %s", argument, name,
                              names);
}

bool clstep__dialect_is_own(const clstep__dialect *dialect)
{
    return dialect == &dialects[0];
}

/* ---- arrays */

clstep__slot clstep__slot_of(const char *state)
{
    if (strcmp(state, "momentum_buffer") == 0)
        return CLSTEP__MOMENTUM;
    if (strcmp(state, "grad_avg") == 0 || strcmp(state, "exp_avg") == 0)
        return CLSTEP__MEAN;
    static const char *const squares[] = {"square_avg", "grad_var", "sum", "exp_avg_sq"};
    for (size_t i = 0; i < sizeof squares / sizeof *squares; i++) {
        if (strcmp(state, squares[i]) == 0)
            return CLSTEP__SQUARE;
    }
    return CLSTEP__OTHER;
}

const char *clstep__state_in(const clstep_rule *rule, clstep__slot slot)
{
    const char *state;
    for (size_t k = 0; (state = clstep_rule_state_name(rule, k)); k++) {
        if (clstep__slot_of(state) == slot)
            return state;
    }
    return NULL;
}

static const char *suffix_of(const clstep__dialect *dialect, const clstep_rule *rule,
                             clstep__slot slot)
{
    if (dialect->affixes == tf1 && slot == CLSTEP__MOMENTUM && rule->centered)
        return tf1_centered_momentum;
    return dialect->affixes[slot].suffix;
}

clstep_status clstep__dialect_array(const char *call, const clstep__dialect *dialect,
                                    const clstep_rule *rule, const char *name, const char *state,
                                    clstep__text *text)
{
    if (!dialect->affixes)
        return clstep__array_name(call, name, state, text);
    const clstep__slot slot = clstep__slot_of(state);
    text->length = 0;
    clstep__text_format(text, "%s%s%s", dialect->affixes[slot].prefix, name,
                        suffix_of(dialect, rule, slot));
    if (text->failed)
        return clstep__store_no_memory(call);
    char *flat = text->bytes + strlen(dialect->affixes[slot].prefix);
    for (size_t i = 0; dialect->flat_names && name[i]; i++) {
        if (flat[i] == '/')
            flat[i] = '_';
    }
    return CLSTEP_OK;
}

size_t clstep__dialect_match(const clstep__dialect *dialect, const char *state, const char *array,
                             const char **name)
{
    const clstep__affixes dotted = {"", state};
    const clstep__affixes *affixes =
        dialect->affixes ? &dialect->affixes[clstep__slot_of(state)] : &dotted;
    const size_t prefix = strlen(affixes->prefix);
    const size_t suffix = strlen(affixes->suffix) + (dialect->affixes ? 0 : 1);
    const size_t length = strlen(array);
    if (length <= prefix + suffix || strncmp(array, affixes->prefix, prefix) != 0 ||
        strcmp(array + length - strlen(affixes->suffix), affixes->suffix) != 0 ||
        (!dialect->affixes && array[length - suffix] != '.'))
        return 0;
    *name = array + prefix;
    return length - prefix - suffix;
}

/* torch.optim.SGD does not count steps. */
bool clstep__dialect_counts_each(const clstep__dialect *dialect, const clstep_rule *rule)
{
    return dialect->step_each && strcmp(clstep_rule_name(rule), "sgd") != 0;
}
