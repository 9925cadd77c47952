/* Finds the tensors of a file without metadata, by the names of its arrays. */
#include "convert/names.h"

#include "base/memory.h"
#include "safetensors/error.h"

#include <string.h>

static clstep_status add_name(clstep__source *source, const char *name, size_t length)
{
    char *copy = clstep__allocate(length + 1, 1);
    if (!copy)
        return clstep__store_no_memory(source->call);
    memcpy(copy, name, length);
    source->names[source->tensor_count++] = copy;
    return CLSTEP_OK;
}

clstep_status clstep__source_find_names(clstep__source *source)
{
    const size_t all = clstep_safetensors_tensor_count(source->file);
    const char *state = clstep_rule_state_name(&source->rule, 0);
    source->names = clstep__allocate(all, sizeof *source->names);
    if (!source->names)
        return clstep__store_no_memory(source->call);
    clstep_status status = CLSTEP_OK;
    for (size_t i = 0; state && status == CLSTEP_OK && i < all; i++) {
        clstep_safetensors_tensor array = CLSTEP_SAFETENSORS_TENSOR_INIT;
        status = clstep_safetensors_tensor_at(source->file, i, &array);
        const char *name;
        size_t length = 0;
        if (status == CLSTEP_OK)
            length = clstep__dialect_match(source->dialect, state, array.name, &name);
        if (length > 0)
            status = add_name(source, name, length);
    }
    if (status != CLSTEP_OK || source->tensor_count > 0)
        return status;
    return clstep__store_fail(
        CLSTEP_INVALID_FILE, source->call,
        "the file has no array %s of the dialect %s; check the dialect and the rule",
        state ? state : "state", source->dialect->info.name);
}
