/* One tensor of a header. */
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
    uint64_t begin; /* of the data, from the end of the header on */
    uint64_t end;
} clstep__entry;

/* Takes {"dtype": ..., "shape": ..., "data_offsets": ...} into `entry`, whose name is set; checks
 * all that can be told of one tensor alone. `scratch` has room for the bytes it takes. entry->shape
 * is the caller's to free in any case. */
clstep_status clstep__entry_read(const char *call, clstep__json *json, char *scratch,
                                 clstep__entry *entry);

#endif
