/*
 * The order of an optimizer's commands over calls and queues: each waits for the event of the one
 * before it, on an in-order queue as well. So the state is only touched by one command after the
 * other, and if one fails on the device, none after it is executed and the last one's event fails
 * too: this one event tells of all.
 */
#ifndef CLSTEP_OPTIMIZER_ORDER_H
#define CLSTEP_OPTIMIZER_ORDER_H

#include <clstep/clstep.h>

enum { CLSTEP__HELD = 8, CLSTEP__QUEUES = 8, CLSTEP__WAITS = 8 };

typedef struct clstep__order {
    cl_command_queue queue; /* the last one that was checked; retained */
    /* Other queues on which commands may still run; retained. */
    cl_command_queue others[CLSTEP__QUEUES];
    size_t other_count;
    /* Events of the latest commands, the last one's at the end. One would do, but PoCL 3.1 ends the
     * process where a command fails whose event nobody holds. */
    cl_event held[CLSTEP__HELD];
    size_t held_count;
    cl_event marker;       /* the latest that waits for events of the caller's */
    cl_event first_values; /* of create's last command, until it is known to be complete */
    cl_int failure;        /* how a command failed, until it is reported; else CL_SUCCESS */
} clstep__order;

/* What the next command of a call waits for. */
typedef struct clstep__waits {
    const cl_event *list; /* NULL where there are none */
    cl_uint count;
    const cl_event *given; /* the caller's, for the first command only */
    cl_uint given_count;
    cl_event own[CLSTEP__WAITS];
} clstep__waits;

/* Checks that `queue` is one of the context and device, and makes it the current one. */
clstep_status clstep__order_use(clstep__order *order, cl_context context, cl_device_id device,
                                const char *call, cl_command_queue queue);

/* Before each command of a call on the current queue: says in `waits`, which begins with what the
 * caller gave, what the command waits for. Fails where one before it has failed. */
clstep_status clstep__order_next(clstep__order *order, const char *call, clstep__waits *waits);

/* After each command: takes its event over. */
void clstep__order_add(clstep__order *order, clstep__waits *waits, cl_event event);

/* Enqueues a command that does nothing but wait. */
clstep_status clstep__order_marker(clstep__order *order, const char *call, clstep__waits *waits);

/* Gives a reference to the last command's event, which is complete when all are. */
clstep_status clstep__order_event(const clstep__order *order, cl_event *event);

/* After create's commands: if they fail, the failure can be reported, but not left behind. */
clstep_status clstep__order_first_values(clstep__order *order);

/* Waits until all commands have ended. CLSTEP_OK means that they have: well, or order->failure
 * says how one failed. */
clstep_status clstep__order_wait(clstep__order *order, const char *call);

/* After clstep__order_wait(): tells of a failure, and lets commands follow again. */
clstep_status clstep__order_report(clstep__order *order, const char *call);

void clstep__order_release(clstep__order *order);

#endif
