/* Reads the rows of a file from the JSON of its metadata. */
#include "rows.h"

#include "checkpoint/rule_json.h"
#include "norms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The keys of a row that are no fields of a rule. */
static const char *const others[] = {"expect",      "how",          "reason",   "subnormals",
                                     "ulp_after_1", "ulp_after_20", "norm_ulp", NULL};

static bool is_field(const char *key)
{
    for (size_t i = 0; others[i]; i++) {
        if (strcmp(key, others[i]) == 0)
            return false;
    }
    return strcmp(key, "preset") != 0;
}

/* The shortest decimals that are the number. */
static void write_number(char *text, size_t size, double value)
{
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            return;
    }
}

static bool is_switch(const char *key)
{
    const clstep_field_info *field;
    for (size_t i = 0; (field = clstep_rule_field(i)); i++) {
        if (strcmp(field->name, key) == 0)
            return field->kind == CLSTEP_FIELD_SWITCH;
    }
    return false;
}

/* "momentum 0.9, centered"; a learning rate that is the preset's is not told. */
static void describe(const json_t *object, row *into)
{
    clstep_rule preset = CLSTEP_RULE_INIT;
    clstep_rule_preset(&preset, into->preset);
    size_t length = 0;
    const char *key;
    const json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        if (!is_field(key) || (strcmp(key, "lr") == 0 && into->rule.lr == preset.lr))
            continue;
        char text[64] = "";
        const bool flag = is_switch(key);
        if (json_is_string(value))
            snprintf(text, sizeof text, " %s", json_string_value(value));
        else if (flag && (json_is_true(value) || json_integer_value(value) == 1))
            text[0] = '\0';
        else if (flag)
            snprintf(text, sizeof text, " off");
        else {
            text[0] = ' ';
            write_number(text + 1, sizeof text - 1, json_number_value(value));
        }
        length += (size_t)snprintf(into->switches + length, TEXT_MAX - length, "%s%s%s",
                                   length ? ", " : "", key, text);
        if (length >= TEXT_MAX)
            length = TEXT_MAX - 1;
    }
    if (length == 0)
        snprintf(into->switches, TEXT_MAX, "as it is");
}

static void copy_text(const json_t *object, const char *key, char *into, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));
    snprintf(into, size, "%s", text ? text : "");
}

/* What is expected of the row; a difference needs its reason and its bounds. */
static bool read_expectation(const json_t *object, row *into)
{
    const char *expect = json_string_value(json_object_get(object, "expect"));
    if (!expect || (strcmp(expect, "equal") != 0 && strcmp(expect, "differs") != 0))
        return false;
    into->differs = strcmp(expect, "differs") == 0;
    const json_t *after_1 = json_object_get(object, "ulp_after_1");
    const json_t *after_20 = json_object_get(object, "ulp_after_20");
    const char *subnormals = json_string_value(json_object_get(object, "subnormals"));
    into->flushed = subnormals && strcmp(subnormals, "flushed") == 0;
    if (json_object_get(object, "subnormals") && !into->flushed)
        return false;
    const json_t *norm_ulp = json_object_get(object, "norm_ulp");
    into->by_norm = clips_by_norm(&into->rule);
    into->norm_ulp = json_integer_value(norm_ulp);
    if (json_is_integer(norm_ulp) != into->by_norm)
        return false;
    into->ulp_after_1 = json_integer_value(after_1);
    into->ulp_after_20 = json_integer_value(after_20);
    if (into->differs)
        return into->reason[0] && json_is_integer(after_1) && json_is_integer(after_20);
    return !into->reason[0] && !after_1 && !after_20;
}

static bool read_rule(const char *where, const json_t *object, clstep_rule *rule)
{
    char *text = json_dumps(object, JSON_REAL_PRECISION(17));
    const size_t length = text ? strlen(text) : 0;
    char *scratch = malloc(length + 1);
    clstep__json values[sizeof others / sizeof *others];
    clstep__json json = {.begin = text, .next = text, .end = text + length};
    clstep__json_members members = {.names = others, .values = values, .scratch = scratch};
    const bool good =
        text && scratch &&
        clstep__rule_from_json("tests/reference", where, &json, &members, rule) == CLSTEP_OK;
    if (!good)
        problem("%s", clstep_last_error()->message);
    free(scratch);
    free(text);
    return good;
}

static bool read_row(const data *from, const char *name, const json_t *object, row *into)
{
    char where[TEXT_MAX + 96];
    snprintf(where, sizeof where, "%s: row \"%.64s\"", from->path, name);
    snprintf(into->name, sizeof into->name, "%s", name);
    copy_text(object, "preset", into->preset, sizeof into->preset);
    copy_text(object, "how", into->how, sizeof into->how);
    copy_text(object, "reason", into->reason, sizeof into->reason);
    if (strlen(name) >= sizeof into->name) {
        problem("%s: the name is too long", where);
        return false;
    }
    if (!read_rule(where, object, &into->rule))
        return false;
    if (!read_expectation(object, into)) {
        problem(
            "%s: \"expect\" must be \"equal\", or \"differs\" with \"reason\", \"ulp_after_1\" "
            "and \"ulp_after_20\"; \"subnormals\" can be \"flushed\" only; \"norm_ulp\" must be "
            "there if the rule clips by a norm, and only then",
            where);
        return false;
    }
    describe(object, into);
    return true;
}

bool read_rows(data *from)
{
    const char *text = clstep_safetensors_metadata(from->file, "rows");
    json_error_t error;
    json_t *rows = json_loads(text ? text : "", JSON_REJECT_DUPLICATES, &error);
    bool good = json_is_object(rows) && json_object_size(rows) > 0;
    if (!good)
        problem("%s: its \"rows\" are no JSON object with rows: %s", from->path,
                rows ? "it is empty" : error.text);
    if (good && json_object_size(rows) > ROWS_MAX) {
        problem("%s: more than %d rows", from->path, ROWS_MAX);
        good = false;
    }
    const char *name;
    const json_t *object;
    json_object_foreach(rows, name, object)
    {
        if (!good)
            break;
        good = read_row(from, name, object, &from->rows[from->row_count]);
        from->row_count += good;
    }
    json_decref(rows);
    return good;
}
