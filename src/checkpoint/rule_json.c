#include "checkpoint/rule_json.h"

#include "safetensors/error.h"

#include <stdbool.h>
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

/* Version 0.1 wrote this as the variance of rules that have none. */
static bool is_none(const json_t *value)
{
    return json_is_string(value) && strcmp(json_string_value(value), "none") == 0;
}

/* The index of a JSON string among `names`, -1 if it is none of them. */
static int32_t index_of(const json_t *value, const char *const *names)
{
    for (int32_t i = 0; json_is_string(value) && names[i]; i++) {
        if (strcmp(json_string_value(value), names[i]) == 0)
            return i;
    }
    return -1;
}

/* 0, or 1 if `value` is not of the field's kind. */
static int field_from_json(const json_t *value, clstep_rule *rule, const field *of)
{
    if (of->kind == NUMBER) {
        *number_of(rule, of) = json_number_value(value);
        return !json_is_number(value);
    }
    int32_t integer = -1;
    if (of->kind == DECAY)
        integer = index_of(value, decays);
    else if (of->kind == VARIANCE)
        integer = is_none(value) ? 0 : index_of(value, variances);
    else if (json_is_boolean(value))
        integer = json_boolean_value(value);
    else if (json_is_integer(value) && json_integer_value(value) / 2 == 0)
        integer = (int32_t)json_integer_value(value);
    *integer_of(rule, of) = integer;
    return integer < 0;
}

static int is_among(const char *key, const char *const *names)
{
    for (size_t i = 0; names && names[i]; i++) {
        if (strcmp(key, names[i]) == 0)
            return 1;
    }
    return 0;
}

static const field *find_field(const char *key)
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (strcmp(key, fields[i].name) == 0)
            return &fields[i];
    }
    return NULL;
}

static clstep_status set_fields(const char *call, const char *where, const json_t *object,
                                const char *const *others, clstep_rule *rule)
{
    const char *key;
    const json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        if (strcmp(key, "preset") == 0 || is_among(key, others))
            continue;
        const field *of = find_field(key);
        if (!of)
            return clstep__store_fail(
                CLSTEP_INVALID_FILE, call,
                "%s: \"%.40s\" is no field of a rule that this version knows; "
                "use the version that wrote the file, or a newer one",
                where, key);
        if (field_from_json(value, rule, of))
            return clstep__store_fail(CLSTEP_INVALID_FILE, call,
                                      "%s: the value of \"%s\" is of the wrong kind", where, key);
    }
    return CLSTEP_OK;
}

clstep_status clstep__rule_from_json(const char *call, const char *where, const json_t *object,
                                     const char *const *others, clstep_rule *rule)
{
    const char *preset = json_string_value(json_object_get(object, "preset"));
    if (!preset)
        return clstep__store_fail(CLSTEP_INVALID_FILE, call,
                                  "%s: \"preset\" is missing or no text; it names the rule", where);
    *rule = (clstep_rule)CLSTEP_RULE_INIT;
    clstep_status status = clstep_rule_preset(rule, preset);
    if (status == CLSTEP_OK) {
        status = set_fields(call, where, object, others, rule);
        if (status != CLSTEP_OK)
            return status;
        status = clstep_rule_validate(rule);
    }
    if (status == CLSTEP_OK)
        return CLSTEP_OK;
    return clstep__store_fail(CLSTEP_INVALID_FILE, call, "%s: %s", where,
                              clstep_last_error()->message);
}
