#include "optimizer/order.h"

#include "base/error.h"
#include "device/failure.h"

#include <stdint.h>
#include <string.h>

static clstep_status check_queue(cl_context context, cl_device_id device, const char *call,
                                 cl_command_queue queue, int *in_order)
{
    cl_context queue_context = NULL;
    cl_device_id queue_device = NULL;
    cl_command_queue_properties properties = 0;
    cl_int code =
        clGetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, sizeof queue_context, &queue_context, NULL);
    if (code == CL_SUCCESS)
        code =
            clGetCommandQueueInfo(queue, CL_QUEUE_DEVICE, sizeof queue_device, &queue_device, NULL);
    if (code == CL_SUCCESS)
        code =
            clGetCommandQueueInfo(queue, CL_QUEUE_PROPERTIES, sizeof properties, &properties, NULL);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clGetCommandQueueInfo", code);
    if (queue_context != context || queue_device != device)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "queue belongs to another %s than the engine; make one for the "
                            "engine's context and device",
                            queue_context != context ? "context" : "device");
    *in_order = !(properties & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
    return CLSTEP_OK;
}

/* Puts a retained `queue` into `slot`. */
static clstep_status keep_queue(cl_command_queue *slot, cl_command_queue queue)
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

clstep_status clstep__order_use(clstep__order *order, cl_context context, cl_device_id device,
                                const char *call, cl_command_queue queue)
{
    if (!queue)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "queue is NULL");
    /* Asking a queue costs three calls, so only one that is not the last is asked; that one is
     * retained, so that its handle cannot come to mean another queue. */
    if (queue == order->queue)
        return CLSTEP_OK;
    int in_order = 0;
    clstep_status status = check_queue(context, device, call, queue, &in_order);
    if (status == CLSTEP_OK)
        status = keep_queue(&order->queue, queue);
    if (status == CLSTEP_OK)
        order->in_order = in_order;
    return status;
}

/* ---- the latest commands ------------------------------------------------------------------- */

static void drop(clstep__order *order, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        if (!order->recent[i])
            continue;
        if (order->recent[i] == order->essential)
            order->essential = NULL;
        clReleaseEvent(order->recent[i]);
        order->recent[i] = NULL;
    }
}

static void push(clstep__order *order, cl_event event)
{
    drop(order, CLSTEP__RECENT - 1, CLSTEP__RECENT);
    memmove(order->recent + 1, order->recent, (CLSTEP__RECENT - 1) * sizeof *order->recent);
    order->recent[0] = event;
}

/* Forgets the latest `count`. */
static void pop(clstep__order *order, size_t count)
{
    drop(order, 0, count);
    const size_t left = CLSTEP__RECENT - count;
    memmove(order->recent, order->recent + count, left * sizeof *order->recent);
    memset(order->recent + left, 0, count * sizeof *order->recent);
}

static clstep_status ask(cl_event event, cl_int *execution)
{
    const cl_int code = clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof *execution,
                                       execution, NULL);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clGetEventInfo", code);
}

/* How many of the latest have failed, up to an essential one. */
static clstep_status count_failed(const clstep__order *order, size_t *count)
{
    for (*count = 0; *count < CLSTEP__RECENT && order->recent[*count]; ++*count) {
        cl_int execution = CL_COMPLETE;
        clstep_status status = ask(order->recent[*count], &execution);
        if (status != CLSTEP_OK)
            return status;
        if (execution >= 0 || order->recent[*count] == order->essential)
            break;
    }
    return CLSTEP_OK;
}

static clstep_status keep_queue_of(clstep__order *order, cl_event event)
{
    cl_command_queue queue = NULL;
    const cl_int code =
        clGetEventInfo(event, CL_EVENT_COMMAND_QUEUE, sizeof(cl_command_queue), &queue, NULL);
    return code == CL_SUCCESS ? keep_queue(&order->last_queue, queue)
                              : clstep__cl_failed("clGetEventInfo", code);
}

/*
 * A failure of commands that have been enqueued shows in their event only, and the caller may not
 * have asked for one. Where they failed because of what they waited for, commands before them may
 * still run, and their own queue no longer sees to those: behind a failed command PoCL 3.1 takes
 * the next one of an in-order queue at once.
 */
static clstep_status report_failure(clstep__order *order, const char *call, cl_int code)
{
    size_t failed = 0;
    clstep_status status = count_failed(order, &failed);
    const cl_event before = failed < CLSTEP__RECENT ? order->recent[failed] : NULL;
    if (status == CLSTEP_OK && before)
        status = keep_queue_of(order, before);
    if (status != CLSTEP_OK)
        return status;
    pop(order, failed);
    if (failed == 0)
        return clstep__fail_cl(CLSTEP_OPENCL_FAILED, call, code,
                               "the first values of the state could not be written: %s (%d); "
                               "create the optimizer anew",
                               clstep__cl_name(code), (int)code);
    order->after_failure = 1;
    if (failed > 1)
        return clstep__fail_cl(CLSTEP_OPENCL_FAILED, call, code,
                               "the %zu steps before this one failed on the device: %s (%d); their "
                               "updates are missing, call again to go on without them",
                               failed, clstep__cl_name(code), (int)code);
    return clstep__fail_cl(CLSTEP_OPENCL_FAILED, call, code,
                           "the step before this one failed on the device: %s (%d); its update is "
                           "missing, call again to go on without it",
                           clstep__cl_name(code), (int)code);
}

clstep_status clstep__order_follow(clstep__order *order, const char *call, clstep__waits *waits)
{
    *waits = (clstep__waits){0};
    if (!order->recent[0])
        return CLSTEP_OK;
    cl_int execution = CL_COMPLETE;
    clstep_status status = ask(order->recent[0], &execution);
    if (status != CLSTEP_OK)
        return status;
    if (execution < 0)
        return report_failure(order, call, execution);
    if (execution == CL_COMPLETE) {
        drop(order, 0, CLSTEP__RECENT);
        return CLSTEP_OK;
    }
    const int elsewhere = order->queue != order->last_queue;
    if (order->in_order && !elsewhere && !order->after_failure)
        return CLSTEP_OK;
    if (elsewhere) {
        const cl_int code = clFlush(order->last_queue); /* else a wait may never end */
        if (code != CL_SUCCESS)
            return clstep__cl_failed("clFlush", code);
    }
    waits->own[0] = order->recent[0];
    waits->count = 1;
    return CLSTEP_OK;
}

clstep_status clstep__order_finish(clstep__order *order, const char *call)
{
    if (!order->recent[0])
        return CLSTEP_OK;
    /* What clWaitForEvents returns where a command has failed differs from driver to driver. */
    const cl_int code = clWaitForEvents(1, &order->recent[0]);
    cl_int execution = CL_COMPLETE;
    clstep_status status = ask(order->recent[0], &execution);
    if (status != CLSTEP_OK)
        return status;
    if (execution < 0) {
        status = report_failure(order, call, execution);
        if (order->recent[0]) /* if that has failed, too, the next call says so */
            clWaitForEvents(1, &order->recent[0]);
        return status;
    }
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clWaitForEvents", code);
}

/* ---- a call's commands --------------------------------------------------------------------- */

clstep_status clstep__waits_join(const clstep__order *order, cl_uint num_events,
                                 const cl_event *wait_list, clstep__waits *waits)
{
    if (waits->count == 0) {
        waits->list = wait_list;
        waits->count = num_events;
        return CLSTEP_OK;
    }
    if (num_events > 0) {
        cl_int code =
            clEnqueueMarkerWithWaitList(order->queue, num_events, wait_list, &waits->marker);
        if (code != CL_SUCCESS)
            return clstep__cl_failed("clEnqueueMarkerWithWaitList", code);
        waits->own[waits->count++] = waits->marker;
    }
    waits->list = waits->own;
    return CLSTEP_OK;
}

void clstep__waits_release(clstep__waits *waits)
{
    if (waits->marker)
        clReleaseEvent(waits->marker);
    waits->marker = NULL;
}

static void release_all(cl_event *events, size_t count)
{
    for (size_t i = 0; i < count; i++)
        clReleaseEvent(events[i]);
}

/* An event for all commands: on an in-order queue the last one's, which is taken over, else that of
 * a marker. */
static clstep_status unite(const clstep__order *order, const clstep__waits *waits,
                           const cl_event *events, size_t count, cl_event *united, size_t *taken)
{
    *taken = count == 1 || (count > 1 && order->in_order);
    if (*taken) {
        *united = events[count - 1];
        return CLSTEP_OK;
    }
    const cl_event *list = count ? events : waits->list;
    const cl_uint length = count ? (cl_uint)count : waits->count;
    cl_int code = clEnqueueMarkerWithWaitList(order->queue, length, length ? list : NULL, united);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clEnqueueMarkerWithWaitList", code);
}

/* For the caller, and the queue for us. */
static clstep_status retain(clstep__order *order, cl_event united, cl_event *event)
{
    if (event) {
        cl_int code = clRetainEvent(united);
        if (code != CL_SUCCESS)
            return clstep__cl_failed("clRetainEvent", code);
    }
    clstep_status status = keep_queue(&order->last_queue, order->queue);
    if (status != CLSTEP_OK && event)
        clReleaseEvent(united);
    return status;
}

clstep_status clstep__order_conclude(clstep__order *order, const clstep__waits *waits,
                                     cl_event *events, size_t count, cl_event *event)
{
    cl_event united = NULL;
    size_t taken = 0;
    clstep_status status = unite(order, waits, events, count, &united, &taken);
    if (status != CLSTEP_OK)
        return status;
    status = retain(order, united, event);
    if (status != CLSTEP_OK) {
        if (!taken)
            clReleaseEvent(united);
        return status;
    }
    if (event)
        *event = united;
    release_all(events, count - taken);
    push(order, united);
    order->after_failure = 0;
    return CLSTEP_OK;
}

void clstep__order_depend(clstep__order *order)
{
    order->essential = order->recent[0];
}

void clstep__order_release(clstep__order *order)
{
    drop(order, 0, CLSTEP__RECENT);
    if (order->last_queue)
        clReleaseCommandQueue(order->last_queue);
    if (order->queue)
        clReleaseCommandQueue(order->queue);
    *order = (clstep__order){0};
}
