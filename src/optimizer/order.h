/*
 * The order of an optimizer's commands over calls and queues. Its state may only be touched by one
 * step after the other; on the caller's in-order queue that is so by itself, in all other cases the
 * next commands wait for the event of the last.
 */
#ifndef CLSTEP_OPTIMIZER_ORDER_H
#define CLSTEP_OPTIMIZER_ORDER_H

#include "optimizer/recent_events.h"

typedef struct clstep__order {
    cl_command_queue queue; /* the last one that was checked; retained */
    int in_order;           /* that queue executes in order */
    clstep__recent recent;
    cl_command_queue last_queue; /* where the latest commands were enqueued; retained */
    cl_event essential;          /* nothing may follow if it fails; NULL once it is complete */
    int after_failure;           /* the latest commands are waited for on their own queue as well */
    int astray; /* what runs before those that failed is not known; finish waits for it */
} clstep__order;

/* What the commands of a call have to wait for. */
typedef struct clstep__waits {
    cl_event own[2]; /* used where the caller's list does not suffice */
    cl_event marker; /* stands for the caller's list within `own`; to release */
    const cl_event *list;
    cl_uint count;
} clstep__waits;

/* Checks that `queue` is one of the context and device, and remembers it. */
clstep_status clstep__order_use(clstep__order *order, cl_context context, cl_device_id device,
                                const char *call, cl_command_queue queue);

/* Begins `waits` with the last commands, where the queue does not see to them by itself. If they
 * have failed, this says so, once (for ever if they were essential); what follows waits for those
 * before them, or, where more have failed than are kept, for clstep__order_finish(). */
clstep_status clstep__order_follow(clstep__order *order, const char *call, clstep__waits *waits);

/* Waits for all commands; tells of a failure as clstep__order_follow() does. */
clstep_status clstep__order_finish(clstep__order *order, const char *call);

/* Joins the caller's wait list to what `waits` has. */
clstep_status clstep__waits_join(const clstep__order *order, cl_uint num_events,
                                 const cl_event *wait_list, clstep__waits *waits);
void clstep__waits_release(clstep__waits *waits);

/* Makes one event of those of `count` commands, all on the current queue in the order of the array,
 * and keeps it as the latest. With none, a marker that waits for `waits`. Takes the events over on
 * success, and gives the caller a reference of its own if `event` is not NULL. */
clstep_status clstep__order_conclude(clstep__order *order, const clstep__waits *waits,
                                     cl_event *events, size_t count, cl_event *event);

/* Nothing may follow if the latest commands fail. */
clstep_status clstep__order_depend(clstep__order *order);

void clstep__order_release(clstep__order *order);

#endif
