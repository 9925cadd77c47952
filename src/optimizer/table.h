/*
 * The table on the device: the chunks of the plan; after them the leaves of norms; then
 * step constants that launches do not get by value, first in fp32, then in fp64; what the control
 * kernel needs to compute such constants; and last what kernels/norm and kernels/control write: the
 * sums of the leaves, the norm, and counts of steps. The host has a copy of the table. A
 * kernel that gets changed words by value uploads them, so a step needs no staging memory and never
 * waits.
 */
#ifndef CLSTEP_OPTIMIZER_TABLE_H
#define CLSTEP_OPTIMIZER_TABLE_H

#include "abi/chunk.h"
#include "abi/launch.h"
#include "optimizer/plan.h"

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
    uint64_t leaves;     /* where the leaves begin, in words */
    uint64_t floats;     /* the constants in fp32; with control, clstep_decided lies before them */
    uint64_t doubles;    /* those in fp64 */
    uint64_t rows;       /* how constants depend on counts of steps */
    uint64_t absent;     /* a bit for each tensor that a step leaves out */
    uint64_t sums;       /* the sums of the leaves */
    uint64_t norm;       /* and the norm */
    uint64_t counts;     /* skipped steps, counts of steps (of each tensor, and of the optimizer),
                            counts_epoch */
    cl_mem own;          /* a buffer of its own; NULL once the table lies behind the state */
    cl_mem buffer;       /* the buffer in which kernels find it ... */
    uint64_t first_word; /* ... and where, a multiple of the words of a chunk */
    cl_kernel upload;    /* NULL if nothing changes between steps */
    clstep_upload_words piece;
} clstep__table;

/* What a table has room for, besides chunks and leaves. */
typedef struct clstep__table_room {
    uint64_t floats;  /* slots with constants in fp32 */
    uint64_t doubles; /* ... and in fp64 */
    uint64_t counted; /* counts of steps on the device */
} clstep__table_room;

/* Lays out the table for a plan, and copies chunks and leaves into it. */
clstep_status clstep__table_make(clstep__table *table, const clstep__plan *plan,
                                 const clstep__table_room *room);
void clstep__table_free(clstep__table *table);

/* Enqueues the upload kernel, whose arguments are set. `commands` is the caller's. */
typedef clstep_status (*clstep__enqueue)(void *commands, cl_kernel kernel);

/* Compares `count` words from `place` on with the table, and collects those that differ. Uploads
 * them whenever there are CLSTEP_UPLOAD_WORDS; clstep__table_flush() uploads the rest. After a
 * failure call both again: words that were uploaded no longer differ. */
clstep_status clstep__table_write(clstep__table *table, uint64_t place, const void *words,
                                  size_t count, clstep__enqueue enqueue, void *commands);
clstep_status clstep__table_flush(clstep__table *table, clstep__enqueue enqueue, void *commands);

/* For words that another kernel uploads: forgets those collected, and takes them for uploaded if
 * `is_done`. */
void clstep__table_conclude(clstep__table *table, int is_done);

/* Writes the table again, up to the sums, and waits, after uploads have failed on the device. */
clstep_status clstep__table_restore(const clstep__table *table, cl_context context,
                                    cl_device_id device);

/* Reads `count` words from `place` on from the device, and waits. */
clstep_status clstep__table_read(const clstep__table *table, uint64_t place, uint64_t count,
                                 cl_context context, cl_device_id device);

#endif
