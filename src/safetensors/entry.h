/* The entry of one tensor in a header. */
#ifndef CLSTEP_SAFETENSORS_ENTRY_H
#define CLSTEP_SAFETENSORS_ENTRY_H

#include "safetensors/json.h"

#include <clstep/status.h>
#include <stddef.h>
#include <stdint.h>

typedef struct clstep__entry {
    const char *name;
    const char *dtype;
    uint64_t *shape;
    size_t rank;
    uint64_t count;
    uint64_t begin; /* of the data, counted from the end of the header */
    uint64_t end;
} clstep__entry;

/* Reads {"dtype": ..., "shape": ..., "data_offsets": ...} into `entry`, whose name is set, and
 * checks everything that concerns this tensor alone. `scratch` needs room for the bytes that it
 * reads. The caller frees entry->shape, after a failure too. */
clstep_status clstep__entry_read(const char *call, clstep__json *json, char *scratch,
                                 clstep__entry *entry);

#endif
