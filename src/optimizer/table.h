/*
 * The table on the device: the chunks of the plan, and behind them the step constants of slots that
 * do not come by value with a launch, first those in fp32, then those in fp64. The host keeps a
 * copy of what the device has; words that differ from it are uploaded by a kernel that gets them by
 * value, so that a step needs no staging memory and never waits.
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
    uint32_t *words;     /* what the device has once all uploads are done */
    uint64_t word_count; /* below 2^32 */
    uint64_t floats;     /* where the constants in fp32 begin, in words */
    uint64_t doubles;    /* and those in fp64 */
    cl_mem own;          /* a buffer for it alone; NULL once it lies behind the state */
    cl_mem buffer;       /* that in which kernels find it ... */
    uint64_t first_word; /* ... and where, a multiple of the words of a chunk */
    cl_kernel upload;    /* NULL where nothing changes between steps */
    clstep_upload_words piece;
} clstep__table;

/* Lays the table out and takes `chunk_count` chunks into it, of which there may come to be
 * `chunk_room`. There is room for the constants of as many slots as are given. */
clstep_status clstep__table_make(clstep__table *table, const clstep_chunk *chunks,
                                 uint64_t chunk_count, uint64_t chunk_room, uint64_t floats,
                                 uint64_t doubles);
void clstep__table_free(clstep__table *table);

/* How an upload is enqueued: `commands` belongs to who calls; the piece is set as the kernel's
 * argument already. */
typedef clstep_status (*clstep__enqueue)(void *commands, cl_kernel kernel);

/* Adds those of `count` words from `place` on that differ from what the device has to the piece
 * that is uploaded next, and uploads it each time it is full; clstep__table_flush() uploads the
 * rest. After a failure the same calls may be repeated: what was enqueued does not differ. */
clstep_status clstep__table_write(clstep__table *table, uint64_t place, const void *words,
                                  size_t count, clstep__enqueue enqueue, void *commands);
clstep_status clstep__table_flush(clstep__table *table, clstep__enqueue enqueue, void *commands);

/* Writes the whole table again, and waits for that: after uploads that failed on the device. By a
 * queue of its own, since a driver may take nothing on one that has seen a failure. */
clstep_status clstep__table_restore(const clstep__table *table, cl_context context,
                                    cl_device_id device);

#endif
