/* Opens a checkpoint: reads its metadata, sorts its names, and lets check.c check its arrays. */
#include "checkpoint/open.h"

#include "base/memory.h"
#include "checkpoint/check.h"
#include "checkpoint/metadata.h"
#include "safetensors/error.h"

#include <stdlib.h>
#include <string.h>

static const char *const opening = "clstep_checkpoint_open";

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
    if (checkpoint->tensor_count == 0)
        return NULL;
    return bsearch(&wanted, checkpoint->sorted, checkpoint->tensor_count, sizeof wanted, by_name);
}

static clstep_status sort_names(clstep_checkpoint *checkpoint)
{
    clstep__checkpoint_tensor *sorted = clstep__allocate(checkpoint->tensor_count, sizeof *sorted);
    if (!sorted)
        return clstep__store_no_memory(opening);
    checkpoint->sorted = sorted;
    for (size_t i = 0; i < checkpoint->tensor_count; i++)
        sorted[i] = checkpoint->tensors[i];
    if (checkpoint->tensor_count)
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
    clstep_status status = clstep__metadata_read(made, opening, file);
    if (status == CLSTEP_OK)
        status = sort_names(made);
    if (status == CLSTEP_OK)
        *checkpoint = made;
    else
        clstep_checkpoint_close(made);
    return status;
}

/* Takes over `file`. */
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
    if (status == CLSTEP_OK)
        status = open_file(checkpoint, file);
    return clstep__store_failed_in(status, opening);
}

clstep_status clstep_checkpoint_open_memory(clstep_checkpoint **checkpoint, const void *bytes,
                                            size_t size)
{
    static const char call[] = "clstep_checkpoint_open_memory";
    if (!checkpoint)
        return clstep__store_null(call, "checkpoint");
    *checkpoint = NULL;
    clstep_safetensors *file = NULL;
    clstep_status status = clstep_safetensors_open_memory(&file, bytes, size);
    if (status == CLSTEP_OK)
        status = open_file(checkpoint, file);
    return clstep__store_failed_in(status, call);
}

void clstep_checkpoint_close(clstep_checkpoint *checkpoint)
{
    if (!checkpoint)
        return;
    clstep__free(checkpoint->groups);
    clstep__free(checkpoint->tensors);
    clstep__free(checkpoint->sorted);
    clstep__free(checkpoint->strings);
    clstep_safetensors_close(checkpoint->file);
    clstep__free(checkpoint);
}
