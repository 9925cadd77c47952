/* The first values of master copies: a kernel copies them from the parameters. buffers.c fills
 * other arrays. */
#include "optimizer/masters.h"

#include "base/error.h"
#include "device/failure.h"
#include "optimizer/kernels.h"

static const char call[] = "clstep_optimizer_create";

/* The arguments of clstep_begin_master. */
enum { CHUNKS, FIRST_CHUNK, COPY, PARAMS };

static cl_mem master_of(const clstep_optimizer *optimizer, const clstep__launch *launch)
{
    const clstep__kind *kind = &optimizer->kinds[launch->kind];
    clstep_array_form arrays[CLSTEP__ARRAYS_MAX];
    return optimizer
        ->arrays[launch->arena][clstep__format_arrays(&kind->variant, &kind->format, arrays) - 1];
}

static cl_int set_arguments(const clstep_optimizer *optimizer, const clstep__launch *launch,
                            cl_kernel kernel)
{
    const cl_mem master = master_of(optimizer, launch);
    const cl_ulong first_chunk = clstep__first_chunk(optimizer, launch);
    cl_int code = clSetKernelArg(kernel, CHUNKS, sizeof(cl_mem), &optimizer->table.buffer);
    if (code == CL_SUCCESS)
        code = clSetKernelArg(kernel, FIRST_CHUNK, sizeof first_chunk, &first_chunk);
    if (code == CL_SUCCESS)
        code = clSetKernelArg(kernel, COPY, sizeof master, &master);
    for (cl_uint k = 0; code == CL_SUCCESS && k < CLSTEP_BUFFERS_OF(launch->binding); k++)
        code = clSetKernelArg(kernel, PARAMS + k, sizeof(cl_mem),
                              &launch->params[k < launch->param_count ? k : 0]);
    return code;
}

static clstep_status enqueue(clstep_optimizer *optimizer, const clstep__launch *launch,
                             cl_kernel kernel, clstep__waits *waits)
{
    clstep_status status = clstep__events_next(&optimizer->events, call, waits);
    if (status != CLSTEP_OK)
        return status;
    const size_t local = optimizer->group_size, global = (size_t)launch->chunk_count * local;
    cl_event event = NULL;
    const cl_int code = clEnqueueNDRangeKernel(optimizer->events.queue, kernel, 1, NULL, &global,
                                               &local, waits->count, waits->list, &event);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clEnqueueNDRangeKernel", code);
    clstep__events_add(&optimizer->events, waits, event);
    return CLSTEP_OK;
}

static clstep_status begin(clstep_optimizer *optimizer, clstep_engine *engine,
                           const clstep__launch *launch, clstep__waits *waits)
{
    cl_kernel kernel = NULL;
    clstep_status status = clstep__optimizer_kernel(
        optimizer, engine, launch->kind, launch->binding, "clstep_begin_master", &kernel);
    if (status != CLSTEP_OK)
        return status;
    cl_int code = set_arguments(optimizer, launch, kernel);
    status = code == CL_SUCCESS ? clstep__kernel_addresses(optimizer, launch, kernel)
                                : clstep__cl_failed("clSetKernelArg", code);
    if (status == CLSTEP_OK)
        status = enqueue(optimizer, launch, kernel, waits);
    clReleaseKernel(kernel);
    return status;
}

clstep_status clstep__masters_begin(clstep_optimizer *optimizer, clstep_engine *engine,
                                    clstep__waits *waits)
{
    const clstep__plan *plan = &optimizer->plan;
    clstep_status status = CLSTEP_OK;
    for (size_t i = 0; status == CLSTEP_OK && i < plan->launch_count; i++) {
        const clstep__launch *launch = &plan->launches[i];
        if (optimizer->kinds[launch->kind].format.storage == CLSTEP_PARAM_MASTER &&
            !plan->arenas[launch->arena].given)
            status = begin(optimizer, engine, launch, waits);
    }
    return status;
}
