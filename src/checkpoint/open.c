#include "checkpoint/checkpoint.h"

#include "base/memory.h"
#include "base/text.h"
#include "checkpoint/rule_json.h"
#include "checkpoint/storage_json.h"
#include "safetensors/arrays.h"
#include "safetensors/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const opening = "clstep_checkpoint_open";

static clstep_status invalid(const char *what)
{
    return clstep__store_fail(CLSTEP_INVALID_FILE, opening, "%s; the checkpoint is damaged", what);
}

/* ---- metadata */

static clstep_status parse(clstep_checkpoint *checkpoint, const clstep_safetensors *file)
{
    const char *text = clstep_safetensors_metadata(file, "clstep");
    if (!text)
        return clstep__store_fail(CLSTEP_INVALID_FILE, opening,
                                  "the file is no checkpoint of clstep: its metadata have no entry "
                                  "\"clstep\"; `clstep convert` makes one of other frameworks' "
                                  "states");
    json_error_t error;
    checkpoint->root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!checkpoint->root && !error.text[0]) /* jansson says nothing where an object had no room */
        return clstep__store_no_memory(opening);
    if (!checkpoint->root)
        return clstep__store_fail(
            CLSTEP_INVALID_FILE, opening,
            "the metadata's entry \"clstep\" is no JSON: %s; the checkpoint is "
            "damaged",
            error.text);
    return CLSTEP_OK;
}

static clstep_status read_root(clstep_checkpoint *checkpoint, json_t **groups)
{
    json_t *root = checkpoint->root;
    const json_t *format = json_object_get(root, "format");
    const json_t *step = json_object_get(root, "step");
    *groups = json_object_get(root, "groups");
    if (!json_is_integer(format))
        return invalid("the metadata's entry \"clstep\" has no \"format\"");
    if (json_integer_value(format) != CLSTEP__CHECKPOINT_FORMAT)
        return clstep__store_fail(CLSTEP_INVALID_FILE, opening,
                                  "the checkpoint is of format %lld, which this version does not "
                                  "know; use the version that wrote it, or a newer one",
                                  (long long)json_integer_value(format));
    const json_t *seed = json_object_get(root, "seed");
    if (json_object_size(root) != (seed ? 4 : 3))
        return invalid("the metadata's entry \"clstep\" has other keys than format, step, seed, "
                       "groups");
    if (seed && (!json_is_integer(seed) || json_integer_value(seed) < 0))
        return invalid("\"seed\" is negative or no integer");
    if (!json_is_integer(step) || json_integer_value(step) < 0)
        return invalid("\"step\" is missing, negative or no integer");
    if (!json_is_array(*groups))
        return invalid("\"groups\" is missing or no array");
    checkpoint->steps = (uint64_t)json_integer_value(step);
    checkpoint->seed = (uint64_t)json_integer_value(seed); /* 0 where there is none */
    return CLSTEP_OK;
}

static clstep_status read_group(clstep_checkpoint *checkpoint, size_t index, const json_t *object)
{
    static const char *const others[] = {"tensors", "state_dtype", "param_storage", NULL};
    char where[40];
    snprintf(where, sizeof where, "group %zu", index);
    const json_t *tensors = json_object_get(object, "tensors");
    if (!json_is_array(tensors))
        return clstep__store_fail(CLSTEP_INVALID_FILE, opening,
                                  "%s has no array \"tensors\"; the checkpoint is damaged", where);
    clstep__checkpoint_group *group = &checkpoint->groups[index];
    if (!clstep__storage_from_json(object, &group->state_storage, &group->param_storage))
        return clstep__store_fail(CLSTEP_INVALID_FILE, opening,
                                  "%s: \"state_dtype\" or \"param_storage\" is none that this "
                                  "version knows",
                                  where);
    group->first_tensor = checkpoint->tensor_count;
    group->tensor_count = json_array_size(tensors);
    for (size_t i = 0; i < group->tensor_count; i++) {
        const char *name = json_string_value(json_array_get(tensors, i));
        if (!name || !name[0])
            return clstep__store_fail(CLSTEP_INVALID_FILE, opening,
                                      "%s: \"tensors\" holds something that is no name; the "
                                      "checkpoint is damaged",
                                      where);
        checkpoint->tensors[checkpoint->tensor_count++] =
            (clstep__checkpoint_tensor){.name = name, .group = index};
    }
    return clstep__rule_from_json(opening, where, object, others, &group->rule);
}

static clstep_status read_groups(clstep_checkpoint *checkpoint, const json_t *groups)
{
    size_t tensors = 0;
    size_t index;
    const json_t *object;
    json_array_foreach(groups, index, object) tensors +=
        json_array_size(json_object_get(object, "tensors"));
    checkpoint->group_count = json_array_size(groups);
    checkpoint->groups = clstep__allocate(checkpoint->group_count, sizeof *checkpoint->groups);
    checkpoint->tensors = clstep__allocate(tensors, sizeof *checkpoint->tensors);
    checkpoint->sorted = clstep__allocate(tensors, sizeof *checkpoint->sorted);
    if (!checkpoint->groups || !checkpoint->tensors || !checkpoint->sorted)
        return clstep__store_no_memory(opening);
    clstep_status status = CLSTEP_OK;
    for (size_t i = 0; status == CLSTEP_OK && i < checkpoint->group_count; i++)
        status = read_group(checkpoint, i, json_array_get(groups, i));
    return status;
}

/* ---- names */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const clstep__checkpoint_tensor *)a)->name,
                  ((const clstep__checkpoint_tensor *)b)->name);
}

const clstep__checkpoint_tensor *clstep__checkpoint_find(const clstep_checkpoint *checkpoint,
                                                         const char *name)
{
    const clstep__checkpoint_tensor wanted = {.name = name};
    return bsearch(&wanted, checkpoint->sorted, checkpoint->tensor_count, sizeof wanted, by_name);
}

static clstep_status sort_names(clstep_checkpoint *checkpoint)
{
    clstep__checkpoint_tensor *sorted = checkpoint->sorted;
    for (size_t i = 0; i < checkpoint->tensor_count; i++)
        sorted[i] = checkpoint->tensors[i];
    qsort(sorted, checkpoint->tensor_count, sizeof *sorted, by_name);
    for (size_t i = 1; i < checkpoint->tensor_count; i++) {
        if (strcmp(sorted[i - 1].name, sorted[i].name) == 0)
            return clstep__store_fail(CLSTEP_INVALID_FILE, opening,
                                      "the tensor \"%.80s\" is there twice; the checkpoint is "
                                      "damaged",
                                      sorted[i].name);
    }
    return CLSTEP_OK;
}

/* ---- the whole */

clstep_status clstep__checkpoint_describe(clstep_checkpoint **checkpoint,
                                          const clstep_safetensors *file)
{
    *checkpoint = NULL;
    clstep_checkpoint *made = clstep__allocate(1, sizeof *made);
    if (!made)
        return clstep__store_no_memory(opening);
    json_t *groups = NULL;
    clstep_status status = parse(made, file);
    if (status == CLSTEP_OK)
        status = read_root(made, &groups);
    if (status == CLSTEP_OK)
        status = read_groups(made, groups);
    if (status == CLSTEP_OK)
        status = sort_names(made);
    if (status == CLSTEP_OK)
        *checkpoint = made;
    else
        clstep_checkpoint_close(made);
    return status;
}

/* Takes `file` over. */
static clstep_status open_file(clstep_checkpoint **checkpoint, clstep_safetensors *file)
{
    clstep_status status = clstep__checkpoint_describe(checkpoint, file);
    if (status != CLSTEP_OK) {
        clstep_safetensors_close(file);
        return status;
    }
    (*checkpoint)->file = file;
    status = clstep__checkpoint_check_arrays(*checkpoint);
    if (status != CLSTEP_OK) {
        clstep_checkpoint_close(*checkpoint);
        *checkpoint = NULL;
    }
    return status;
}

clstep_status clstep_checkpoint_open(clstep_checkpoint **checkpoint, const char *path)
{
    if (!checkpoint)
        return clstep__store_null(opening, "checkpoint");
    *checkpoint = NULL;
    clstep_safetensors *file = NULL;
    clstep_status status = clstep_safetensors_open(&file, path);
    return status == CLSTEP_OK ? open_file(checkpoint, file) : status;
}

clstep_status clstep_checkpoint_open_memory(clstep_checkpoint **checkpoint, const void *bytes,
                                            size_t size)
{
    if (!checkpoint)
        return clstep__store_null(opening, "checkpoint");
    *checkpoint = NULL;
    clstep_safetensors *file = NULL;
    clstep_status status = clstep_safetensors_open_memory(&file, bytes, size);
    return status == CLSTEP_OK ? open_file(checkpoint, file) : status;
}

void clstep_checkpoint_close(clstep_checkpoint *checkpoint)
{
    if (!checkpoint)
        return;
    clstep__free(checkpoint->groups);
    clstep__free(checkpoint->tensors);
    clstep__free(checkpoint->sorted);
    json_decref(checkpoint->root);
    clstep_safetensors_close(checkpoint->file);
    clstep__free(checkpoint);
}
