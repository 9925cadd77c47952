/* Writes a rule as JSON, by jansson, and reads it, by our own reader. */
#include "checkpoint/rule_json.h"

#include "safetensors/error.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

/* ---- the fields of a rule: numbers are double, others int32_t */

static double get_number(const clstep_rule *rule, const clstep_field_info *field)
{
    double number;
    memcpy(&number, (const char *)rule + field->offset, sizeof number);
    return number;
}

static int32_t get_integer(const clstep_rule *rule, const clstep_field_info *field)
{
    int32_t integer;
    memcpy(&integer, (const char *)rule + field->offset, sizeof integer);
    return integer;
}

static bool is_number(const clstep_field_info *field)
{
    return field->kind == CLSTEP_FIELD_NUMBER;
}

/* ---- writing */

/* The number of fields in which two rules differ. */
static int distance(const clstep_rule *a, const clstep_rule *b)
{
    int different = 0;
    const clstep_field_info *field;
    for (size_t i = 0; (field = clstep_rule_field(i)); i++)
        different += is_number(field) ? get_number(a, field) != get_number(b, field)
                                      : get_integer(a, field) != get_integer(b, field);
    return different;
}

const char *clstep__nearest_preset(const clstep_rule *rule)
{
    const char *nearest = NULL;
    int least = INT_MAX;
    const clstep_preset_info *info;
    for (size_t i = 0; (info = clstep_preset(i)); i++) {
        clstep_rule preset = CLSTEP_RULE_INIT;
        if (clstep_rule_preset(&preset, info->name) != CLSTEP_OK ||
            preset.algorithm != rule->algorithm || preset.rounding != rule->rounding)
            continue;
        const int different = distance(rule, &preset);
        if (different < least) {
            least = different;
            nearest = info->name;
        }
    }
    return nearest;
}

static json_t *field_to_json(const clstep_rule *rule, const clstep_field_info *field)
{
    switch (field->kind) {
    case CLSTEP_FIELD_NUMBER:
        return json_real(get_number(rule, field));
    case CLSTEP_FIELD_SWITCH:
        return json_boolean(get_integer(rule, field));
    case CLSTEP_FIELD_CHOICE:
        return json_string(field->words[get_integer(rule, field)]);
    }
    return NULL;
}

json_t *clstep__rule_to_json(const clstep_rule *rule)
{
    json_t *object = json_object();
    int failed =
        !object || json_object_set_new(object, "preset", json_string(clstep__nearest_preset(rule)));
    const clstep_field_info *field;
    for (size_t i = 0; !failed && (field = clstep_rule_field(i)); i++) {
        if (clstep_rule_has(rule, field->name))
            failed = json_object_set_new(object, field->name, field_to_json(rule, field));
    }
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

/* ---- reading */

enum { TEXT_MOST = 64, FIELDS_MOST = 48, KEYS_MOST = FIELDS_MOST + 16 };

/* Reads a short text. */
static bool take_text(clstep__json *json, char *scratch, char text[TEXT_MOST])
{
    size_t length = 0;
    if (!clstep__json_text(json, scratch, &length) || length >= TEXT_MOST)
        return false;
    memcpy(text, scratch, length + 1);
    return true;
}

static bool take_word_of(clstep__json *json, char *scratch, const clstep_field_info *field,
                         int32_t *value)
{
    char text[TEXT_MOST];
    if (!take_text(json, scratch, text))
        return false;
    for (*value = 0; field->words[*value]; ++*value) {
        if (strcmp(text, field->words[*value]) == 0)
            return true;
    }
    *value = 0;
    /* Version 0.1 wrote "none" for rules without a variance. */
    return strcmp(field->name, "variance") == 0 && strcmp(text, "none") == 0;
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

static bool take_field(clstep__json *json, char *scratch, clstep_rule *rule,
                       const clstep_field_info *field)
{
    char *at = (char *)rule + field->offset;
    double number;
    int32_t integer = 0;
    if (is_number(field)) {
        const bool taken = clstep__json_real(json, &number);
        if (taken)
            memcpy(at, &number, sizeof number);
        return taken;
    }
    const bool taken = field->kind == CLSTEP_FIELD_SWITCH
                           ? take_flag(json, &integer)
                           : take_word_of(json, scratch, field, &integer);
    memcpy(at, &integer, sizeof integer);
    return taken;
}

/* Whether a value ends here: in "0.5x", or in "1.5" read as a whole number, it does not. */
static bool value_ends(clstep__json *json)
{
    return clstep__json_peek(json, ',') || clstep__json_peek(json, '}');
}

static clstep_status set_fields(const char *call, const char *where, clstep__json values[],
                                char *scratch, clstep_rule *rule)
{
    const clstep_field_info *field;
    for (size_t i = 0; (field = clstep_rule_field(i)); i++) {
        if (values[i].next &&
            !(take_field(&values[i], scratch, rule, field) && value_ends(&values[i])))
            return clstep__store_fail(CLSTEP_INVALID_FILE, call,
                                      "%s: the value of \"%s\" is of the wrong kind", where,
                                      field->name);
    }
    return CLSTEP_OK;
}

/* The number of fields, at most FIELDS_MOST, which is far more than there are. */
static size_t field_count(void)
{
    size_t count = 0;
    while (count < FIELDS_MOST && clstep_rule_field(count))
        count++;
    return count;
}

/* Notes where all values are: of the fields, of "preset", then of the other keys. */
static clstep_status find_values(const char *call, const char *where, clstep__json *json,
                                 const clstep__json_members *others, clstep__json values[KEYS_MOST])
{
    const char *names[KEYS_MOST + 1] = {NULL};
    size_t count = 0;
    for (; count < field_count(); count++)
        names[count] = clstep_rule_field(count)->name;
    names[count++] = "preset";
    for (size_t i = 0; others->names[i] && count < KEYS_MOST; i++)
        names[count++] = others->names[i];
    clstep__json_members all = {.names = names, .values = values, .scratch = others->scratch};
    if (clstep__json_find(json, &all))
        return CLSTEP_OK;
    if (all.bad_key && all.twice)
        return clstep__store_fail(CLSTEP_INVALID_FILE, call, "%s: \"%.40s\" is there twice", where,
                                  all.bad_key);
    if (all.bad_key)
        return clstep__store_fail(CLSTEP_INVALID_FILE, call,
                                  "%s: \"%.40s\" is no field of a rule that this version knows; "
                                  "use the version that wrote the file, or a newer one",
                                  where, all.bad_key);
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
        members->values[i] = values[field_count() + 1 + i];
    if (!values[field_count()].next || !take_text(&values[field_count()], members->scratch, preset))
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
