#include "optimizer/recent_events.h"

#include "device/failure.h"

#include <string.h>

clstep_status clstep__execution_of(cl_event event, cl_int *execution)
{
    const cl_int code = clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof *execution,
                                       execution, NULL);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clGetEventInfo", code);
}

clstep_status clstep__keep_queue(cl_command_queue *slot, cl_command_queue queue)
{
    if (*slot == queue)
        return CLSTEP_OK;
    cl_int code = clRetainCommandQueue(queue);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clRetainCommandQueue", code);
    if (*slot)
        clReleaseCommandQueue(*slot);
    *slot = queue;
    return CLSTEP_OK;
}

clstep_status clstep__keep_queue_of(cl_command_queue *slot, cl_event event)
{
    cl_command_queue queue = NULL;
    const cl_int code =
        clGetEventInfo(event, CL_EVENT_COMMAND_QUEUE, sizeof(cl_command_queue), &queue, NULL);
    return code == CL_SUCCESS ? clstep__keep_queue(slot, queue)
                              : clstep__cl_failed("clGetEventInfo", code);
}

void clstep__recent_forget_older(clstep__recent *recent)
{
    if (recent->queue)
        clReleaseCommandQueue(recent->queue);
    recent->queue = NULL;
    recent->may_run = false;
}

/* Lets go of an older event than all that are kept. */
static void let_go(clstep__recent *recent, cl_event event)
{
    cl_int execution = CL_QUEUED; /* if the driver does not say */
    clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof execution, &execution, NULL);
    if (execution < 0) {
        recent->failed++;
        recent->code = execution;
    } else if (execution == CL_COMPLETE) {
        clstep__recent_forget_older(recent);
    } else {
        recent->may_run = true;
        clstep__keep_queue_of(&recent->queue, event);
    }
    clReleaseEvent(event);
}

void clstep__recent_push(clstep__recent *recent, cl_event event)
{
    if (recent->count == CLSTEP__RECENT)
        let_go(recent, recent->events[--recent->count]);
    memmove(recent->events + 1, recent->events, recent->count * sizeof *recent->events);
    recent->events[0] = event;
    recent->count++;
}

void clstep__recent_pop(clstep__recent *recent, size_t count)
{
    for (size_t i = 0; i < count; i++)
        clReleaseEvent(recent->events[i]);
    recent->count -= count;
    memmove(recent->events, recent->events + count, recent->count * sizeof *recent->events);
}

void clstep__recent_settle(clstep__recent *recent)
{
    while (recent->count > 0)
        let_go(recent, recent->events[--recent->count]);
    clstep__recent_forget_older(recent);
}

clstep_status clstep__recent_failed(const clstep__recent *recent, size_t *count)
{
    for (*count = 0; *count < recent->count; ++*count) {
        cl_int execution = CL_COMPLETE;
        clstep_status status = clstep__execution_of(recent->events[*count], &execution);
        if (status != CLSTEP_OK)
            return status;
        if (execution >= 0)
            break;
    }
    return CLSTEP_OK;
}

void clstep__recent_release(clstep__recent *recent)
{
    clstep__recent_pop(recent, recent->count);
    clstep__recent_forget_older(recent);
}
