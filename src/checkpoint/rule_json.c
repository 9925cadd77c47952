/* A rule in the metadata of a checkpoint: jansson writes it, our own reader reads it. */
#include "checkpoint/rule_json.h"

#include "safetensors/error.h"

#include <string.h>

/* ---- the fields of a rule, by name */

typedef enum { NUMBER, FLAG, DECAY, VARIANCE } field_kind;

typedef struct {
    const char *name;
    field_kind kind;
    size_t offset;
} field;

#define FIELD(name, kind)                                                                          \
    {                                                                                              \
#name, kind, offsetof(clstep_rule, name)                                                   \
    }
static const field fields[] = {
    FIELD(lr, NUMBER),
    FIELD(rho, NUMBER),
    FIELD(eps, NUMBER),
    FIELD(momentum, NUMBER),
    FIELD(dampening, NUMBER),
    FIELD(beta1, NUMBER),
    FIELD(beta2, NUMBER),
    FIELD(weight_decay, NUMBER),
    FIELD(lr_decay, NUMBER),
    FIELD(initial_square_avg, NUMBER),
    FIELD(decay, DECAY),
    FIELD(variance, VARIANCE),
    FIELD(centered, FLAG),
    FIELD(eps_inside_sqrt, FLAG),
    FIELD(lr_in_momentum, FLAG),
    FIELD(nesterov, FLAG),
    FIELD(bias_correction, FLAG),
    FIELD(maximize, FLAG),
};
enum { FIELD_COUNT = sizeof fields / sizeof *fields };

static const char *const decays[] = {"L2", "decoupled", "decoupled_without_lr", NULL};
static const char *const variances[] = {"difference", "recursion", NULL};

static double *number_of(clstep_rule *rule, const field *of)
{
    return (double *)((char *)rule + of->offset);
}

static int32_t *integer_of(clstep_rule *rule, const field *of)
{
    return (int32_t *)((char *)rule + of->offset);
}

/* ---- writing */

/* The number of fields in which two rules differ. */
static int distance(clstep_rule *a, clstep_rule *b)
{
    int different = 0;
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (fields[i].kind == NUMBER)
            different += *number_of(a, &fields[i]) != *number_of(b, &fields[i]);
        else
            different += *integer_of(a, &fields[i]) != *integer_of(b, &fields[i]);
    }
    return different;
}

const char *clstep__nearest_preset(const clstep_rule *rule)
{
    clstep_rule copy = *rule;
    const char *nearest = NULL;
    int least = FIELD_COUNT + 1;
    const clstep_preset_info *info;
    for (size_t i = 0; (info = clstep_preset(i)); i++) {
        clstep_rule preset = CLSTEP_RULE_INIT;
        if (clstep_rule_preset(&preset, info->name) != CLSTEP_OK ||
            preset.algorithm != rule->algorithm || preset.rounding != rule->rounding)
            continue;
        const int different = distance(&copy, &preset);
        if (different < least) {
            least = different;
            nearest = info->name;
        }
    }
    return nearest;
}

static json_t *field_to_json(clstep_rule *rule, const field *of)
{
    switch (of->kind) {
    case NUMBER:
        return json_real(*number_of(rule, of));
    case FLAG:
        return json_boolean(*integer_of(rule, of));
    case DECAY:
        return json_string(decays[*integer_of(rule, of)]);
    case VARIANCE:
        return json_string(variances[*integer_of(rule, of)]);
    }
    return NULL;
}

json_t *clstep__rule_to_json(const clstep_rule *rule)
{
    clstep_rule copy = *rule;
    json_t *object = json_object();
    int failed =
        !object || json_object_set_new(object, "preset", json_string(clstep__nearest_preset(rule)));
    for (size_t i = 0; !failed && i < FIELD_COUNT; i++)
        failed = json_object_set_new(object, fields[i].name, field_to_json(&copy, &fields[i]));
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

/* ---- reading */

enum { TEXT_MOST = 64, KEYS_MOST = FIELD_COUNT + 16 };

/* A text that is short. */
static bool take_text(clstep__json *json, char *scratch, char text[TEXT_MOST])
{
    size_t length = 0;
    if (!clstep__json_text(json, scratch, &length) || length >= TEXT_MOST)
        return false;
    memcpy(text, scratch, length + 1);
    return true;
}

static bool take_word_of(clstep__json *json, char *scratch, const char *const *names,
                         int32_t *value)
{
    char text[TEXT_MOST];
    if (!take_text(json, scratch, text))
        return false;
    /* Version 0.1 wrote "none" as the variance of rules that have none. */
    if (names == variances && strcmp(text, "none") == 0)
        text[0] = '\0';
    for (*value = 0; text[0] && names[*value]; ++*value) {
        if (strcmp(text, names[*value]) == 0)
            return true;
    }
    *value = 0;
    return names == variances && !text[0];
}

static bool take_flag(clstep__json *json, int32_t *value)
{
    uint64_t number = 0;
    if (clstep__json_word(json, "true"))
        number = 1;
    else if (!clstep__json_word(json, "false") && !clstep__json_number(json, &number))
        return false;
    *value = (int32_t)number;
    return number <= 1;
}

static bool take_field(clstep__json *json, char *scratch, clstep_rule *rule, const field *of)
{
    switch (of->kind) {
    case NUMBER:
        return clstep__json_real(json, number_of(rule, of));
    case FLAG:
        return take_flag(json, integer_of(rule, of));
    case DECAY:
        return take_word_of(json, scratch, decays, integer_of(rule, of));
    case VARIANCE:
        return take_word_of(json, scratch, variances, integer_of(rule, of));
    }
    return false;
}

/* Whether a value ends where the reading is, as "0.5x" or "1.5" after the 1 does not. */
static bool value_ends(clstep__json *json)
{
    return clstep__json_peek(json, ',') || clstep__json_peek(json, '}');
}

static clstep_status set_fields(const char *call, const char *where, clstep__json values[],
                                char *scratch, clstep_rule *rule)
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (values[i].next &&
            !(take_field(&values[i], scratch, rule, &fields[i]) && value_ends(&values[i])))
            return clstep__store_fail(CLSTEP_INVALID_FILE, call,
                                      "%s: the value of \"%s\" is of the wrong kind", where,
                                      fields[i].name);
    }
    return CLSTEP_OK;
}

/* Notes the places of all values: the fields', that of "preset", then those of the others. */
static clstep_status find_values(const char *call, const char *where, clstep__json *json,
                                 const clstep__json_members *others, clstep__json values[KEYS_MOST])
{
    const char *names[KEYS_MOST + 1] = {NULL};
    size_t count = 0;
    for (; count < FIELD_COUNT; count++)
        names[count] = fields[count].name;
    names[count++] = "preset";
    for (size_t i = 0; others->names[i] && count < KEYS_MOST; i++)
        names[count++] = others->names[i];
    clstep__json_members all = {.names = names, .values = values, .scratch = others->scratch};
    if (clstep__json_find(json, &all))
        return CLSTEP_OK;
    if (all.odd && all.twice)
        return clstep__store_fail(CLSTEP_INVALID_FILE, call, "%s: \"%.40s\" is there twice", where,
                                  all.odd);
    if (all.odd)
        return clstep__store_fail(CLSTEP_INVALID_FILE, call,
                                  "%s: \"%.40s\" is no field of a rule that this version knows; "
                                  "use the version that wrote the file, or a newer one",
                                  where, all.odd);
    return clstep__store_fail(CLSTEP_INVALID_FILE, call, "%s is no JSON object", where);
}

clstep_status clstep__rule_from_json(const char *call, const char *where, clstep__json *json,
                                     clstep__json_members *members, clstep_rule *rule)
{
    clstep__json values[KEYS_MOST] = {{0}};
    char preset[TEXT_MOST];
    clstep_status status = find_values(call, where, json, members, values);
    if (status != CLSTEP_OK)
        return status;
    for (size_t i = 0; members->names[i]; i++)
        members->values[i] = values[FIELD_COUNT + 1 + i];
    if (!values[FIELD_COUNT].next || !take_text(&values[FIELD_COUNT], members->scratch, preset))
        return clstep__store_fail(CLSTEP_INVALID_FILE, call,
                                  "%s: \"preset\" is missing or no text; it names the rule", where);
    *rule = (clstep_rule)CLSTEP_RULE_INIT;
    status = clstep_rule_preset(rule, preset);
    if (status == CLSTEP_OK) {
        status = set_fields(call, where, values, members->scratch, rule);
        if (status != CLSTEP_OK)
            return status;
        status = clstep_rule_validate(rule);
    }
    if (status == CLSTEP_OK)
        return CLSTEP_OK;
    return clstep__store_fail(CLSTEP_INVALID_FILE, call, "%s: %s", where,
                              clstep_last_error()->message);
}
