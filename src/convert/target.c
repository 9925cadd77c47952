/* Declares and writes the target file. translate.c computes the numbers. */
#include "convert/target.h"

#include "base/memory.h"
#include "checkpoint/declare.h"
#include "safetensors/error.h"

#include <inttypes.h>
#include <string.h>

/* torch.optim.SGD has no buffer before its first step: it makes one from the first gradient. */
const char *clstep__target_state(const clstep__target *target, const clstep_rule *rule,
                                 size_t index)
{
    if (strcmp(clstep_rule_name(rule), "sgd") == 0 && target->steps == 0 &&
        !clstep__dialect_is_own(target->dialect))
        return NULL;
    const char *state = clstep_rule_state_name(rule, index);
    if (state || target->dialect->spare_momentum != CLSTEP__SPARE_ALWAYS ||
        clstep__state_in(rule, CLSTEP__MOMENTUM) ||
        (index > 0 && !clstep_rule_state_name(rule, index - 1)))
        return state;
    return "momentum_buffer";
}

/* ---- declaring */

static clstep_status declare_step(const clstep__target *target, const char *name,
                                  clstep__text *text)
{
    text->length = 0;
    clstep__text_format(text, "%s.step", name);
    if (text->failed)
        return clstep__store_no_memory(target->call);
    return clstep_writer_add(target->writer, text->bytes, target->dialect->step_dtype, 0, NULL);
}

static clstep_status declare_tensor(const clstep__target *target, const clstep_rule *rule,
                                    const clstep__source_tensor *tensor, clstep__text *text)
{
    clstep_status status = CLSTEP_OK;
    if (tensor->param != CLSTEP__ABSENT)
        status =
            clstep_writer_add(target->writer, tensor->name, "F32", tensor->rank, tensor->shape);
    const char *state;
    for (size_t k = 0; status == CLSTEP_OK && (state = clstep__target_state(target, rule, k));
         k++) {
        if (!tensor->has_shape)
            return clstep__store_fail(CLSTEP_UNSUPPORTED, target->call,
                                      "the file has no array of \"%.80s\", so its shape is "
                                      "unknown; translate after the first step",
                                      tensor->name);
        status =
            clstep__dialect_array(target->call, target->dialect, rule, tensor->name, state, text);
        if (status == CLSTEP_OK)
            status =
                clstep_writer_add(target->writer, text->bytes, "F32", tensor->rank, tensor->shape);
    }
    if (status == CLSTEP_OK && clstep__dialect_counts_each(target->dialect, rule))
        status = declare_step(target, tensor->name, text);
    return status;
}

static clstep_status declare_tensors(const clstep__target *target, const clstep__source *source)
{
    clstep__text text = {0};
    clstep_status status = CLSTEP_OK;
    const clstep__source_tensor *tensor = source->tensors;
    for (size_t g = 0; g < source->group_count; g++) {
        const size_t count = clstep__source_count(source, g);
        for (size_t i = 0; status == CLSTEP_OK && i < count; i++)
            status = declare_tensor(target, &target->rules[g], tensor++, &text);
    }
    clstep__text_free(&text);
    return status;
}

static clstep_status declare_numbers(const clstep__target *target, const clstep__source *source)
{
    const clstep__dialect *dialect = target->dialect;
    clstep_status status = CLSTEP_OK;
    if (dialect->step)
        status = clstep_writer_add(target->writer, dialect->step, dialect->step_dtype, 0, NULL);
    if (status != CLSTEP_OK || !dialect->lr)
        return status;
    for (size_t g = 1; g < source->group_count; g++) {
        if (target->rules[g].lr != target->rules[0].lr)
            return clstep__store_fail(CLSTEP_UNSUPPORTED, target->call,
                                      "groups have different lr (%g and %g), but the dialect %s "
                                      "has one for all",
                                      target->rules[0].lr, target->rules[g].lr, dialect->info.name);
    }
    return clstep_writer_add(target->writer, dialect->lr, "F32", 0, NULL);
}

static clstep_status declare_metadata(const clstep__target *target, const clstep__source *source)
{
    clstep_tensor_name *names = clstep__allocate(source->tensor_count, sizeof *names);
    clstep_checkpoint_group *groups = clstep__allocate(source->group_count, sizeof *groups);
    clstep_status status = names && groups ? CLSTEP_OK : clstep__store_no_memory(target->call);
    if (status == CLSTEP_OK) {
        for (size_t i = 0; i < source->tensor_count; i++)
            names[i].name = source->tensors[i].name;
        const clstep_tensor_name *next = names;
        for (size_t g = 0; g < source->group_count; g++) {
            groups[g] = (clstep_checkpoint_group){.size = sizeof groups[g],
                                                  .rule = &target->rules[g],
                                                  .tensors = next,
                                                  .tensor_count = clstep__source_count(source, g)};
            next += groups[g].tensor_count;
        }
        status = clstep__checkpoint_set_metadata(target->writer, target->steps, 0,
                                                 source->group_count, groups);
    }
    clstep__free(names);
    clstep__free(groups);
    return status;
}

/* ---- the count of steps */

/* The count of steps as a number of the target; it saturates, as in optax. */
static size_t encode_steps(const clstep__target *target, unsigned char bytes[8], uint64_t *held)
{
    const char *dtype = target->dialect->step_dtype;
    const int64_t steps = (int64_t)target->steps;
    if (strcmp(dtype, "F32") == 0) {
        const float value = (float)steps;
        *held = (uint64_t)value;
        memcpy(bytes, &value, sizeof value);
        return sizeof value;
    }
    if (strcmp(dtype, "I32") == 0) {
        const int32_t value = steps > INT32_MAX ? INT32_MAX : (int32_t)steps;
        *held = (uint64_t)value;
        memcpy(bytes, &value, sizeof value);
        return sizeof value;
    }
    *held = target->steps;
    memcpy(bytes, &steps, sizeof steps);
    return sizeof steps;
}

static void explain_steps(const clstep__target *target, clstep__report *report)
{
    unsigned char bytes[8];
    uint64_t held;
    if (!target->dialect->step_dtype)
        return;
    encode_steps(target, bytes, &held);
    if (held != target->steps)
        clstep__report_say(report,
                           "%" PRIu64 " steps were taken, but the target's %s holds %" PRIu64,
                           target->steps, target->dialect->step_dtype, held);
}

clstep_status clstep__target_declare(const clstep__target *target, const clstep__source *source,
                                     clstep__report *report)
{
    explain_steps(target, report);
    clstep_status status = declare_tensors(target, source);
    if (status == CLSTEP_OK)
        status = declare_numbers(target, source);
    return status == CLSTEP_OK ? declare_metadata(target, source) : status;
}

clstep_status clstep__target_write_step(const clstep__target *target, size_t index)
{
    unsigned char bytes[8];
    uint64_t held;
    const size_t size = encode_steps(target, bytes, &held);
    return clstep_writer_write(target->writer, index, 0, size, bytes);
}

clstep_status clstep__target_write_numbers(const clstep__target *target, size_t index)
{
    clstep_status status = CLSTEP_OK;
    if (target->dialect->step)
        status = clstep__target_write_step(target, index++);
    if (status != CLSTEP_OK || !target->dialect->lr)
        return status;
    const float lr = (float)target->rules[0].lr;
    return clstep_writer_write(target->writer, index, 0, sizeof lr, &lr);
}
