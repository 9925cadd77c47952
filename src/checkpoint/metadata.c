/* Reads the entry "clstep" of the metadata. It allocates only what the checkpoint keeps, so that it
 * can tell a lack of memory from damage. check.c compares the arrays with it. */
#include "checkpoint/metadata.h"

#include "base/memory.h"
#include "checkpoint/rule_json.h"
#include "checkpoint/storage_json.h"
#include "safetensors/array_dtype.h"
#include "safetensors/error.h"
#include "safetensors/grow.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { FORMAT, STEP, SEED, GROUPS, ROOT_KEYS };
static const char *const root_keys[ROOT_KEYS + 1] = {"format", "step", "seed", "groups", NULL};

enum { TENSORS, STATE_DTYPE, PARAM_STORAGE, STEPS, FIRST_ELEMENTS, PARAM_DTYPES, GROUP_KEYS };
static const char *const group_keys[GROUP_KEYS + 1] = {
    "tensors",      "state_dtype", "param_storage", "tensor_steps", "first_elements",
    "param_dtypes", NULL};

typedef struct {
    const char *call;
    clstep_checkpoint *checkpoint;
    size_t strings_used;
    size_t tensor_room;
    size_t group_room;
    clstep_status status; /* of a wrong value; stays CLSTEP_OK for a syntax error */
    uint64_t most;        /* the largest number allowed in the array that is being read */
    size_t tensor;        /* the tensor of the next number */
    bool first_elements;  /* the array has first elements, not counts of steps */
} reading;

static clstep_status damaged(const reading *read, const char *what)
{
    return clstep__store_fail(CLSTEP_INVALID_FILE, read->call, "%s; the checkpoint is damaged",
                              what);
}

/* The free part of `strings`. It always has room for the next text: with its quotes, a text takes
 * more bytes in the entry than here. */
static char *scratch(const reading *read)
{
    return read->checkpoint->strings + read->strings_used;
}

/* ---- tensors of a group */

static bool read_name(clstep__json *json, void *context)
{
    reading *read = context;
    clstep_checkpoint *checkpoint = read->checkpoint;
    char *name = scratch(read);
    size_t length = 0;
    if (!clstep__json_text(json, name, &length) || length == 0)
        return false;
    clstep__checkpoint_tensor *tensors = clstep__grown(checkpoint->tensors, &read->tensor_room,
                                                       checkpoint->tensor_count, sizeof *tensors);
    if (!tensors) {
        read->status = clstep__store_no_memory(read->call);
        return false;
    }
    checkpoint->tensors = tensors;
    read->strings_used += length + 1;
    checkpoint->tensors[checkpoint->tensor_count++] =
        (clstep__checkpoint_tensor){.name = name,
                                    .group = checkpoint->group_count,
                                    .steps = checkpoint->steps,
                                    .first_element = CLSTEP__NOT_TOLD,
                                    .param_dtype = -1};
    return true;
}

static clstep_status read_names(reading *read, const char *where, clstep__json *names)
{
    if (!names->next || !clstep__json_peek(names, '['))
        return clstep__store_fail(CLSTEP_INVALID_FILE, read->call,
                                  "%s has no array \"tensors\"; the checkpoint is damaged", where);
    if (clstep__json_array(names, read_name, read))
        return CLSTEP_OK;
    if (read->status != CLSTEP_OK)
        return read->status;
    return clstep__store_fail(
        CLSTEP_INVALID_FILE, read->call,
        "%s: \"tensors\" must be an array of names; the checkpoint is damaged", where);
}

static bool read_count(clstep__json *json, void *context)
{
    reading *read = context;
    clstep_checkpoint *checkpoint = read->checkpoint;
    uint64_t number = 0;
    if (read->tensor == checkpoint->tensor_count || !clstep__json_number(json, &number) ||
        number > read->most)
        return false;
    clstep__checkpoint_tensor *tensor = &checkpoint->tensors[read->tensor++];
    *(read->first_elements ? &tensor->first_element : &tensor->steps) = number;
    return true;
}

/* Reads an array with a number for each tensor of the group, if it is there. */
static clstep_status read_counts(reading *read, const char *where, clstep__json *values,
                                 bool first_elements, uint64_t most)
{
    if (!values->next)
        return CLSTEP_OK;
    read->first_elements = first_elements;
    read->most = most;
    read->tensor = read->checkpoint->groups[read->checkpoint->group_count].first_tensor;
    if (clstep__json_array(values, read_count, read) &&
        read->tensor == read->checkpoint->tensor_count)
        return CLSTEP_OK;
    return clstep__store_fail(CLSTEP_INVALID_FILE, read->call,
                              "%s: \"%s\" must be an array of whole numbers, one for each tensor; "
                              "the checkpoint is damaged",
                              where, group_keys[first_elements ? FIRST_ELEMENTS : STEPS]);
}

static bool read_dtype(clstep__json *json, void *context)
{
    reading *read = context;
    clstep_checkpoint *checkpoint = read->checkpoint;
    size_t length = 0;
    if (read->tensor == checkpoint->tensor_count ||
        !clstep__json_text(json, scratch(read), &length))
        return false;
    const int32_t dtype = clstep__dtype_of(scratch(read));
    checkpoint->tensors[read->tensor++].param_dtype = dtype;
    return dtype >= 0 && clstep_dtype_describe((clstep_dtype)dtype)->is_param;
}

/* Reads the array with a dtype for each tensor of the group, if it is there. */
static clstep_status read_dtypes(reading *read, const char *where, clstep__json *values)
{
    if (!values->next)
        return CLSTEP_OK;
    read->tensor = read->checkpoint->groups[read->checkpoint->group_count].first_tensor;
    if (clstep__json_array(values, read_dtype, read) &&
        read->tensor == read->checkpoint->tensor_count)
        return CLSTEP_OK;
    return clstep__store_fail(CLSTEP_INVALID_FILE, read->call,
                              "%s: \"param_dtypes\" must be an array of dtypes, one for each "
                              "tensor; the checkpoint is damaged",
                              where);
}

/* ---- groups */

static clstep_status read_group_at(reading *read, clstep__json *json)
{
    clstep_checkpoint *checkpoint = read->checkpoint;
    clstep__checkpoint_group *group = &checkpoint->groups[checkpoint->group_count];
    clstep__json values[GROUP_KEYS];
    clstep__json_members members = {
        .names = group_keys, .values = values, .scratch = scratch(read)};
    char where[40];
    snprintf(where, sizeof where, "group %zu", checkpoint->group_count);
    clstep_status status = clstep__rule_from_json(read->call, where, json, &members, &group->rule);
    if (status != CLSTEP_OK)
        return status;
    if (!clstep__storage_from_json(&values[STATE_DTYPE], &values[PARAM_STORAGE], scratch(read),
                                   &group->state_storage, &group->param_storage))
        return clstep__store_fail(
            CLSTEP_INVALID_FILE, read->call,
            "%s: this version does not know its \"state_dtype\" or \"param_storage\"; use the "
            "version that wrote the file, or a newer one",
            where);
    group->first_tensor = checkpoint->tensor_count;
    status = read_names(read, where, &values[TENSORS]);
    group->tensor_count = checkpoint->tensor_count - group->first_tensor;
    if (status == CLSTEP_OK)
        status = read_counts(read, where, &values[STEPS], false, INT64_MAX);
    if (status == CLSTEP_OK)
        status = read_counts(read, where, &values[FIRST_ELEMENTS], true, CLSTEP__NOT_TOLD - 1);
    if (status == CLSTEP_OK)
        status = read_dtypes(read, where, &values[PARAM_DTYPES]);
    checkpoint->group_count++;
    return status;
}

static bool read_group(clstep__json *json, void *context)
{
    reading *read = context;
    clstep_checkpoint *checkpoint = read->checkpoint;
    clstep__checkpoint_group *groups = clstep__grown(checkpoint->groups, &read->group_room,
                                                     checkpoint->group_count, sizeof *groups);
    if (groups)
        checkpoint->groups = groups;
    read->status = groups ? read_group_at(read, json) : clstep__store_no_memory(read->call);
    return read->status == CLSTEP_OK;
}

static clstep_status read_groups(reading *read, clstep__json *groups)
{
    if (!groups->next || !clstep__json_peek(groups, '['))
        return damaged(read, "\"groups\" is missing or no array");
    if (clstep__json_array(groups, read_group, read))
        return CLSTEP_OK;
    return read->status != CLSTEP_OK ? read->status : damaged(read, "\"groups\" is no array");
}

/* ---- the whole */

/* Whether a value, if it is there, is a whole number and nothing else. */
static bool read_whole(clstep__json *value, uint64_t *number)
{
    if (!value->next)
        return true;
    return clstep__json_number(value, number) && *number <= INT64_MAX &&
           (clstep__json_peek(value, ',') || clstep__json_peek(value, '}'));
}

static clstep_status read_format(const reading *read, clstep__json *value)
{
    uint64_t format = 0;
    if (!value->next || !read_whole(value, &format))
        return damaged(read, "the metadata's entry \"clstep\" has no \"format\"");
    if (format == CLSTEP__CHECKPOINT_FORMAT)
        return CLSTEP_OK;
    return clstep__store_fail(CLSTEP_INVALID_FILE, read->call,
                              "the checkpoint is of format %" PRIu64
                              ", which this version does not know; use the version that wrote it, "
                              "or a newer one",
                              format);
}

static clstep_status read_root(reading *read, clstep__json *json)
{
    clstep__json values[ROOT_KEYS];
    clstep__json_members members = {.names = root_keys, .values = values, .scratch = scratch(read)};
    const bool found = clstep__json_find(json, &members) && clstep__json_ends(json);
    if (!found && !members.bad_key)
        return clstep__store_fail(CLSTEP_INVALID_FILE, read->call,
                                  "the metadata's entry \"clstep\" is no JSON object: %s at byte "
                                  "%zu; the checkpoint is damaged",
                                  json->fault ? json->fault : "a fault",
                                  (size_t)(json->next - json->begin));
    clstep_status status = read_format(read, &values[FORMAT]);
    if (status != CLSTEP_OK)
        return status;
    if (!found)
        return damaged(read, "the metadata's entry \"clstep\" has other keys than format, step, "
                             "seed, groups, or one of them twice");
    if (!read_whole(&values[SEED], &read->checkpoint->seed))
        return damaged(read, "\"seed\" is negative or no integer");
    if (!values[STEP].next || !read_whole(&values[STEP], &read->checkpoint->steps))
        return damaged(read, "\"step\" is missing, negative or no integer");
    return read_groups(read, &values[GROUPS]);
}

clstep_status clstep__metadata_read(clstep_checkpoint *checkpoint, const char *call,
                                    const clstep_safetensors *file)
{
    const char *text = clstep_safetensors_metadata(file, "clstep");
    if (!text)
        return clstep__store_fail(
            CLSTEP_INVALID_FILE, call,
            "the file is no checkpoint of clstep: its metadata have no entry \"clstep\"; `clstep "
            "convert` makes one from another framework's state");
    const size_t length = strlen(text);
    checkpoint->strings = clstep__allocate(length + 1, 1);
    if (!checkpoint->strings)
        return clstep__store_no_memory(call);
    reading read = {.call = call, .checkpoint = checkpoint};
    clstep__json json = {.begin = text, .next = text, .end = text + length};
    return read_root(&read, &json);
}
