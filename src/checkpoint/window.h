/*
 * Copies the arrays of an optimizer between device and host in large runs: it collects as many
 * arrays as fit, and copies neighbours in a buffer by one command.
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

/* Called when a window is full, to use its pieces. The window is empty afterwards. */
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
    clstep__piece **sorted; /* in the order of the device */
    cl_event *events;
    uint64_t commands; /* enqueued so far */
};

/* Close it after a failure too. */
clstep_status clstep__window_open(clstep__window *window, const char *call, cl_command_queue queue,
                                  clstep__window_visitor full, void *context);
void clstep__window_close(clstep__window *window);

/* Adds an array, in as many pieces as it needs. Each piece begins at a multiple of 128 elements. */
clstep_status clstep__window_add(clstep__window *window, const clstep__array *array,
                                 const clstep__source *source);

/* Hands over the remaining pieces. */
clstep_status clstep__window_end(clstep__window *window);

/* Reads the pieces from the device, or writes them to it, and waits. Writing needs memory that
 * clstep__window_place() has laid out. */
clstep_status clstep__window_read(clstep__window *window);
clstep_status clstep__window_write(clstep__window *window);

/* Reads bytes of any buffer of the same context, and waits. */
clstep_status clstep__window_read_buffer(const clstep__window *window, cl_mem buffer,
                                         uint64_t offset, size_t bytes, void *to);

/* Lays out the pieces on the host in the order of the device. Pieces with up to `gap` bytes between
 * them keep their distance. */
void clstep__window_place(clstep__window *window, size_t gap);

#endif
