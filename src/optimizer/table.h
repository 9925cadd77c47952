/*
 * The table on the device: the chunks of the plan; after them step constants that launches do not
 * get by value, first in fp32, then in fp64. The host has a copy of the table. A kernel that gets
 * changed words by value uploads them, so a step needs no staging memory and never waits.
 */
#ifndef CLSTEP_OPTIMIZER_TABLE_H
#define CLSTEP_OPTIMIZER_TABLE_H

#include "abi/chunk.h"
#include "abi/launch.h"

#include <clstep/clstep.h>

typedef CLSTEP_CONSTANTS_OF(float) clstep__constants_float;
typedef CLSTEP_CONSTANTS_OF(double) clstep__constants_double;
CLSTEP_ASSERT(constants_of_float_are_dense,
              sizeof(clstep__constants_float) == 8 + 4 * CLSTEP_STEP_CONSTANTS);
CLSTEP_ASSERT(constants_of_double_are_dense,
              sizeof(clstep__constants_double) == 8 + 8 * CLSTEP_STEP_CONSTANTS);

typedef struct clstep__table {
    uint32_t *words;     /* the table on the device, once all uploads are done */
    uint64_t word_count; /* below 2^32 */
    uint64_t floats;     /* where the constants in fp32 begin, in words */
    uint64_t doubles;    /* and those in fp64 */
    cl_mem own;          /* a buffer of its own; NULL once the table lies behind the state */
    cl_mem buffer;       /* the buffer in which kernels find it ... */
    uint64_t first_word; /* ... and where, a multiple of the words of a chunk */
    cl_kernel upload;    /* NULL if nothing changes between steps */
    clstep_upload_words piece;
} clstep__table;

/* Lays out the table, with room for `chunk_room` chunks and for the constants of `floats` and
 * `doubles` slots, and copies `chunk_count` chunks into it. */
clstep_status clstep__table_make(clstep__table *table, const clstep_chunk *chunks,
                                 uint64_t chunk_count, uint64_t chunk_room, uint64_t floats,
                                 uint64_t doubles);
void clstep__table_free(clstep__table *table);

/* Enqueues the upload kernel, whose arguments are set. `commands` is the caller's. */
typedef clstep_status (*clstep__enqueue)(void *commands, cl_kernel kernel);

/* Compares `count` words from `place` on with the table, and collects those that differ. Uploads
 * them whenever there are CLSTEP_UPLOAD_WORDS; clstep__table_flush() uploads the rest. After a
 * failure call both again: words that were uploaded no longer differ. */
clstep_status clstep__table_write(clstep__table *table, uint64_t place, const void *words,
                                  size_t count, clstep__enqueue enqueue, void *commands);
clstep_status clstep__table_flush(clstep__table *table, clstep__enqueue enqueue, void *commands);

/* Writes the whole table again and waits, after uploads have failed on the device. Uses a queue of
 * its own, because some drivers accept no commands on a queue that has failed. */
clstep_status clstep__table_restore(const clstep__table *table, cl_context context,
                                    cl_device_id device);

#endif
