/* The skip flag and the scale of a step. control.c gives them to the kernel. */
#include "optimizer/scalars.h"

#include "base/error.h"
#include "device/failure.h"

#include <math.h>
#include <stdbool.h>

static const char call[] = "clstep_optimizer_step";

static clstep_status refuse(const char *name, const char *what)
{
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "options.%s %s", name, what);
}

static clstep_status check_memory(const clstep_optimizer *optimizer, const char *name,
                                  const clstep_buffer *at, size_t size)
{
    cl_context context = NULL;
    cl_mem_object_type type = 0;
    cl_mem_flags flags = 0;
    size_t bytes = 0;
    cl_int code = clGetMemObjectInfo(at->buffer, CL_MEM_TYPE, sizeof type, &type, NULL);
    if (code == CL_INVALID_MEM_OBJECT)
        return refuse(name, "is no OpenCL memory object");
    if (code == CL_SUCCESS)
        code = clGetMemObjectInfo(at->buffer, CL_MEM_CONTEXT, sizeof context, &context, NULL);
    if (code == CL_SUCCESS)
        code = clGetMemObjectInfo(at->buffer, CL_MEM_FLAGS, sizeof flags, &flags, NULL);
    if (code == CL_SUCCESS)
        code = clGetMemObjectInfo(at->buffer, CL_MEM_SIZE, sizeof bytes, &bytes, NULL);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clGetMemObjectInfo", code);
    if (type != CL_MEM_OBJECT_BUFFER)
        return refuse(name, "is not a buffer but an image or a pipe");
    if (context != optimizer->context)
        return refuse(name, "belongs to another context than the optimizer");
    if (flags & CL_MEM_WRITE_ONLY)
        return refuse(name, "is CL_MEM_WRITE_ONLY, but the step reads it");
    if (at->offset >= bytes / size)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "options.%s: offset %llu reaches past the end of its buffer, which has "
                            "room for %zu",
                            name, (unsigned long long)at->offset, bytes / size);
    return CLSTEP_OK;
}

static clstep_status read_skip(const clstep_optimizer *optimizer,
                               const clstep_step_options *options, clstep__scalars *scalars)
{
    scalars->skip_type = CLSTEP_SCALAR_IS_ABSENT;
    if (!options->skip.buffer)
        return CLSTEP_OK;
    if (!optimizer->control)
        return refuse("skip", "needs an optimizer that was created with options.control");
    if (options->skip_type < CLSTEP_SCALAR_FLOAT32 || options->skip_type > CLSTEP_SCALAR_UINT8)
        return refuse("skip_type", "must be CLSTEP_SCALAR_FLOAT32, _INT32 or _UINT8");
    scalars->skip = options->skip;
    scalars->skip_type = (uint32_t)options->skip_type;
    return check_memory(optimizer, "skip", &options->skip,
                        options->skip_type == CLSTEP_SCALAR_UINT8 ? 1 : 4);
}

static clstep_status read_scale(const clstep_optimizer *optimizer,
                                const clstep_step_options *options, clstep__scalars *scalars)
{
    const bool scales = optimizer->control >= CLSTEP_CONTROL_DIVIDE;
    scalars->scale_type = CLSTEP_SCALAR_IS_ABSENT;
    scalars->scale = 1;
    if (!options->grad_scale.buffer && options->grad_scale_value == 0)
        return CLSTEP_OK;
    if (!scales)
        return refuse(options->grad_scale.buffer ? "grad_scale" : "grad_scale_value",
                      "needs an optimizer that was created with options.control "
                      "CLSTEP_CONTROL_DIVIDE or _MULTIPLY");
    if (options->grad_scale.buffer) {
        scalars->grad_scale = options->grad_scale;
        scalars->scale_type = CLSTEP_SCALAR_IS_FLOAT32;
        return check_memory(optimizer, "grad_scale", &options->grad_scale, sizeof(float));
    }
    scalars->scale = (float)options->grad_scale_value;
    if (!(scalars->scale > 0) || !isfinite(scalars->scale))
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "options.grad_scale_value is %g; it must be a finite fp32 number "
                            "above 0",
                            options->grad_scale_value);
    return CLSTEP_OK;
}

clstep_status clstep__scalars_read(const clstep_optimizer *optimizer,
                                   const clstep_step_options *options, clstep__scalars *scalars)
{
    *scalars = (clstep__scalars){0};
    if (options->reserved != 0)
        return refuse("reserved", "must be 0");
    clstep_status status = read_skip(optimizer, options, scalars);
    return status == CLSTEP_OK ? read_scale(optimizer, options, scalars) : status;
}

clstep_status clstep__scalars_take(clstep_optimizer *optimizer, const clstep__scalars *scalars)
{
    const cl_mem skip = scalars->skip.buffer, scale = scalars->grad_scale.buffer;
    cl_int code = skip ? clRetainMemObject(skip) : CL_SUCCESS;
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clRetainMemObject", code);
    code = scale ? clRetainMemObject(scale) : CL_SUCCESS;
    if (code != CL_SUCCESS) {
        if (skip)
            clReleaseMemObject(skip);
        return clstep__cl_failed("clRetainMemObject", code);
    }
    optimizer->scalars = *scalars;
    return CLSTEP_OK;
}

void clstep__scalars_drop(clstep_optimizer *optimizer)
{
    if (optimizer->scalars.skip.buffer)
        clReleaseMemObject(optimizer->scalars.skip.buffer);
    if (optimizer->scalars.grad_scale.buffer)
        clReleaseMemObject(optimizer->scalars.grad_scale.buffer);
    optimizer->scalars = (clstep__scalars){0};
}
