#include "optimizer/order.h"

#include "base/error.h"
#include "device/failure.h"

#include <stdint.h>

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

/* A failure of commands that have been enqueued shows in their event only, and the caller may not
 * have asked for one. */
static clstep_status report_failure(clstep__order *order, const char *call, cl_int code)
{
    if (order->essential)
        return clstep__fail_cl(CLSTEP_OPENCL_FAILED, call, code,
                               "the first values of the state could not be written: %s (%d); "
                               "create the optimizer anew",
                               clstep__cl_name(code), (int)code);
    clReleaseEvent(order->last);
    order->last = NULL;
    return clstep__fail_cl(CLSTEP_OPENCL_FAILED, call, code,
                           "the step before this one failed on the device: %s (%d); its update is "
                           "missing, call again to go on without it",
                           clstep__cl_name(code), (int)code);
}

clstep_status clstep__order_follow(clstep__order *order, const char *call, clstep__waits *waits)
{
    *waits = (clstep__waits){0};
    if (!order->last)
        return CLSTEP_OK;
    cl_int execution = CL_COMPLETE;
    cl_int code = clGetEventInfo(order->last, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof execution,
                                 &execution, NULL);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clGetEventInfo", code);
    if (execution < 0)
        return report_failure(order, call, execution);
    const int elsewhere = order->queue != order->last_queue;
    if (execution == CL_COMPLETE || (order->in_order && !elsewhere))
        return CLSTEP_OK;
    if (elsewhere) {
        code = clFlush(order->last_queue); /* else a wait from another queue may never end */
        if (code != CL_SUCCESS)
            return clstep__cl_failed("clFlush", code);
    }
    waits->own[0] = order->last;
    waits->count = 1;
    return CLSTEP_OK;
}

clstep_status clstep__order_finish(clstep__order *order, const char *call)
{
    if (!order->last)
        return CLSTEP_OK;
    /* What clWaitForEvents returns where a command has failed differs from driver to driver. */
    const cl_int code = clWaitForEvents(1, &order->last);
    cl_int execution = CL_COMPLETE;
    const cl_int asked = clGetEventInfo(order->last, CL_EVENT_COMMAND_EXECUTION_STATUS,
                                        sizeof execution, &execution, NULL);
    if (asked != CL_SUCCESS)
        return clstep__cl_failed("clGetEventInfo", asked);
    if (execution < 0)
        return report_failure(order, call, execution);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clWaitForEvents", code);
}

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
    if (order->last)
        clReleaseEvent(order->last);
    order->last = united;
    return CLSTEP_OK;
}

void clstep__order_release(clstep__order *order)
{
    if (order->last)
        clReleaseEvent(order->last);
    if (order->last_queue)
        clReleaseCommandQueue(order->last_queue);
    if (order->queue)
        clReleaseCommandQueue(order->queue);
    *order = (clstep__order){0};
}
