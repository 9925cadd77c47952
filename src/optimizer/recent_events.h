/*
 * The events of an optimizer's last calls, each of which completes with all commands of its call.
 * Of commands that fail only their events tell, and where they fail because of what they waited
 * for, those before them may still run: these are what the next ones have to wait for.
 */
#ifndef CLSTEP_OPTIMIZER_RECENT_EVENTS_H
#define CLSTEP_OPTIMIZER_RECENT_EVENTS_H

#include <clstep/clstep.h>
#include <stdbool.h>

enum { CLSTEP__RECENT = 8 };

typedef struct clstep__recent {
    cl_event events[CLSTEP__RECENT]; /* the latest first */
    size_t count;
    /* Of calls that are older than these: */
    bool may_run;           /* they were not complete when they were last seen */
    cl_command_queue queue; /* where the latest of them is; retained */
    size_t failed;          /* how many failed of which nobody knows yet */
    cl_int code;            /* that of the latest of them */
} clstep__recent;

/* Takes over the event of another call. */
void clstep__recent_push(clstep__recent *recent, cl_event event);

/* Forgets the latest `count`, or all, the latest of which is complete, and so are all before it
 * that have not failed. */
void clstep__recent_pop(clstep__recent *recent, size_t count);
void clstep__recent_settle(clstep__recent *recent);

/* How many of the latest have failed in a row. */
clstep_status clstep__recent_failed(const clstep__recent *recent, size_t *count);

clstep_status clstep__execution_of(cl_event event, cl_int *execution);

/* Nothing older than what is kept may run any more. */
void clstep__recent_forget_older(clstep__recent *recent);

void clstep__recent_release(clstep__recent *recent);

/* Puts `queue`, or that of an event, into `slot`, retained, and releases what was there. */
clstep_status clstep__keep_queue(cl_command_queue *slot, cl_command_queue queue);
clstep_status clstep__keep_queue_of(cl_command_queue *slot, cl_event event);

#endif
