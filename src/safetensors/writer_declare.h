/* The inside of a writer, and the header of its file. */
#ifndef CLSTEP_SAFETENSORS_WRITER_DECLARE_H
#define CLSTEP_SAFETENSORS_WRITER_DECLARE_H

#include "base/file_replace.h"
#include "safetensors/ranges.h"

#include <clstep/store.h>
#include <jansson.h>

typedef enum clstep__writer_phase {
    CLSTEP__DECLARING,
    CLSTEP__WRITING,
    CLSTEP__COMPLETE,
    CLSTEP__BROKEN /* writing has failed; the temporary file is gone */
} clstep__writer_phase;

/* The place of a tensor's data, and which bytes of it are written. */
typedef struct clstep__part {
    const char *name; /* the key in `tensors` */
    uint64_t begin;
    uint64_t bytes;
    clstep__ranges written;
} clstep__part;

struct clstep_writer {
    clstep__writer_phase phase;
    char *path;      /* NULL: to memory */
    json_t *tensors; /* the header without __metadata__ */
    json_t *metadata;
    clstep__part *parts;
    size_t part_count;
    size_t part_room;
    uint64_t data_size;
    uint64_t data; /* where the data begin; set by clstep_writer_begin() */
    clstep__replacement target;
    unsigned char *memory;
};

/* Refuses a writer that is NULL or in another phase. */
clstep_status clstep__writer_check(const char *call, const clstep_writer *writer,
                                   clstep__writer_phase wanted);

/* Makes the header: its length and the JSON, padded to a multiple of 8 bytes. Free *bytes by
 * clstep__free(). */
clstep_status clstep__writer_header(const clstep_writer *writer, const char *call, char **bytes,
                                    size_t *size);

#endif
