/* clstep_checkpoint_declare(): declares the arrays and the metadata of a checkpoint in a writer. */
#include "checkpoint/declare.h"

#include "base/memory.h"
#include "base/sized.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/rule_json.h"
#include "checkpoint/storage_json.h"
#include "safetensors/array_dtype.h"
#include "safetensors/arrays.h"
#include "safetensors/error.h"
#include "safetensors/text.h"
#include "safetensors/writer_declare.h"

#include <string.h>

static const char *const declaring = "clstep_checkpoint_declare";

/* ---- arrays */

static clstep_status declare_array(clstep_writer *writer, const clstep_tensor_name *tensor,
                                   const clstep_array_form *form, clstep__text *text)
{
    clstep_status status = clstep__array_name(declaring, tensor->name, form->name, text);
    if (status != CLSTEP_OK)
        return status;
    const char *dtype = clstep__dtype_name(form->dtype);
    if (form->per == 1)
        return clstep_writer_add(writer, text->bytes, dtype, tensor->rank, tensor->shape);
    uint64_t count = 1;
    for (size_t d = 0; d < tensor->rank; d++)
        count *= tensor->shape[d];
    count = count / form->per + (count % form->per != 0);
    return clstep_writer_add(writer, text->bytes, dtype, 1, &count);
}

static clstep_status declare_group(clstep_writer *writer, const clstep_checkpoint_group *group,
                                   clstep__text *text)
{
    clstep_status status = CLSTEP_OK;
    for (size_t i = 0; status == CLSTEP_OK && i < group->tensor_count; i++) {
        const clstep_tensor_name *tensor = &group->tensors[i];
        const int32_t dtype = group->param_dtypes ? group->param_dtypes[i] : CLSTEP_DTYPE_FLOAT32;
        clstep_array_form form = CLSTEP_ARRAY_FORM_INIT;
        form.dtype = dtype;
        form.per = 1;
        if (group->with_params)
            status = declare_array(writer, tensor, &form, text);
        for (size_t k = 0;
             status == CLSTEP_OK && clstep_rule_array(group->rule, dtype, group->state_storage,
                                                      group->param_storage, k, &form) == CLSTEP_OK;
             k++)
            status = declare_array(writer, tensor, &form, text);
    }
    return status;
}

/* ---- metadata */

/* Whether a tensor of the group has taken another number of steps than `steps`. */
static bool differs(const clstep_checkpoint_group *group, uint64_t steps)
{
    for (size_t i = 0; group->tensor_steps && i < group->tensor_count; i++) {
        if (group->tensor_steps[i] != steps)
            return true;
    }
    return false;
}

/* An array with a number for each tensor; NULL if the host is out of memory. */
static json_t *numbers_to_json(const clstep_checkpoint_group *group, const uint64_t *numbers)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < group->tensor_count; i++) {
        if (json_array_append_new(array, json_integer((json_int_t)numbers[i])) == 0)
            continue;
        json_decref(array);
        array = NULL;
    }
    return array;
}

/* An array with a dtype for each tensor; NULL if the host is out of memory. */
static json_t *dtypes_to_json(const clstep_checkpoint_group *group)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < group->tensor_count; i++) {
        const int32_t dtype = group->param_dtypes[i];
        if (json_array_append_new(array, json_string(clstep__dtype_name(dtype))) == 0)
            continue;
        json_decref(array);
        array = NULL;
    }
    return array;
}

static json_t *group_to_json(const clstep_checkpoint_group *group, uint64_t steps)
{
    clstep_rule rule;
    clstep__struct_read(&rule, group->rule, CLSTEP__SIZES(clstep_rule));
    json_t *object = clstep__rule_to_json(&rule);
    json_t *tensors = json_array();
    int failed = clstep__storage_to_json(object, group->state_storage, group->param_storage);
    failed |= json_object_set_new(object, "tensors", tensors);
    for (size_t i = 0; !failed && i < group->tensor_count; i++)
        failed = json_array_append_new(tensors, json_string(group->tensors[i].name));
    if (!failed && differs(group, steps))
        failed = json_object_set_new(object, "tensor_steps",
                                     numbers_to_json(group, group->tensor_steps));
    if (!failed && group->first_elements)
        failed = json_object_set_new(object, "first_elements",
                                     numbers_to_json(group, group->first_elements));
    if (!failed && group->param_dtypes && group->param_storage == CLSTEP_PARAM_RESIDUAL)
        failed = json_object_set_new(object, "param_dtypes", dtypes_to_json(group));
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *to_json(uint64_t steps, uint64_t seed, size_t group_count,
                       const clstep_checkpoint_group *groups)
{
    json_t *array = json_array();
    int failed = !array;
    for (size_t g = 0; !failed && g < group_count; g++)
        failed = json_array_append_new(array, group_to_json(&groups[g], steps));
    if (failed) {
        json_decref(array);
        return NULL;
    }
    return json_pack("{s:i, s:I, s:I, s:o}", "format", CLSTEP__CHECKPOINT_FORMAT, "step",
                     (json_int_t)steps, "seed", (json_int_t)seed, "groups", array);
}

static int append(const char *bytes, size_t size, void *text)
{
    clstep__text_append(text, bytes, size);
    return ((clstep__text *)text)->failed ? -1 : 0;
}

/* Does not use json_dumps(): if its text cannot grow, it may leave out a key and still succeed
 * (seen in 2.14). */
clstep_status clstep__checkpoint_set_metadata(clstep_writer *writer, uint64_t steps, uint64_t seed,
                                              size_t group_count,
                                              const clstep_checkpoint_group *groups)
{
    json_t *root = to_json(steps, seed, group_count, groups);
    clstep__text text = {0};
    const bool done = root && json_dump_callback(root, append, &text,
                                                 JSON_COMPACT | JSON_REAL_PRECISION(17)) == 0;
    json_decref(root);
    clstep_status status = done && !text.failed
                               ? clstep_writer_set_metadata(writer, "clstep", text.bytes)
                               : clstep__store_no_memory(declaring);
    clstep__text_free(&text);
    return status;
}

/* ---- the whole */

static clstep_status check_group(const clstep_checkpoint_group *group, size_t index)
{
    clstep_status status = clstep_rule_validate(group->rule);
    if (status != CLSTEP_OK)
        return status;
    if (group->reserved != 0)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, declaring,
                                  "groups[%zu].reserved must be 0", index);
    if (group->tensor_count > 0 && !group->tensors)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, declaring, "groups[%zu].tensors is NULL",
                                  index);
    for (size_t i = 0; i < group->tensor_count; i++) {
        const clstep_tensor_name *tensor = &group->tensors[i];
        if (!tensor->name || !tensor->name[0] || (tensor->rank > 0 && !tensor->shape))
            return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, declaring,
                                      "groups[%zu].tensors[%zu] has no name or no shape", index, i);
        if ((group->tensor_steps && group->tensor_steps[i] > INT64_MAX) ||
            (group->first_elements && group->first_elements[i] > INT64_MAX))
            return clstep__store_fail(
                CLSTEP_INVALID_ARGUMENT, declaring, "groups[%zu].%s[%zu] is 2^63 or more", index,
                group->tensor_steps && group->tensor_steps[i] > INT64_MAX ? "tensor_steps"
                                                                          : "first_elements",
                i);
        if (group->param_dtypes && (group->param_dtypes[i] < CLSTEP_DTYPE_FLOAT32 ||
                                    group->param_dtypes[i] > CLSTEP_DTYPE_FLOAT64))
            return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, declaring,
                                      "groups[%zu].param_dtypes[%zu] is %d; parameters are "
                                      "CLSTEP_DTYPE_FLOAT32, _BFLOAT16, _FLOAT16 or _FLOAT64",
                                      index, i, (int)group->param_dtypes[i]);
    }
    if (!clstep__storage_is_known(group->state_storage, group->param_storage))
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, declaring,
                                  "groups[%zu].state_storage must be a CLSTEP_STATE_ constant, and "
                                  "param_storage a CLSTEP_PARAM_ constant",
                                  index);
    return CLSTEP_OK;
}

static clstep_status refuse_twice(const char *name, size_t group_count,
                                  const clstep_checkpoint_group *groups)
{
    struct {
        size_t group, tensor;
    } found[2] = {{0}};
    size_t count = 0;
    for (size_t g = 0; g < group_count; g++) {
        for (size_t i = 0; i < groups[g].tensor_count && count < 2; i++) {
            found[count].group = g;
            found[count].tensor = i;
            count += strcmp(groups[g].tensors[i].name, name) == 0;
        }
    }
    return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, declaring,
                              "two tensors are called \"%s\" (groups[%zu].tensors[%zu], "
                              "groups[%zu].tensors[%zu]); give each a name of its own",
                              clstep__show(name).text, found[0].group, found[0].tensor,
                              found[1].group, found[1].tensor);
}

/* Each name must be used once, also by tensors without arrays. */
static clstep_status check_twice(size_t group_count, const clstep_checkpoint_group *groups)
{
    size_t all = 0, count = 0;
    for (size_t g = 0; g < group_count; g++)
        all += groups[g].tensor_count;
    clstep__name *names = clstep__allocate(all, sizeof *names);
    if (!names)
        return clstep__store_no_memory(declaring);
    for (size_t g = 0; g < group_count; g++) {
        for (size_t i = 0; i < groups[g].tensor_count; i++)
            names[count++] = (clstep__name){.name = groups[g].tensors[i].name};
    }
    const char *twice = clstep__names_sort(names, count);
    clstep__free(names);
    return twice ? refuse_twice(twice, group_count, groups) : CLSTEP_OK;
}

/* No name may be that of another tensor's array: a reader would take that array for the tensor's
 * parameter. */
static clstep_status check_names(const clstep_writer *writer, size_t group_count,
                                 const clstep_checkpoint_group *groups)
{
    for (size_t g = 0; g < group_count; g++) {
        for (size_t i = 0; i < groups[g].tensor_count; i++) {
            const char *name = groups[g].tensors[i].name;
            if (!clstep__is_utf8(name))
                return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, declaring,
                                          "groups[%zu].tensors[%zu].name \"%s\" is not UTF-8", g, i,
                                          clstep__show(name).text);
            if (!groups[g].with_params && json_object_get(writer->tensors, name))
                return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, declaring,
                                          "the tensor \"%s\" has the name of another tensor's "
                                          "state in the file; rename one of them",
                                          clstep__show(name).text);
        }
    }
    return CLSTEP_OK;
}

static clstep_status declare(clstep_writer *writer, uint64_t steps, uint64_t seed,
                             size_t group_count, const clstep_checkpoint_group *groups)
{
    clstep__text text = {0};
    clstep_status status = CLSTEP_OK;
    for (size_t g = 0; status == CLSTEP_OK && g < group_count; g++)
        status = check_group(&groups[g], g);
    if (status == CLSTEP_OK)
        status = check_twice(group_count, groups);
    for (size_t g = 0; status == CLSTEP_OK && g < group_count; g++)
        status = declare_group(writer, &groups[g], &text);
    clstep__text_free(&text);
    if (status == CLSTEP_OK)
        status = check_names(writer, group_count, groups);
    if (status == CLSTEP_OK)
        status = clstep__checkpoint_set_metadata(writer, steps, seed, group_count, groups);
    return status;
}

/* Copies the caller's groups, which all have the size of the first one. */
static clstep_status copy_groups(size_t count, const clstep_checkpoint_group *given,
                                 clstep_checkpoint_group *groups)
{
    for (size_t g = 0; g < count; g++) {
        const char *group = (const char *)given + g * given->size;
        if (!clstep__struct_read(&groups[g], group, CLSTEP__SIZES(clstep_checkpoint_group)) ||
            ((const clstep_checkpoint_group *)(const void *)group)->size != given->size)
            return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, declaring,
                                      "groups[%zu] must start as CLSTEP_CHECKPOINT_GROUP_INIT", g);
    }
    return CLSTEP_OK;
}

clstep_status clstep_checkpoint_declare(clstep_writer *writer, uint64_t steps, uint64_t seed,
                                        size_t group_count, const clstep_checkpoint_group *groups)
{
    if (!writer || (group_count > 0 && !groups))
        return clstep__store_null(declaring, writer ? "groups" : "writer");
    if (steps > INT64_MAX || seed > INT64_MAX)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, declaring, "%s is 2^63 or more",
                                  steps > INT64_MAX ? "steps" : "seed");
    clstep_checkpoint_group *own = clstep__allocate(group_count, sizeof *own);
    if (!own)
        return clstep__store_no_memory(declaring);
    clstep_status status = copy_groups(group_count, groups, own);
    if (status == CLSTEP_OK)
        status = declare(writer, steps, seed, group_count, own);
    clstep__free(own);
    return clstep__store_failed_in(status, declaring);
}
