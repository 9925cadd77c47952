#include "store/arrays.h"
#include "store/checkpoint.h"
#include "store/error.h"
#include "store/rule_json.h"

#include <stdlib.h>

static const char *const declaring = "clstep_checkpoint_declare";

/* ---- arrays */

static clstep_status declare_array(clstep_writer *writer, const clstep_tensor_name *tensor,
                                   const char *state, clstep__text *text)
{
    clstep_status status = clstep__array_name(declaring, tensor->name, state, text);
    if (status != CLSTEP_OK)
        return status;
    return clstep_writer_add(writer, text->bytes, "F32", tensor->rank, tensor->shape);
}

static clstep_status declare_group(clstep_writer *writer, const clstep_checkpoint_group *group,
                                   clstep__text *text)
{
    clstep_status status = CLSTEP_OK;
    for (size_t i = 0; status == CLSTEP_OK && i < group->tensor_count; i++) {
        const clstep_tensor_name *tensor = &group->tensors[i];
        if (group->with_params)
            status = declare_array(writer, tensor, NULL, text);
        const char *state;
        for (size_t k = 0; status == CLSTEP_OK && (state = clstep_rule_state_name(group->rule, k));
             k++)
            status = declare_array(writer, tensor, state, text);
    }
    return status;
}

/* ---- metadata */

static json_t *group_to_json(const clstep_checkpoint_group *group)
{
    json_t *object = clstep__rule_to_json(group->rule);
    json_t *tensors = json_array();
    int failed = json_object_set_new(object, "tensors", tensors);
    for (size_t i = 0; !failed && i < group->tensor_count; i++)
        failed = json_array_append_new(tensors, json_string(group->tensors[i].name));
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *to_json(uint64_t steps, size_t group_count, const clstep_checkpoint_group *groups)
{
    json_t *array = json_array();
    int failed = !array;
    for (size_t g = 0; !failed && g < group_count; g++)
        failed = json_array_append_new(array, group_to_json(&groups[g]));
    if (failed) {
        json_decref(array);
        return NULL;
    }
    return json_pack("{s:i, s:I, s:o}", "format", CLSTEP__CHECKPOINT_FORMAT, "step",
                     (json_int_t)steps, "groups", array);
}

clstep_status clstep__checkpoint_set_metadata(clstep_writer *writer, uint64_t steps,
                                              size_t group_count,
                                              const clstep_checkpoint_group *groups)
{
    json_t *root = to_json(steps, group_count, groups);
    char *text = root ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(root);
    if (!text)
        return clstep__store_no_memory(declaring);
    clstep_status status = clstep_writer_set_metadata(writer, "clstep", text);
    free(text); /* jansson's */
    return status;
}

/* ---- the whole */

static clstep_status check_group(const clstep_checkpoint_group *group, size_t index)
{
    clstep_status status = clstep_rule_validate(group->rule);
    if (status != CLSTEP_OK)
        return status;
    if (group->tensor_count > 0 && !group->tensors)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, declaring, "groups[%zu].tensors is NULL",
                                  index);
    for (size_t i = 0; i < group->tensor_count; i++) {
        const clstep_tensor_name *tensor = &group->tensors[i];
        if (!tensor->name || !tensor->name[0] || (tensor->rank > 0 && !tensor->shape))
            return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, declaring,
                                      "groups[%zu].tensors[%zu] has no name or no shape", index, i);
    }
    return CLSTEP_OK;
}

clstep_status clstep_checkpoint_declare(clstep_writer *writer, uint64_t steps, size_t group_count,
                                        const clstep_checkpoint_group *groups)
{
    if (!writer || (group_count > 0 && !groups))
        return clstep__store_null(declaring, writer ? "groups" : "writer");
    if (steps >= (uint64_t)1 << 63)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, declaring, "steps is 2^63 or more");
    for (size_t g = 0; g < group_count; g++) {
        clstep_status status = check_group(&groups[g], g);
        if (status != CLSTEP_OK)
            return status;
    }
    clstep__text text = {0};
    clstep_status status = CLSTEP_OK;
    for (size_t g = 0; status == CLSTEP_OK && g < group_count; g++)
        status = declare_group(writer, &groups[g], &text);
    clstep__text_free(&text);
    if (status == CLSTEP_OK)
        status = clstep__checkpoint_set_metadata(writer, steps, group_count, groups);
    return status;
}
