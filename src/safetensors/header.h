/* The header of a safetensors file, read and checked. */
#ifndef CLSTEP_SAFETENSORS_HEADER_H
#define CLSTEP_SAFETENSORS_HEADER_H

#include "safetensors/entry.h"
#include "safetensors/text.h"

#include <clstep/status.h>
#include <stdint.h>

typedef struct clstep__pair {
    const char *key;
    const char *text;
} clstep__pair;

/* Starts as {0}. */
typedef struct clstep__header {
    clstep__entry *tensors; /* in the order of their data */
    size_t tensor_count;
    size_t tensor_room;
    clstep__name *tensor_names;
    clstep__pair *metadata; /* in the file's order */
    size_t metadata_count;
    size_t metadata_room;
    clstep__name *metadata_names;
    char *strings; /* all names and texts; never longer than the header itself */
    size_t strings_used;
} clstep__header;

/* Reads a header of `length` bytes, which must be followed by '\0' in memory. In the file
 * `data_size` bytes follow it. Free it after a failure too. */
clstep_status clstep__header_read(clstep__header *header, const char *call, const char *bytes,
                                  size_t length, uint64_t data_size);
void clstep__header_free(clstep__header *header);

#endif
