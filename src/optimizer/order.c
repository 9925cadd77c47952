/* Chains an optimizer's commands by their events, notices that one has failed on the device, and
 * lets nothing follow until clstep_optimizer_finish() has reported it. What the commands are is the
 * business of step.c and buffers.c. */
#include "optimizer/order.h"

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

static cl_event last_of(const clstep__order *order)
{
    return order->held_count ? order->held[order->held_count - 1] : NULL;
}

/* ---- what is held -------------------------------------------------------------------------- */

/* Lets go of all but the latest `count`. */
static void let_go(clstep__order *order, size_t count)
{
    while (order->held_count > count) {
        clReleaseEvent(order->held[0]);
        order->held_count--;
        memmove(order->held, order->held + 1, order->held_count * sizeof *order->held);
    }
}

static void hold(clstep__order *order, cl_event event)
{
    let_go(order, CLSTEP__HELD - 1);
    order->held[order->held_count++] = event;
}

static void forget(cl_event *event)
{
    if (*event)
        clReleaseEvent(*event);
    *event = NULL;
}

/* Nothing runs any more. The last event stays: a caller may yet be given it. */
static void settle(clstep__order *order)
{
    let_go(order, 1);
    forget(&order->first_values);
    forget(&order->marker);
    while (order->other_count > 0)
        clReleaseCommandQueue(order->others[--order->other_count]);
}

/* ---- the last command ---------------------------------------------------------------------- */

static clstep_status refuse_to_follow(const clstep__order *order, const char *call)
{
    return clstep__fail_cl(CLSTEP_OPENCL_FAILED, call, order->failure,
                           "an earlier step failed on the device: %s (%d); nothing was enqueued; "
                           "call clstep_optimizer_finish(), then go on",
                           clstep__execution_name(order->failure), (int)order->failure);
}

/* Looks, without waiting, what has become of the last command. */
static clstep_status look(clstep__order *order, const char *call, bool *pending)
{
    cl_int execution = CL_COMPLETE;
    *pending = false;
    if (order->failure)
        return refuse_to_follow(order, call);
    if (order->held_count == 0)
        return CLSTEP_OK;
    clstep_status status = execution_of(last_of(order), &execution);
    if (status != CLSTEP_OK)
        return status;
    if (execution == CL_COMPLETE)
        settle(order);
    *pending = execution > CL_COMPLETE;
    order->failure = execution < 0 ? execution : CL_SUCCESS;
    return order->failure ? refuse_to_follow(order, call) : CLSTEP_OK;
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

/* Remembers the current queue, where its commands may still run, in the place of the next one, and
 * flushes it: else waiting for them on another queue might never end. */
static clstep_status leave_queue(clstep__order *order, const char *call, cl_command_queue next)
{
    bool pending = false;
    clstep_status status = look(order, call, &pending);
    if (status != CLSTEP_OK || !order->queue)
        return status;
    if (!pending) {
        clReleaseCommandQueue(order->queue);
        order->queue = NULL;
        return CLSTEP_OK;
    }
    size_t place = 0;
    while (place < order->other_count && order->others[place] != next)
        place++;
    if (place == CLSTEP__QUEUES)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "steps may still run on %d other queues, and no more are possible; use "
                            "one of these, or call clstep_optimizer_finish() first",
                            CLSTEP__QUEUES + 1);
    const cl_int code = clFlush(order->queue);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clFlush", code);
    if (place < order->other_count)
        clReleaseCommandQueue(next);
    else
        order->other_count++;
    order->others[place] = order->queue;
    order->queue = NULL;
    return CLSTEP_OK;
}

clstep_status clstep__order_use(clstep__order *order, cl_context context, cl_device_id device,
                                const char *call, cl_command_queue queue)
{
    if (!queue)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "queue is NULL");
    /* Asking a queue costs two calls, so only one that is not the last is asked; that one is
     * retained, so that its handle cannot come to mean another queue. */
    if (queue == order->queue)
        return CLSTEP_OK;
    clstep_status status = check_queue(context, device, call, queue);
    if (status != CLSTEP_OK)
        return status;
    cl_int code = clRetainCommandQueue(queue);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clRetainCommandQueue", code);
    status = leave_queue(order, call, queue);
    if (status != CLSTEP_OK) {
        clReleaseCommandQueue(queue);
        return status;
    }
    order->queue = queue;
    return CLSTEP_OK;
}

/* ---- a call's commands --------------------------------------------------------------------- */

/* Adds the caller's events, or where they are too many, a marker that waits for them. */
static clstep_status add_given(clstep__order *order, clstep__waits *waits)
{
    if (waits->given_count <= CLSTEP__WAITS - waits->count) {
        for (cl_uint i = 0; i < waits->given_count; i++)
            waits->own[waits->count++] = waits->given[i];
        return CLSTEP_OK;
    }
    cl_event marker = NULL;
    const cl_int code =
        clEnqueueMarkerWithWaitList(order->queue, waits->given_count, waits->given, &marker);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clEnqueueMarkerWithWaitList", code);
    forget(&order->marker);
    order->marker = marker;
    waits->own[waits->count++] = marker;
    return CLSTEP_OK;
}

/* The status of the command before it is asked although that one may just have been enqueued: PoCL
 * 3.1 and 6.0 keep a command for ever that waits for one that has failed already. */
clstep_status clstep__order_next(clstep__order *order, const char *call, clstep__waits *waits)
{
    bool pending = false;
    clstep_status status = look(order, call, &pending);
    if (status != CLSTEP_OK)
        return status;
    waits->count = 0;
    if (pending)
        waits->own[waits->count++] = last_of(order);
    status = add_given(order, waits);
    waits->list = waits->count ? waits->own : NULL;
    return status;
}

void clstep__order_add(clstep__order *order, clstep__waits *waits, cl_event event)
{
    waits->given_count = 0;
    hold(order, event);
}

clstep_status clstep__order_marker(clstep__order *order, const char *call, clstep__waits *waits)
{
    clstep_status status = clstep__order_next(order, call, waits);
    if (status != CLSTEP_OK)
        return status;
    cl_event event = NULL;
    const cl_int code =
        clEnqueueMarkerWithWaitList(order->queue, waits->count, waits->list, &event);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clEnqueueMarkerWithWaitList", code);
    clstep__order_add(order, waits, event);
    return CLSTEP_OK;
}

clstep_status clstep__order_event(const clstep__order *order, cl_event *event)
{
    const cl_int code = clRetainEvent(last_of(order));
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clRetainEvent", code);
    *event = last_of(order);
    return CLSTEP_OK;
}

clstep_status clstep__order_first_values(clstep__order *order)
{
    return order->held_count ? clstep__order_event(order, &order->first_values) : CLSTEP_OK;
}

/* ---- the end ------------------------------------------------------------------------------- */

/* Queues hold more than steps, so they are waited for only where events do not suffice. */
static clstep_status finish_queues(const clstep__order *order)
{
    cl_int code = clFinish(order->queue);
    for (size_t i = 0; code == CL_SUCCESS && i < order->other_count; i++)
        code = clFinish(order->others[i]);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clFinish", code);
}

/* What clWaitForEvents() returns where a command has failed differs from driver to driver, and it
 * may fail itself: the command is asked afterwards. */
static clstep_status wait_for_last(clstep__order *order, const char *call)
{
    cl_int execution = CL_COMPLETE;
    const cl_event last = last_of(order);
    const cl_int code = clWaitForEvents(1, &last);
    clstep_status status = execution_of(last, &execution);
    if (status == CLSTEP_OK && execution > CL_COMPLETE) {
        status = finish_queues(order);
        if (status == CLSTEP_OK)
            status = execution_of(last, &execution);
    }
    if (status != CLSTEP_OK)
        return status;
    if (execution > CL_COMPLETE)
        return clstep__fail_cl(CLSTEP_OPENCL_FAILED, call, code,
                               "waiting failed with %s (%d), and steps may still run; call "
                               "clstep_optimizer_finish() again",
                               clstep__cl_name(code), (int)code);
    order->failure = execution < 0 ? execution : CL_SUCCESS;
    return CLSTEP_OK;
}

/* Whether each command whose event is held has ended. */
static bool have_ended(const clstep__order *order)
{
    cl_int execution = CL_COMPLETE;
    for (size_t i = 0; i < order->held_count; i++) {
        if (execution_of(order->held[i], &execution) != CLSTEP_OK || execution > CL_COMPLETE)
            return false;
    }
    return true;
}

/* A command may fail because of what it waits for while those before it still run. Behind a failure
 * Mesa's rusticl fails all that an in-order queue is asked for, for ever; it takes commands one by
 * one, so that events tell enough there. */
clstep_status clstep__order_wait(clstep__order *order, const char *call)
{
    clstep_status status = CLSTEP_OK;
    if (!order->failure && order->held_count)
        status = wait_for_last(order, call);
    if (status == CLSTEP_OK && order->failure) {
        status = finish_queues(order);
        return status == CLSTEP_OK || have_ended(order) ? CLSTEP_OK : status;
    }
    if (status == CLSTEP_OK)
        settle(order);
    return status;
}

clstep_status clstep__order_report(clstep__order *order, const char *call)
{
    const cl_int failure = order->failure;
    cl_int execution = CL_COMPLETE;
    if (!failure)
        return CLSTEP_OK;
    if (order->first_values) {
        clstep_status status = execution_of(order->first_values, &execution);
        if (status != CLSTEP_OK)
            return status;
    }
    if (execution < 0)
        return clstep__fail_cl(CLSTEP_OPENCL_FAILED, call, execution,
                               "the first values of the state could not be written: %s (%d); "
                               "destroy the optimizer and create it anew",
                               clstep__execution_name(execution), (int)execution);
    settle(order);
    let_go(order, 0);
    order->failure = CL_SUCCESS;
    return clstep__fail_cl(CLSTEP_OPENCL_FAILED, call, failure,
                           "a step failed on the device: %s (%d); it updated a part of the tensors "
                           "or none, and no step after it ran; load a checkpoint, or go on without",
                           clstep__execution_name(failure), (int)failure);
}

void clstep__order_release(clstep__order *order)
{
    settle(order);
    let_go(order, 0);
    if (order->queue)
        clReleaseCommandQueue(order->queue);
    *order = (clstep__order){0};
}
