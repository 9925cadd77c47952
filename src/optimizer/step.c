/* The step: computes the step constants of every slot, uploads what has changed in the table, then
 * enqueues one launch after the other. */
#include "base/error.h"
#include "base/sized.h"
#include "device/failure.h"
#include "optimizer/constants.h"
#include "optimizer/control.h"
#include "optimizer/inputs.h"
#include "optimizer/kernels.h"
#include "optimizer/norm.h"
#include "optimizer/rates.h"
#include "optimizer/scalars.h"

#include <string.h>

static const char call[] = "clstep_optimizer_step";

static clstep_status refuse(const char *message)
{
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "%s", message);
}

static clstep_status read_options(const clstep_optimizer *optimizer,
                                  const clstep_step_options *given, clstep_step_options *options)
{
    if (!clstep__struct_read(options, given, CLSTEP__SIZES(clstep_step_options)))
        return refuse("options must start as CLSTEP_STEP_OPTIONS_INIT");
    return clstep__rates_check(call, optimizer, options);
}

static clstep_status check_event(const clstep_optimizer *optimizer, cl_uint index, cl_event event)
{
    if (!event)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "wait_list[%u] is NULL",
                            (unsigned)index);
    cl_context context = NULL;
    cl_int execution = CL_COMPLETE;
    cl_int code = clGetEventInfo(event, CL_EVENT_CONTEXT, sizeof context, &context, NULL);
    if (code == CL_SUCCESS)
        code = clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof execution,
                              &execution, NULL);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clGetEventInfo", code);
    if (context != optimizer->context)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "wait_list[%u] belongs to another context than the optimizer",
                            (unsigned)index);
    if (execution < 0)
        return clstep__fail_cl(CLSTEP_INVALID_ARGUMENT, call, execution,
                               "wait_list[%u] has failed with %s (%d); the step was not enqueued",
                               (unsigned)index, clstep__execution_name(execution), (int)execution);
    return CLSTEP_OK;
}

static clstep_status check_events(const clstep_optimizer *optimizer, cl_uint num_events,
                                  const cl_event *wait_list)
{
    if ((num_events == 0) != (wait_list == NULL))
        return refuse(num_events ? "wait_list is NULL although num_events is above 0"
                                 : "num_events is 0 although wait_list is not NULL");
    for (cl_uint i = 0; i < num_events; i++) {
        clstep_status status = check_event(optimizer, i, wait_list[i]);
        if (status != CLSTEP_OK)
            return status;
    }
    return CLSTEP_OK;
}

static clstep_status check(const clstep_optimizer *optimizer, const clstep_step_options *given,
                           clstep_step_options *options, cl_uint num_events,
                           const cl_event *wait_list)
{
    if (!optimizer)
        return refuse("optimizer is NULL");
    if (!clstep__process_is_ours(&optimizer->process))
        return clstep__fail(CLSTEP_UNSUPPORTED, call,
                            "the optimizer was made before fork(); OpenCL drivers do not survive "
                            "it, so make context and optimizer in the process that uses them");
    clstep_status status = given ? read_options(optimizer, given, options) : CLSTEP_OK;
    return status == CLSTEP_OK ? check_events(optimizer, num_events, wait_list) : status;
}

/* The commands of a step that is being enqueued. */
typedef struct {
    clstep_optimizer *optimizer;
    clstep__waits waits;
} commands;

static clstep_status enqueue(commands *next, cl_kernel kernel, size_t global, size_t local)
{
    clstep_optimizer *optimizer = next->optimizer;
    cl_event event = NULL;
    clstep_status status = clstep__events_next(&optimizer->events, call, &next->waits);
    if (status != CLSTEP_OK)
        return status;
    const cl_int code = clEnqueueNDRangeKernel(optimizer->events.queue, kernel, 1, NULL, &global,
                                               &local, next->waits.count, next->waits.list, &event);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clEnqueueNDRangeKernel", code);
    clstep__events_add(&optimizer->events, &next->waits, event);
    optimizer->enqueued++;
    return CLSTEP_OK;
}

/* One work-item: uploads are small. */
static clstep_status enqueue_upload(void *next, cl_kernel kernel)
{
    return enqueue(next, kernel, 1, 1);
}

static clstep_status enqueue_launch(commands *next, size_t index)
{
    clstep_optimizer *optimizer = next->optimizer;
    const clstep__launch *launch = &optimizer->plan.launches[index];
    clstep__kernel *kernel = &optimizer->kernels[launch->kernel];
    clstep_status status =
        optimizer->is_replanned ? clstep__kernel_bind(optimizer, launch, kernel) : CLSTEP_OK;
    if (status != CLSTEP_OK)
        return status;
    const cl_int code = clstep__constants_set(optimizer, launch, kernel);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clSetKernelArg", code);
    const size_t local = optimizer->group_size;
    return enqueue(next, kernel->kernel, (size_t)launch->chunk_count * local, local);
}

static clstep_status enqueue_norm(commands *next, size_t index)
{
    clstep_optimizer *optimizer = next->optimizer;
    const clstep__launch *launch = &optimizer->plan.launches[index];
    const size_t local = optimizer->group_size;
    if (launch->leaf_count == 0)
        return CLSTEP_OK;
    clstep_status status = CLSTEP_OK;
    if (optimizer->is_replanned)
        status = clstep__norm_bind(optimizer, launch);
    else if (optimizer->control)
        status = clstep__norm_set_scale(optimizer, launch);
    return status == CLSTEP_OK ? enqueue(next, optimizer->kernels[launch->kernel].norm,
                                         (size_t)launch->leaf_count * local, local)
                               : status;
}

/* Enqueues the norm kernel of each launch, then the control kernel. */
static clstep_status enqueue_control(commands *next)
{
    clstep_optimizer *optimizer = next->optimizer;
    const size_t count = optimizer->plan.launch_count;
    clstep_status status = CLSTEP_OK;
    while (status == CLSTEP_OK && optimizer->normed < count) {
        status = enqueue_norm(next, optimizer->normed);
        optimizer->normed += status == CLSTEP_OK;
    }
    if (status != CLSTEP_OK || count == 0 || optimizer->normed > count) {
        clstep__table_conclude(&optimizer->table, 0);
        return status;
    }
    status = clstep__control_bind(optimizer);
    if (status == CLSTEP_OK)
        status =
            enqueue(next, optimizer->control_kernel, optimizer->group_size, optimizer->group_size);
    clstep__table_conclude(&optimizer->table, status == CLSTEP_OK);
    optimizer->counts_are_behind |= optimizer->control && status == CLSTEP_OK;
    optimizer->normed += status == CLSTEP_OK;
    return status;
}

static clstep_status enqueue_rest(commands *next, cl_event *event)
{
    clstep_optimizer *optimizer = next->optimizer;
    clstep_status status = clstep__constants_upload(optimizer, enqueue_upload, next);
    if (status == CLSTEP_OK && optimizer->control_kernel)
        status = enqueue_control(next);
    while (status == CLSTEP_OK && optimizer->launched < optimizer->plan.launch_count) {
        status = enqueue_launch(next, optimizer->launched);
        optimizer->launched += status == CLSTEP_OK;
    }
    if (status == CLSTEP_OK && optimizer->enqueued == 0)
        status = clstep__events_marker(&optimizer->events, call, &next->waits);
    if (status == CLSTEP_OK && event)
        status = clstep__events_last(&optimizer->events, event);
    return status;
}

static void conclude(clstep_optimizer *optimizer)
{
    for (size_t i = 0; optimizer->has_other_inputs && i < optimizer->tensor_count; i++)
        optimizer->tensors[i].steps_left_out += optimizer->tensors[i].left_out;
    optimizer->enqueued = 0;
    optimizer->normed = 0;
    optimizer->launched = 0;
    optimizer->chunks_differ = 0;
    optimizer->steps++;
}

/* An incomplete step keeps the step constants of its first call. */
static clstep_status begin(clstep_optimizer *optimizer, cl_command_queue queue,
                           const clstep_step_options *options)
{
    if (optimizer->enqueued && queue != optimizer->events.queue)
        return refuse("the last step is incomplete; give the queue of that step");
    clstep_status status =
        clstep__events_use(&optimizer->events, optimizer->context, optimizer->device, call, queue);
    clstep__scalars scalars;
    if (status == CLSTEP_OK)
        status = clstep__scalars_read(optimizer, options, &scalars);
    if (status != CLSTEP_OK || optimizer->enqueued)
        return status;
    int differ = 0;
    status = clstep__inputs_read(optimizer, options, &differ);
    if (status == CLSTEP_OK && differ)
        status = clstep__inputs_take(optimizer, options);
    if (status == CLSTEP_OK)
        status = clstep__scalars_take(optimizer, &scalars);
    if (status == CLSTEP_OK)
        clstep__constants_settle(optimizer, options);
    return status;
}

static clstep_status say_incomplete(const clstep_optimizer *optimizer)
{
    const clstep_error *error = clstep_last_error();
    const char *failed = error->call;
    const int32_t code = error->cl_code;
    return clstep__fail_cl(CLSTEP_INCOMPLETE, failed, code,
                           "%s failed with %s (%d) after %zu of %zu launches; call "
                           "clstep_optimizer_step() again to enqueue the rest",
                           failed, clstep_cl_code_name(code), (int)code, optimizer->launched,
                           optimizer->plan.launch_count);
}

clstep_status clstep_optimizer_step(clstep_optimizer *optimizer, cl_command_queue queue,
                                    const clstep_step_options *options, cl_uint num_events,
                                    const cl_event *wait_list, cl_event *event)
{
    if (event)
        *event = NULL;
    clstep_step_options own = CLSTEP_STEP_OPTIONS_INIT;
    clstep_status status = check(optimizer, options, &own, num_events, wait_list);
    if (status != CLSTEP_OK)
        return status;
    status = begin(optimizer, queue, &own);
    if (status != CLSTEP_OK)
        return status;
    commands next = {.optimizer = optimizer};
    next.waits.given = wait_list;
    next.waits.given_count = num_events;
    status = enqueue_rest(&next, event);
    if (status != CLSTEP_OK && optimizer->enqueued && !optimizer->events.failure)
        return say_incomplete(optimizer);
    /* A step that has begun and failed on the device cannot be completed: it ends here. */
    if (status == CLSTEP_OK || optimizer->enqueued)
        conclude(optimizer);
    clstep__scalars_drop(optimizer);
    return status;
}
