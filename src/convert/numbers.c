/* The single numbers in a file: counts of steps, and lr. */
#include "convert/numbers.h"

#include "base/text.h"
#include "safetensors/error.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- a number */

static bool decode(const char *dtype, const unsigned char *bytes, double *value)
{
    float f;
    int32_t i;
    int64_t l;
    if (strcmp(dtype, "F32") == 0) {
        memcpy(&f, bytes, sizeof f);
        *value = (double)f;
    } else if (strcmp(dtype, "F64") == 0) {
        memcpy(value, bytes, sizeof *value);
    } else if (strcmp(dtype, "I32") == 0) {
        memcpy(&i, bytes, sizeof i);
        *value = i;
    } else if (strcmp(dtype, "I64") == 0) {
        memcpy(&l, bytes, sizeof l);
        *value = (double)l;
    } else {
        return false;
    }
    return true;
}

static clstep_status read_number(const clstep__source *source, size_t index, double *value)
{
    clstep_safetensors_tensor array = CLSTEP_SAFETENSORS_TENSOR_INIT;
    unsigned char bytes[8];
    clstep_status status = clstep_safetensors_tensor_at(source->file, index, &array);
    if (status != CLSTEP_OK)
        return status;
    if (array.count == 1 && array.bytes <= sizeof bytes) {
        status = clstep_safetensors_read(source->file, index, 0, array.bytes, bytes);
        if (status != CLSTEP_OK || decode(array.dtype, bytes, value))
            return status;
    }
    return clstep__store_fail(CLSTEP_INVALID_FILE, source->call,
                              "\"%.80s\" must be one number, F32, F64, I32 or I64; it is %s with "
                              "%" PRIu64 " element%s",
                              array.name, array.dtype, array.count, clstep__plural(array.count));
}

/* Reads a number, if it is there. */
static clstep_status take_number(const clstep__source *source, const char *name, bool *used,
                                 bool *found, double *value)
{
    const size_t index = clstep_safetensors_find(source->file, name);
    *found = index != SIZE_MAX;
    if (!*found)
        return CLSTEP_OK;
    used[index] = true;
    return read_number(source, index, value);
}

/* ---- the count of steps */

typedef struct {
    bool found;
    uint64_t most;
    const char *of; /* a tensor that has taken that many steps */
} step_count;

/* Keeps the largest of several counts. */
static clstep_status take_count(const clstep__source *source, const char *name, const char *tensor,
                                bool *used, step_count *count, clstep__report *report)
{
    double value = 0;
    bool found;
    clstep_status status = take_number(source, name, used, &found, &value);
    if (status != CLSTEP_OK || !found)
        return status;
    if (!(value >= 0 && value <= 9007199254740992.0 && value == floor(value)))
        return clstep__store_fail(CLSTEP_INVALID_FILE, source->call,
                                  "\"%.80s\" is %g; a number of steps must be whole and at least 0",
                                  name, value);
    const uint64_t steps = (uint64_t)value;
    if (count->found && steps != count->most)
        clstep__report_say(report,
                           "tensors have taken different numbers of steps (\"%.80s\" %" PRIu64
                           ", \"%.80s\" %" PRIu64 "): the largest is used for all",
                           count->of, count->most, tensor, steps);
    if (!count->found || steps > count->most)
        *count = (step_count){true, steps, tensor};
    return CLSTEP_OK;
}

static clstep_status count_each(const clstep__source *source, bool *used, step_count *count,
                                clstep__report *report)
{
    clstep__text text = {0};
    clstep_status status = CLSTEP_OK;
    for (size_t i = 0; status == CLSTEP_OK && i < source->tensor_count; i++) {
        const clstep__source_tensor *tensor = &source->tensors[i];
        if (!clstep__dialect_counts_each(source->dialect, tensor->rule))
            continue;
        text.length = 0;
        clstep__text_format(&text, "%s.step", tensor->name);
        status = text.failed ? clstep__store_no_memory(source->call)
                             : take_count(source, text.bytes, tensor->name, used, count, report);
    }
    clstep__text_free(&text);
    return status;
}

static clstep_status settle_count(clstep__source *source, const step_count *count,
                                  const clstep_convert_options *options)
{
    if (source->described) {
        if (!count->found || count->most == source->steps)
            return CLSTEP_OK;
        return clstep__store_fail(CLSTEP_INVALID_FILE, source->call,
                                  "the metadata say %" PRIu64 " step%s, but the arrays say %" PRIu64
                                  "; one of them was changed",
                                  source->steps, clstep__plural(source->steps), count->most);
    }
    if (options->has_steps && count->found && options->steps != count->most)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, source->call,
                                  "options->steps is %" PRIu64 ", but the file says %" PRIu64
                                  "; leave it out",
                                  options->steps, count->most);
    if (!options->has_steps && !count->found)
        return clstep__store_fail(
            CLSTEP_INVALID_ARGUMENT, source->call,
            "the file does not say how many steps were taken; give options->steps");
    source->steps = count->found ? count->most : options->steps;
    return CLSTEP_OK;
}

/* ---- lr */

static clstep_status settle_lr(clstep__source *source, bool given, double lr)
{
    if (!source->described && !given) {
        source->rule.lr = lr;
        return clstep_rule_validate(&source->rule);
    }
    for (size_t g = 0; g < source->group_count; g++) {
        const double expected = clstep__source_rule(source, g)->lr;
        if ((float)expected == (float)lr)
            continue;
        if (source->described)
            return clstep__store_fail(CLSTEP_INVALID_FILE, source->call,
                                      "\"%s\" is %.9g, but the metadata say an lr of %.9g; one of "
                                      "them was changed",
                                      source->dialect->lr, lr, expected);
        return clstep__store_fail(
            CLSTEP_INVALID_ARGUMENT, source->call,
            "\"%s\" is %.9g, but the rule's lr is %.9g; give the rule an lr of %.9g",
            source->dialect->lr, lr, expected, lr);
    }
    return CLSTEP_OK;
}

clstep_status clstep__source_read_numbers(clstep__source *source, bool *used,
                                          clstep__report *report)
{
    const clstep__dialect *dialect = source->dialect;
    clstep_status status = CLSTEP_OK;
    bool found = false;
    double lr = 0;
    if (dialect->lr)
        status = take_number(source, dialect->lr, used, &found, &lr);
    if (status == CLSTEP_OK && found)
        status = settle_lr(source, report->options->rule != NULL, lr);
    step_count count = {0};
    if (status == CLSTEP_OK && dialect->step)
        status = take_count(source, dialect->step, "", used, &count, report);
    if (status == CLSTEP_OK && dialect->step_each)
        status = count_each(source, used, &count, report);
    return status == CLSTEP_OK ? settle_count(source, &count, report->options) : status;
}
