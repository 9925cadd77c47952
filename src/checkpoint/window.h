/*
 * Moving the arrays of an optimizer between device and host in large runs: as many arrays as fit
 * are moved together, and those that lie side by side in a buffer by one command.
 */
#ifndef CLSTEP_CHECKPOINT_WINDOW_H
#define CLSTEP_CHECKPOINT_WINDOW_H

#include "checkpoint/source.h"
#include "safetensors/arrays.h"

/* An array, or a part of one that is too long. */
typedef struct clstep__piece {
    const clstep_tensor_name *name; /* of the tensor */
    const char *state;              /* NULL: the parameter */
    int32_t dtype;
    clstep__source source; /* of a load; of a save only its index in the file is set */
    uint64_t first;        /* element of the array */
    size_t count;          /* elements */
    size_t bytes;          /* of these */
    cl_mem buffer;         /* where they lie on the device ... */
    uint64_t offset;       /* ... in bytes */
    unsigned char *memory; /* and on the host */
} clstep__piece;

typedef struct clstep__window clstep__window;

/* What is to be done with the pieces that a window holds, which then is empty again. */
typedef clstep_status (*clstep__window_visitor)(clstep__window *window, void *context);

struct clstep__window {
    const char *call;
    cl_command_queue queue;
    clstep__window_visitor full;
    void *context; /* of `full` */
    clstep__piece *pieces;
    size_t count;
    size_t bytes;
    unsigned char *memory;
    clstep__piece **sorted; /* as they lie on the device */
    cl_event *events;
    uint64_t commands; /* that were enqueued so far */
};

/* To be closed in any case. */
clstep_status clstep__window_open(clstep__window *window, const char *call, cl_command_queue queue,
                                  clstep__window_visitor full, void *context);
void clstep__window_close(clstep__window *window);

/* Adds an array in as many pieces as it needs; each begins at a multiple of 128 of its elements. */
clstep_status clstep__window_add(clstep__window *window, const clstep__array *array,
                                 const clstep__source *source);

/* Hands over what is left. */
clstep_status clstep__window_end(clstep__window *window);

/* Reads the pieces from the device, or writes them to it, and waits. Writing needs memory that
 * clstep__window_place() has laid out. */
clstep_status clstep__window_read(clstep__window *window);
clstep_status clstep__window_write(clstep__window *window);

/* Reads bytes of any buffer of the same context at once. */
clstep_status clstep__window_read_buffer(const clstep__window *window, cl_mem buffer,
                                         uint64_t offset, size_t bytes, void *to);

/* Lays the pieces out on the host as they lie on the device, so that neighbours stay neighbours;
 * between them up to `gap` bytes of other things may lie. */
void clstep__window_place(clstep__window *window, size_t gap);

#endif
