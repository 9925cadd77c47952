/*
 * Moving the arrays of an optimizer between device and host in large runs: as many arrays as fit
 * are moved together, and those that lie side by side in a buffer by one command.
 */
#ifndef CLSTEP_CHECKPOINT_WINDOW_H
#define CLSTEP_CHECKPOINT_WINDOW_H

#include "safetensors/arrays.h"

/* An array, or a part of one that is too long. */
typedef struct clstep__piece {
    const clstep_tensor_name *name; /* of the tensor */
    const char *state;              /* NULL: the parameter */
    int32_t dtype;
    size_t index;          /* of the array in the file */
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

/* Adds an array, whose index in the file is given, in as many pieces as it needs. */
clstep_status clstep__window_add(clstep__window *window, const clstep__array *array, size_t index);

/* Hands over what is left. */
clstep_status clstep__window_end(clstep__window *window);

/* Reads the pieces from the device, or writes them to it, and waits. Writing needs memory that
 * clstep__window_place() has laid out. */
clstep_status clstep__window_read(clstep__window *window);
clstep_status clstep__window_write(clstep__window *window);

/* Lays the pieces out on the host as they lie on the device, so that neighbours stay neighbours;
 * between them up to `gap` bytes of other things may lie. */
void clstep__window_place(clstep__window *window, size_t gap);

#endif
