/* Chains an optimizer's commands by their events. If a command fails on the device, it refuses all
 * further ones until clstep_optimizer_finish() has reported the failure. step.c, buffers.c and
 * masters.c enqueue the commands. */
#include "optimizer/events.h"

#include "base/error.h"
#include "device/failure.h"

#include <stdbool.h>
#include <string.h>

static clstep_status execution_of(cl_event event, cl_int *execution)
{
    const cl_int code = clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof *execution,
                                       execution, NULL);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clGetEventInfo", code);
}

static cl_event last_of(const clstep__events *events)
{
    return events->held_count ? events->held[events->held_count - 1] : NULL;
}

/* ---- held events --------------------------------------------------------------------------- */

/* Releases all but the latest `count`. */
static void let_go(clstep__events *events, size_t count)
{
    while (events->held_count > count) {
        clReleaseEvent(events->held[0]);
        events->held_count--;
        memmove(events->held, events->held + 1, events->held_count * sizeof *events->held);
    }
}

static void hold(clstep__events *events, cl_event event)
{
    let_go(events, CLSTEP__HELD - 1);
    events->held[events->held_count++] = event;
}

static void forget(cl_event *event)
{
    if (*event)
        clReleaseEvent(*event);
    *event = NULL;
}

/* Call it when nothing runs any more. Keeps the last event: a caller may still ask for it. */
static void settle(clstep__events *events)
{
    let_go(events, 1);
    forget(&events->first_values);
    forget(&events->marker);
    while (events->other_count > 0)
        clReleaseCommandQueue(events->others[--events->other_count]);
}

/* ---- the last command ---------------------------------------------------------------------- */

static clstep_status refuse_to_follow(const clstep__events *events, const char *call)
{
    return clstep__fail_cl(CLSTEP_OPENCL_FAILED, call, events->failure,
                           "an earlier step failed on the device, or an event that it waited for "
                           "failed: %s (%d); call clstep_optimizer_finish(), then go on",
                           clstep__execution_name(events->failure), (int)events->failure);
}

/* Asks for the state of the last command, without waiting. */
static clstep_status look(clstep__events *events, const char *call, bool *pending)
{
    cl_int execution = CL_COMPLETE;
    *pending = false;
    if (events->failure)
        return refuse_to_follow(events, call);
    if (events->held_count == 0)
        return CLSTEP_OK;
    clstep_status status = execution_of(last_of(events), &execution);
    if (status != CLSTEP_OK)
        return status;
    if (execution == CL_COMPLETE)
        settle(events);
    *pending = execution > CL_COMPLETE;
    events->failure = execution < 0 ? execution : CL_SUCCESS;
    return events->failure ? refuse_to_follow(events, call) : CLSTEP_OK;
}

/* ---- queues -------------------------------------------------------------------------------- */

static clstep_status check_queue(cl_context context, cl_device_id device, const char *call,
                                 cl_command_queue queue)
{
    cl_context queue_context = NULL;
    cl_device_id queue_device = NULL;
    cl_int code =
        clGetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, sizeof queue_context, &queue_context, NULL);
    if (code == CL_SUCCESS)
        code =
            clGetCommandQueueInfo(queue, CL_QUEUE_DEVICE, sizeof queue_device, &queue_device, NULL);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clGetCommandQueueInfo", code);
    if (queue_context != context || queue_device != device)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "queue belongs to another %s than the engine; make one for the "
                            "engine's context and device",
                            queue_context != context ? "context" : "device");
    return CLSTEP_OK;
}

/* If commands on the current queue may still run, flushes it: otherwise waiting for them on another
 * queue might never end. Then adds it to the other queues; if `next` is one of these, it takes the
 * place of `next`. */
static clstep_status leave_queue(clstep__events *events, const char *call, cl_command_queue next)
{
    bool pending = false;
    clstep_status status = look(events, call, &pending);
    if (status != CLSTEP_OK || !events->queue)
        return status;
    if (!pending) {
        clReleaseCommandQueue(events->queue);
        events->queue = NULL;
        return CLSTEP_OK;
    }
    size_t place = 0;
    while (place < events->other_count && events->others[place] != next)
        place++;
    if (place == CLSTEP__QUEUES)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "steps may still run on %d other queues, and no more are possible; use "
                            "one of these, or call clstep_optimizer_finish() first",
                            CLSTEP__QUEUES + 1);
    const cl_int code = clFlush(events->queue);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clFlush", code);
    if (place < events->other_count)
        clReleaseCommandQueue(next);
    else
        events->other_count++;
    events->others[place] = events->queue;
    events->queue = NULL;
    return CLSTEP_OK;
}

clstep_status clstep__events_use(clstep__events *events, cl_context context, cl_device_id device,
                                 const char *call, cl_command_queue queue)
{
    if (!queue)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "queue is NULL");
    /* Checking a queue takes two calls, so the last queue is not checked again. It is retained, so
     * its handle cannot become that of another queue. */
    if (queue == events->queue)
        return CLSTEP_OK;
    clstep_status status = check_queue(context, device, call, queue);
    if (status != CLSTEP_OK)
        return status;
    cl_int code = clRetainCommandQueue(queue);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clRetainCommandQueue", code);
    status = leave_queue(events, call, queue);
    if (status != CLSTEP_OK) {
        clReleaseCommandQueue(queue);
        return status;
    }
    events->queue = queue;
    return CLSTEP_OK;
}

/* ---- a call's commands --------------------------------------------------------------------- */

/* Adds the caller's events, or if there are too many, a marker that waits for them. */
static clstep_status add_given(clstep__events *events, clstep__waits *waits)
{
    if (waits->given_count <= CLSTEP__WAITS - waits->count) {
        for (cl_uint i = 0; i < waits->given_count; i++)
            waits->own[waits->count++] = waits->given[i];
        return CLSTEP_OK;
    }
    cl_event marker = NULL;
    const cl_int code =
        clEnqueueMarkerWithWaitList(events->queue, waits->given_count, waits->given, &marker);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clEnqueueMarkerWithWaitList", code);
    forget(&events->marker);
    events->marker = marker;
    waits->own[waits->count++] = marker;
    return CLSTEP_OK;
}

/* Looks at the command before, even if it was enqueued just now: PoCL 3.1 and 6.0 never run or fail
 * a command that waits for one that has failed already. */
clstep_status clstep__events_next(clstep__events *events, const char *call, clstep__waits *waits)
{
    bool pending = false;
    clstep_status status = look(events, call, &pending);
    if (status != CLSTEP_OK)
        return status;
    waits->count = 0;
    if (pending)
        waits->own[waits->count++] = last_of(events);
    status = add_given(events, waits);
    waits->list = waits->count ? waits->own : NULL;
    return status;
}

void clstep__events_add(clstep__events *events, clstep__waits *waits, cl_event event)
{
    waits->given_count = 0;
    hold(events, event);
}

clstep_status clstep__events_marker(clstep__events *events, const char *call, clstep__waits *waits)
{
    clstep_status status = clstep__events_next(events, call, waits);
    if (status != CLSTEP_OK)
        return status;
    cl_event event = NULL;
    const cl_int code =
        clEnqueueMarkerWithWaitList(events->queue, waits->count, waits->list, &event);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clEnqueueMarkerWithWaitList", code);
    clstep__events_add(events, waits, event);
    return CLSTEP_OK;
}

clstep_status clstep__events_last(const clstep__events *events, cl_event *event)
{
    const cl_int code = clRetainEvent(last_of(events));
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clRetainEvent", code);
    *event = last_of(events);
    return CLSTEP_OK;
}

clstep_status clstep__events_first_values(clstep__events *events)
{
    return events->held_count ? clstep__events_last(events, &events->first_values) : CLSTEP_OK;
}

/* ---- the end ------------------------------------------------------------------------------- */

/* Queues have more than steps on them, so this is only for cases where events do not suffice. */
static clstep_status finish_queues(const clstep__events *events)
{
    cl_int code = clFinish(events->queue);
    for (size_t i = 0; code == CL_SUCCESS && i < events->other_count; i++)
        code = clFinish(events->others[i]);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clFinish", code);
}

/* Drivers differ in what clWaitForEvents() returns if a command has failed, and it may fail itself.
 * So look at the command afterwards. */
static clstep_status wait_for_last(clstep__events *events, const char *call)
{
    cl_int execution = CL_COMPLETE;
    const cl_event last = last_of(events);
    const cl_int code = clWaitForEvents(1, &last);
    clstep_status status = execution_of(last, &execution);
    if (status == CLSTEP_OK && execution > CL_COMPLETE) {
        status = finish_queues(events);
        if (status == CLSTEP_OK)
            status = execution_of(last, &execution);
    }
    if (status != CLSTEP_OK)
        return status;
    if (execution > CL_COMPLETE)
        return clstep__fail_cl(CLSTEP_OPENCL_FAILED, call, code,
                               "waiting failed with %s (%d), and steps may still run; call "
                               "clstep_optimizer_finish() again",
                               clstep_cl_code_name(code), (int)code);
    events->failure = execution < 0 ? execution : CL_SUCCESS;
    return CLSTEP_OK;
}

/* Whether all commands whose events are held have ended. */
static bool have_ended(const clstep__events *events)
{
    cl_int execution = CL_COMPLETE;
    for (size_t i = 0; i < events->held_count; i++) {
        if (execution_of(events->held[i], &execution) != CLSTEP_OK || execution > CL_COMPLETE)
            return false;
    }
    return true;
}

/* A command may fail because of an event that it waits for, while commands before it still run: so
 * after a failure wait for the queues. After a failure on an in-order queue Mesa's rusticl fails
 * every further call on it, clFinish() too. It runs commands one by one, so the events suffice. */
clstep_status clstep__events_wait(clstep__events *events, const char *call)
{
    clstep_status status = CLSTEP_OK;
    if (!events->failure && events->held_count)
        status = wait_for_last(events, call);
    if (status == CLSTEP_OK && events->failure) {
        status = finish_queues(events);
        return status == CLSTEP_OK || have_ended(events) ? CLSTEP_OK : status;
    }
    if (status == CLSTEP_OK)
        settle(events);
    return status;
}

clstep_status clstep__events_report(clstep__events *events, const char *call)
{
    const cl_int failure = events->failure;
    cl_int execution = CL_COMPLETE;
    if (!failure)
        return CLSTEP_OK;
    if (events->first_values) {
        clstep_status status = execution_of(events->first_values, &execution);
        if (status != CLSTEP_OK)
            return status;
    }
    if (execution < 0)
        return clstep__fail_cl(CLSTEP_OPENCL_FAILED, call, execution,
                               "the first values of the state could not be written: %s (%d); "
                               "destroy the optimizer and create it again",
                               clstep__execution_name(execution), (int)execution);
    settle(events);
    let_go(events, 0);
    events->failure = CL_SUCCESS;
    return clstep__fail_cl(
        CLSTEP_OPENCL_FAILED, call, failure,
        "a step failed on the device, or an event that it waited for failed: %s (%d); "
        "it updated a part of the tensors or none, and no step after it ran; load a checkpoint, or "
        "go on without",
        clstep__execution_name(failure), (int)failure);
}

void clstep__events_release(clstep__events *events)
{
    settle(events);
    let_go(events, 0);
    if (events->queue)
        clReleaseCommandQueue(events->queue);
    *events = (clstep__events){0};
}
