/*
 * Keeps the buffers that commands in flight reach by address. The driver does not know of these
 * that they are in use, as it knows of arguments, so that releasing them must wait for the
 * commands.
 */
#ifndef CLSTEP_OPTIMIZER_KEEPER_H
#define CLSTEP_OPTIMIZER_KEEPER_H

#include <clstep/clstep.h>
#include <stddef.h>

typedef struct clstep__keeper clstep__keeper;

/* With room for `most` buffers; NULL if the host is out of memory. */
clstep__keeper *clstep__keeper_make(size_t most);

/* Takes over a reference. */
void clstep__keeper_take(clstep__keeper *keeper, cl_mem buffer);

/* Does not wait: when all events are complete, or failed, the buffers are released by a thread of
 * the driver, and the keeper is freed; at once if there are none. */
void clstep__keeper_leave(clstep__keeper *keeper, size_t count, const cl_event *events);

#endif
