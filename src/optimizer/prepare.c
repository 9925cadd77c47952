/* clstep_engine_prepare(): compiles kernels before an optimizer needs them, and runs each once. */
#include "abi/control.h"
#include "abi/norm.h"
#include "base/error.h"
#include "base/memory.h"
#include "device/failure.h"
#include "optimizer/check.h"
#include "optimizer/create.h"
#include "optimizer/groups.h"
#include "optimizer/kernels.h"

static const char call[] = "clstep_engine_prepare";

/* What the functions of one call share. */
typedef struct {
    clstep_engine *engine;
    clstep_optimizer *optimizer; /* groups and plan only */
    cl_command_queue queue;
    cl_mem zeros;         /* a chunk of 0 elements; also used for every other buffer */
    unsigned char *ready; /* of each kind, a bit for each binding mode */
} preparation;

/* ---- checking */

/* For tensors without buffers checks everything else, as if they had 0 elements. */
static clstep_status check_groups(const clstep_engine *engine, size_t count,
                                  const clstep_group *groups)
{
    clstep__groups own;
    clstep_status status = clstep__groups_read(&own, call, count, groups);
    if (status != CLSTEP_OK)
        return status;
    for (size_t i = 0; i < own.tensor_count; i++) {
        if (!own.tensors[i].param && !own.tensors[i].grad)
            own.tensors[i].count = 0;
    }
    status = clstep__check_groups(call, engine, own.count, own.groups, NULL, NULL);
    clstep__groups_free(&own);
    return status;
}

static clstep_status check(const clstep_engine *engine, size_t count, const clstep_group *groups)
{
    if (!engine)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "engine is NULL");
    if (!clstep__process_is_ours(&engine->process))
        return clstep__fail(CLSTEP_UNSUPPORTED, call, "the engine was made before fork()");
    return check_groups(engine, count, groups);
}

/* ---- preparing */

static clstep_status begin_work(preparation *work)
{
    clstep_chunk none = {0};
    cl_int code;
    work->ready = clstep__allocate(work->optimizer->kind_count, 1);
    if (!work->ready)
        return clstep__no_memory(call);
    work->queue = clCreateCommandQueue(work->engine->context, work->engine->device, 0, &code);
    if (!work->queue)
        return clstep__cl_failed("clCreateCommandQueue", code);
    work->zeros = clCreateBuffer(work->engine->context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR,
                                 sizeof none, &none, &code);
    return work->zeros ? CLSTEP_OK : clstep__cl_failed("clCreateBuffer", code);
}

static void end_work(preparation *work)
{
    if (work->zeros)
        clReleaseMemObject(work->zeros);
    if (work->queue)
        clReleaseCommandQueue(work->queue);
    clstep__free(work->ready);
}

/* A kernel of a program. Its second argument is a value; here all zeros. */
typedef struct {
    const char *name;
    size_t value_size;
    size_t local_size; /* bytes of local memory; 0: it has no such argument */
    size_t work_items;
} part;

static cl_int set_arguments(const preparation *work, const part *of, cl_kernel kernel)
{
    static const clstep_upload_words zeros = {0}; /* the largest value */
    cl_uint count = 0, index = 2;
    cl_int code = clGetKernelInfo(kernel, CL_KERNEL_NUM_ARGS, sizeof count, &count, NULL);
    if (code == CL_SUCCESS)
        code = clSetKernelArg(kernel, 0, sizeof(cl_mem), &work->zeros);
    if (code == CL_SUCCESS)
        code = clSetKernelArg(kernel, 1, of->value_size, &zeros);
    if (code == CL_SUCCESS && of->local_size > 0)
        code = clSetKernelArg(kernel, index++, of->local_size, NULL);
    while (code == CL_SUCCESS && index < count)
        code = clSetKernelArg(kernel, index++, sizeof(cl_mem), &work->zeros);
    return code;
}

/* Runs one work-group, which finds a chunk of 0 elements. */
static clstep_status run_once(const preparation *work, const part *of, cl_kernel kernel)
{
    cl_int code = set_arguments(work, of, kernel);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clSetKernelArg", code);
    code = clEnqueueNDRangeKernel(work->queue, kernel, 1, NULL, &of->work_items, &of->work_items, 0,
                                  NULL, NULL);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clEnqueueNDRangeKernel", code);
    code = clFinish(work->queue);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clFinish", code);
}

static clstep_status run_part(const preparation *work, uint32_t kind, uint32_t binding,
                              const part *of)
{
    cl_kernel kernel = NULL;
    clstep_status status =
        clstep__optimizer_kernel(work->optimizer, work->engine, kind, binding, of->name, &kernel);
    if (status != CLSTEP_OK)
        return status;
    status = run_once(work, of, kernel);
    clReleaseKernel(kernel);
    return status;
}

static clstep_status prepare_kind(preparation *work, uint32_t kind, uint32_t binding)
{
    if (work->ready[kind] & 1u << binding)
        return CLSTEP_OK;
    work->ready[kind] |= (unsigned char)(1u << binding);
    const clstep__kind *of = &work->optimizer->kinds[kind];
    const size_t group = work->engine->group_size;
    const bool has_blocks = of->format.state == CLSTEP_DTYPE_UINT8;
    const part update = {"clstep_update", clstep__arguments_size(of),
                         has_blocks ? clstep__local_size(work->optimizer, of) : 0, group};
    const part norm = {"clstep_norm", sizeof(clstep_norm_launch), CLSTEP_NORM_LOCAL, group};
    const part control = {"clstep_control", sizeof(clstep_control_launch), CLSTEP_CONTROL_LOCAL,
                          group};
    const part begin = {"clstep_begin_master", sizeof(cl_ulong), 0, group};
    const part upload = {"clstep_upload", sizeof(clstep_upload_words), 0, 1};
    clstep_status status = run_part(work, kind, binding, &update);
    if (status == CLSTEP_OK && of->format.storage == CLSTEP_PARAM_MASTER)
        status = run_part(work, kind, binding, &begin);
    if (status == CLSTEP_OK && clstep__has_norm(&of->variant))
        status = run_part(work, kind, binding, &norm);
    if (status == CLSTEP_OK && clstep__has_norm(&of->variant))
        status = run_part(work, kind, binding, &control);
    /* kernels.c takes the upload kernel from the first launch's program */
    if (status == CLSTEP_OK && kind == work->optimizer->plan.launches[0].kind)
        status = run_part(work, kind, binding, &upload);
    return status;
}

static bool lacks_buffers(const clstep__launch *launch)
{
    for (uint32_t i = 0; i < launch->param_count; i++) {
        if (!launch->params[i])
            return true;
    }
    return false;
}

/* The binding mode that the kind needs if each tensor gets buffers of its own. */
static uint32_t most_of(const clstep_optimizer *optimizer, uint32_t kind)
{
    size_t tensors = 0;
    for (size_t i = 0; i < optimizer->tensor_count; i++)
        tensors += optimizer->tensors[i].kind == kind && optimizer->tensors[i].count > 0;
    uint32_t binding = CLSTEP_BINDING_SINGLE;
    while (binding < CLSTEP_BINDING_MANY && tensors > CLSTEP_BUFFERS_OF(binding))
        binding++;
    return binding;
}

static clstep_status prepare_launch(preparation *work, const clstep__launch *launch)
{
    if (!lacks_buffers(launch))
        return prepare_kind(work, launch->kind, launch->binding);
    const uint32_t most = most_of(work->optimizer, launch->kind);
    clstep_status status = CLSTEP_OK;
    for (uint32_t binding = 0; status == CLSTEP_OK && binding <= most; binding++)
        status = prepare_kind(work, launch->kind, binding);
    /* the buffers may turn out to have addresses */
    if (status == CLSTEP_OK && most == CLSTEP_BINDING_MANY && work->engine->pointers)
        status = prepare_kind(work, launch->kind, CLSTEP_BINDING_POINTERS);
    return status;
}

static clstep_status prepare_all(preparation *work)
{
    const clstep__plan *plan = &work->optimizer->plan;
    clstep_status status = begin_work(work);
    for (size_t i = 0; status == CLSTEP_OK && i < plan->launch_count; i++)
        status = prepare_launch(work, &plan->launches[i]);
    end_work(work);
    return status;
}

clstep_status clstep_engine_prepare(clstep_engine *engine, size_t group_count,
                                    const clstep_group *groups)
{
    clstep_status status = check(engine, group_count, groups);
    if (status != CLSTEP_OK)
        return status;
    preparation work = {.engine = engine};
    clstep__groups own;
    status = clstep__groups_read(&own, call, group_count, groups);
    if (status != CLSTEP_OK)
        return status;
    status = clstep__optimizer_begin(engine, engine->pointers, &work.optimizer);
    if (status == CLSTEP_OK)
        status = clstep__optimizer_plan(work.optimizer, engine, own.count, own.groups);
    if (status == CLSTEP_OK)
        status = prepare_all(&work);
    clstep_optimizer_destroy(work.optimizer);
    clstep__groups_free(&own);
    return clstep__failed_in(status, call);
}
