/*
 * The events of an optimizer's commands, which order them over calls and queues: each command waits
 * for the event of the one before it, on in-order queues too. So commands run one after the other.
 * If one fails on the device, none after it runs, and the last one's event fails too: one event
 * tells of all commands.
 */
#ifndef CLSTEP_OPTIMIZER_EVENTS_H
#define CLSTEP_OPTIMIZER_EVENTS_H

#include <clstep/clstep.h>

enum { CLSTEP__HELD = 8, CLSTEP__QUEUES = 8, CLSTEP__WAITS = 8 };

typedef struct clstep__events {
    cl_command_queue queue; /* the current one; checked and retained */
    /* Other queues on which commands may still run; retained. */
    cl_command_queue others[CLSTEP__QUEUES];
    size_t other_count;
    /* Events of the latest commands, the last command's at the end. One would do, but PoCL 3.1 ends
     * the process if a command fails whose event nobody holds. */
    cl_event held[CLSTEP__HELD];
    size_t held_count;
    cl_event marker;       /* the latest marker that waits for events of the caller */
    cl_event first_values; /* of create's last command, until it is complete */
    cl_int failure;        /* of a command, until it is reported; else CL_SUCCESS */
} clstep__events;

/* What the next command of a call waits for. */
typedef struct clstep__waits {
    const cl_event *list; /* NULL if there are none */
    cl_uint count;
    const cl_event *given; /* the caller's, for the first command only */
    cl_uint given_count;
    cl_event own[CLSTEP__WAITS];
} clstep__waits;

/* Checks that `queue` is one of the context and device, and makes it the current one. */
clstep_status clstep__events_use(clstep__events *events, cl_context context, cl_device_id device,
                                 const char *call, cl_command_queue queue);

/* Call it before each command: fills `waits`, which starts with the caller's events, with what the
 * command must wait for. Fails if an earlier command has failed. */
clstep_status clstep__events_next(clstep__events *events, const char *call, clstep__waits *waits);

/* Call it after each command: takes over its event. */
void clstep__events_add(clstep__events *events, clstep__waits *waits, cl_event event);

/* Enqueues a marker, which only waits. */
clstep_status clstep__events_marker(clstep__events *events, const char *call, clstep__waits *waits);

/* Retains the last command's event, which is complete when all commands are. */
clstep_status clstep__events_last(const clstep__events *events, cl_event *event);

/* Call it after create's commands: if they fail, no step can ever run. */
clstep_status clstep__events_first_values(clstep__events *events);

/* Waits until all commands have ended. On CLSTEP_OK events->failure says whether one has failed. */
clstep_status clstep__events_wait(clstep__events *events, const char *call);

/* Call it after clstep__events_wait(): reports a failure, and allows commands again. */
clstep_status clstep__events_report(clstep__events *events, const char *call);

void clstep__events_release(clstep__events *events);

#endif
