/* What a writer holds, and the header of its file. */
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
    CLSTEP__BROKEN /* writing failed, and the temporary file is gone */
} clstep__writer_phase;

/* A tensor's place among the data, and how much of it has been written. */
typedef struct clstep__part {
    const char *name; /* the key in `tensors` */
    uint64_t begin;
    uint64_t bytes;
    clstep__ranges written;
} clstep__part;

struct clstep_writer {
    clstep__writer_phase phase;
    char *path;      /* NULL: to memory */
    json_t *tensors; /* the header but for __metadata__ */
    json_t *metadata;
    clstep__part *parts;
    size_t part_count;
    size_t part_room;
    uint64_t data_size;
    uint64_t data; /* where the data begin; known from clstep_writer_begin() on */
    clstep__replacement target;
    unsigned char *memory;
};

/* Refuses a NULL writer and one in another phase. */
clstep_status clstep__writer_check(const char *call, const clstep_writer *writer,
                                   clstep__writer_phase wanted);

/* The length and the JSON that a file begins with, padded to a multiple of 8; *bytes is freed by
 * clstep__free(). */
clstep_status clstep__writer_header(const clstep_writer *writer, const char *call, char **bytes,
                                    size_t *size);

#endif
