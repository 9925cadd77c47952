/* Commands that fail on the device after they were enqueued: the layer replaces a command by a user
 * event, which a test can make fail at any time. */
#ifndef TESTS_LAYER_EVENTS_H
#define TESTS_LAYER_EVENTS_H

#include "ledger.h"

#include <CL/cl_layer.h>

static struct {
    int kind;
    unsigned long left; /* until the one that fails; 0: none does */
    cl_event event;
} late;

EXPORT void layer_fail_later(int kind, unsigned long nth)
{
    late.kind = kind;
    late.left = nth;
}

EXPORT cl_int layer_fail_now(cl_int code)
{
    if (!late.event)
        return CL_INVALID_EVENT;
    const cl_int set = next->clSetUserEventStatus(late.event, code);
    next->clReleaseEvent(late.event);
    late.event = NULL;
    return set;
}

/* Whether this command is the one. */
static int fails_later(int kind)
{
    return late.left > 0 && late.kind == kind && --late.left == 0;
}

static cl_int enqueue_late(cl_command_queue queue, cl_event *event)
{
    cl_context context = NULL;
    cl_int code =
        next->clGetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, sizeof context, &context, NULL);
    if (code == CL_SUCCESS)
        late.event = next->clCreateUserEvent(context, &code);
    if (code == CL_SUCCESS && event) {
        next->clRetainEvent(late.event);
        *event = late.event;
    }
    return enqueued(code, event);
}

#endif
