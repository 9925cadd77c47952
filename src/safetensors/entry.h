/* One tensor of a header. */
#ifndef CLSTEP_SAFETENSORS_ENTRY_H
#define CLSTEP_SAFETENSORS_ENTRY_H

#include "safetensors/header.h"
#include "safetensors/json.h"

/* Takes {"dtype": ..., "shape": ..., "data_offsets": ...} into `entry`, whose name is set; checks
 * all that can be told of one tensor alone. `scratch` has room for the bytes it takes. entry->shape
 * is the caller's to free in any case. */
clstep_status clstep__entry_read(const char *call, clstep__json *json, char *scratch,
                                 clstep__entry *entry);

#endif
