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
        status = clstep__keep_queue(&order->queue, queue);
    if (status == CLSTEP_OK)
        order->in_order = in_order;
    return status;
}

/* ---- the latest commands ------------------------------------------------------------------- */

/* A failure of commands that have been enqueued shows in their event only, and the caller may not
 * have asked for one. */
static clstep_status tell(const clstep__order *order, const char *call, size_t failed, cl_int code)
{
    const char *go_on = order->astray ? "what was enqueued before them may still run, so call "
                                        "clstep_optimizer_finish() and go on after it"
                        : failed > 1  ? "call again to go on without them"
                                      : "call again to go on without it";
    if (failed > 1)
        return clstep__fail_cl(CLSTEP_OPENCL_FAILED, call, code,
                               "%sthe %zu steps before this one failed on the device: %s (%d); "
                               "their updates are missing, %s",
                               order->astray ? "at least " : "", failed, clstep__cl_name(code),
                               (int)code, go_on);
    return clstep__fail_cl(CLSTEP_OPENCL_FAILED, call, code,
                           "the step before this one failed on the device: %s (%d); its update is "
                           "missing, %s",
                           clstep__cl_name(code), (int)code, go_on);
}

/* What failed unseen, behind or before what did not. */
static clstep_status tell_older(clstep__order *order, const char *call)
{
    const size_t failed = order->recent.failed;
    order->recent.failed = 0;
    return failed ? tell(order, call, failed, order->recent.code) : CLSTEP_OK;
}

static clstep_status check_essential(clstep__order *order, const char *call)
{
    cl_int execution = CL_COMPLETE;
    if (!order->essential)
        return CLSTEP_OK;
    clstep_status status = clstep__execution_of(order->essential, &execution);
    if (status != CLSTEP_OK)
        return status;
    if (execution < 0)
        return clstep__fail_cl(CLSTEP_OPENCL_FAILED, call, execution,
                               "the first values of the state could not be written: %s (%d); "
                               "create the optimizer anew",
                               clstep__cl_name(execution), (int)execution);
    if (execution == CL_COMPLETE) {
        clReleaseEvent(order->essential);
        order->essential = NULL;
    }
    return CLSTEP_OK;
}

/* The latest have failed. What is before them may still run, and its own queue does not see to that
 * any more: behind a failed command PoCL takes the next one of an in-order queue at once. */
static clstep_status report_failure(clstep__order *order, const char *call, cl_int code)
{
    clstep__recent *recent = &order->recent;
    size_t failed = 0;
    clstep_status status = clstep__recent_failed(recent, &failed);
    if (status == CLSTEP_OK && failed < recent->count)
        status = clstep__keep_queue_of(&order->last_queue, recent->events[failed]);
    if (status != CLSTEP_OK)
        return status;
    clstep__recent_pop(recent, failed);
    order->after_failure = 1;
    order->astray = recent->count == 0 && recent->may_run;
    failed += recent->failed;
    recent->failed = 0;
    return tell(order, call, failed, code);
}

/* Sees to what of the latest has failed or is complete; gives the latest that is still to come. */
static clstep_status look(clstep__order *order, const char *call, cl_event *pending)
{
    *pending = NULL;
    clstep_status status = check_essential(order, call);
    if (status != CLSTEP_OK)
        return status;
    if (order->astray)
        return clstep__fail(CLSTEP_OPENCL_FAILED, call,
                            "steps have failed, and what was enqueued before them may still run; "
                            "call clstep_optimizer_finish() and go on after it");
    cl_int execution = CL_COMPLETE;
    if (order->recent.count > 0)
        status = clstep__execution_of(order->recent.events[0], &execution);
    if (status != CLSTEP_OK)
        return status;
    if (execution < 0)
        return report_failure(order, call, execution);
    if (execution == CL_COMPLETE)
        clstep__recent_settle(&order->recent);
    else
        *pending = order->recent.events[0];
    return tell_older(order, call);
}

clstep_status clstep__order_follow(clstep__order *order, const char *call, clstep__waits *waits)
{
    *waits = (clstep__waits){0};
    cl_event pending = NULL;
    clstep_status status = look(order, call, &pending);
    if (status != CLSTEP_OK || !pending)
        return status;
    const int elsewhere = order->queue != order->last_queue;
    if (order->in_order && !elsewhere && !order->after_failure)
        return CLSTEP_OK;
    if (elsewhere) {
        const cl_int code = clFlush(order->last_queue); /* else a wait may never end */
        if (code != CL_SUCCESS)
            return clstep__cl_failed("clFlush", code);
    }
    waits->own[0] = pending;
    waits->count = 1;
    return CLSTEP_OK;
}

/* For what runs before those that failed, all of which are known to have. */
static clstep_status finish_queues(clstep__order *order)
{
    const cl_command_queue queues[] = {order->recent.queue, order->last_queue};
    for (size_t i = 0; i < 2; i++) {
        const cl_int code = queues[i] ? clFinish(queues[i]) : CL_SUCCESS;
        if (code != CL_SUCCESS)
            return clstep__cl_failed("clFinish", code);
    }
    order->astray = 0;
    clstep__recent_forget_older(&order->recent);
    return CLSTEP_OK;
}

/* What clWaitForEvents returns where a command has failed differs from driver to driver: those that
 * have are asked afterwards. Queues hold more than steps, so they are waited for only where events
 * do not suffice. */
static clstep_status wait_for_all(clstep__order *order)
{
    const clstep__recent *recent = &order->recent;
    for (size_t i = 0; i < recent->count; i++)
        clWaitForEvents(1, &recent->events[i]);
    size_t failed = 0;
    clstep_status status = clstep__recent_failed(recent, &failed);
    if (status != CLSTEP_OK)
        return status;
    return order->astray || (failed == recent->count && recent->may_run) ? finish_queues(order)
                                                                         : CLSTEP_OK;
}

clstep_status clstep__order_finish(clstep__order *order, const char *call)
{
    cl_event pending = NULL;
    clstep_status status = wait_for_all(order);
    return status == CLSTEP_OK ? look(order, call, &pending) : status;
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
    clstep_status status = clstep__keep_queue(&order->last_queue, order->queue);
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
    clstep__recent_push(&order->recent, united);
    order->after_failure = 0;
    return CLSTEP_OK;
}

clstep_status clstep__order_depend(clstep__order *order)
{
    if (order->recent.count == 0)
        return CLSTEP_OK;
    const cl_int code = clRetainEvent(order->recent.events[0]);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clRetainEvent", code);
    order->essential = order->recent.events[0];
    return CLSTEP_OK;
}

void clstep__order_release(clstep__order *order)
{
    clstep__recent_release(&order->recent);
    if (order->essential)
        clReleaseEvent(order->essential);
    if (order->last_queue)
        clReleaseCommandQueue(order->last_queue);
    if (order->queue)
        clReleaseCommandQueue(order->queue);
    *order = (clstep__order){0};
}
