/* The kernel objects of an optimizer, a kernel for each launch, and the arguments that no step
 * changes. Programs are the engine's. */
#include "optimizer/kernels.h"

#include "base/error.h"
#include "base/memory.h"
#include "device/device_pointers.h"
#include "device/failure.h"

static clstep_status out_of_memory(void)
{
    return clstep__fail(CLSTEP_OUT_OF_MEMORY, "clstep_optimizer_create",
                        "the host is out of memory");
}

size_t clstep__optimizer_local(const clstep_optimizer *optimizer)
{
    return optimizer->group_size * 4 * sizeof(cl_uint);
}

size_t clstep__arguments_size(const clstep__family *family)
{
    const clstep__arguments *none = NULL;
    return family->format.param == CLSTEP_DTYPE_FLOAT64 ? sizeof none->doubles
                                                        : sizeof none->floats;
}

/* The arguments that never change: all but what comes by value. Slots that a launch does not use
 * repeat its first buffer. */
static cl_int set_arguments(const clstep_optimizer *optimizer, const clstep__launch *launch,
                            cl_kernel kernel)
{
    const cl_uint slots = CLSTEP_BUFFERS_OF(launch->binding);
    const clstep__family *family = &optimizer->families[launch->family];
    clstep_array_form arrays[CLSTEP__ARRAYS_MAX];
    const size_t count = clstep__format_arrays(&family->shape, &family->format, arrays);
    cl_uint index = CLSTEP__ARGUMENT_REST;
    cl_int code =
        clSetKernelArg(kernel, CLSTEP__ARGUMENT_CHUNKS, sizeof(cl_mem), &optimizer->table.buffer);
    if (code == CL_SUCCESS && family->format.state == CLSTEP_DTYPE_UINT8)
        code = clSetKernelArg(kernel, index++, clstep__optimizer_local(optimizer), NULL);
    for (size_t k = 0; code == CL_SUCCESS && k < count; k++)
        code =
            clSetKernelArg(kernel, index++, sizeof(cl_mem), &optimizer->arrays[launch->arena][k]);
    for (cl_uint k = 0; code == CL_SUCCESS && k < slots; k++)
        code = clSetKernelArg(kernel, index++, sizeof(cl_mem),
                              &launch->params[k < launch->param_count ? k : 0]);
    for (cl_uint k = 0; code == CL_SUCCESS && k < slots; k++)
        code = clSetKernelArg(kernel, index++, sizeof(cl_mem),
                              &launch->grads[k < launch->grad_count ? k : 0]);
    return code;
}

/* The kind of a buffer that has an address. */
static unsigned kind_of(const clstep_optimizer *optimizer, const void *buffer)
{
    if (optimizer->addresses != (CLSTEP__POINTERS_SHARED | CLSTEP__POINTERS_PRIVATE))
        return optimizer->addresses;
    return clstep__is_shared((cl_mem)buffer) ? CLSTEP__POINTERS_SHARED : CLSTEP__POINTERS_PRIVATE;
}

/* Those of a kind, of the buffers that a launch has in its chunk table only. */
static size_t list_addresses(const clstep_optimizer *optimizer, const clstep__launch *launch,
                             unsigned kind, const void **addresses)
{
    const clstep__plan_tensor *last = NULL;
    size_t count = 0;
    for (size_t i = 0; i < optimizer->tensor_count; i++) {
        const clstep__plan_tensor *tensor = &optimizer->tensors[i];
        if (tensor->count == 0 || tensor->family != launch->family ||
            tensor->arena != launch->arena)
            continue;
        if ((!last || last->param != tensor->param) && kind_of(optimizer, tensor->param) == kind)
            addresses[count++] = tensor->param_address;
        if ((!last || last->grad != tensor->grad) && kind_of(optimizer, tensor->grad) == kind)
            addresses[count++] = tensor->grad_address;
        last = tensor;
    }
    return count;
}

static clstep_status set_addresses(clstep_optimizer *optimizer, const clstep__launch *launch,
                                   cl_kernel kernel)
{
    const void **addresses = clstep__allocate(2 * optimizer->tensor_count, sizeof *addresses);
    if (!addresses)
        return out_of_memory();
    cl_int code = CL_SUCCESS;
    for (unsigned kind = 1; code == CL_SUCCESS && kind <= optimizer->addresses; kind *= 2) {
        const size_t count = list_addresses(optimizer, launch, kind, addresses);
        if (count > 0)
            code = clstep__use_addresses(kernel, kind, count, addresses);
    }
    clstep__free(addresses);
    if (code == CL_SUCCESS)
        return CLSTEP_OK;
    optimizer->addresses = 0;
    return clstep__cl_failed("clSetKernelExecInfo", code);
}

clstep_status clstep__optimizer_kernel(const clstep_optimizer *optimizer, clstep_engine *engine,
                                       uint32_t family, uint32_t binding, cl_kernel *kernel)
{
    const clstep__family *of = &optimizer->families[family];
    return clstep__engine_kernel(engine, &of->shape, &of->format, binding, "clstep_update", kernel);
}

static clstep_status create_launches(clstep_optimizer *optimizer, clstep_engine *engine)
{
    const clstep__plan *plan = &optimizer->plan;
    optimizer->kernels = clstep__allocate(plan->launch_count, sizeof *optimizer->kernels);
    if (!optimizer->kernels)
        return out_of_memory();
    for (size_t i = 0; i < plan->launch_count; i++) {
        const clstep__launch *launch = &plan->launches[i];
        cl_kernel *kernel = &optimizer->kernels[i].kernel;
        clstep_status status =
            clstep__optimizer_kernel(optimizer, engine, launch->family, launch->binding, kernel);
        if (status != CLSTEP_OK)
            return status;
        cl_int code = set_arguments(optimizer, launch, *kernel);
        if (code != CL_SUCCESS)
            return clstep__cl_failed("clSetKernelArg", code);
        if (launch->binding == CLSTEP_BINDING_POINTERS)
            status = set_addresses(optimizer, launch, *kernel);
        if (status != CLSTEP_OK)
            return status;
    }
    return CLSTEP_OK;
}

/* Any of its programs has the kernel that uploads. */
static clstep_status create_upload(clstep_optimizer *optimizer, clstep_engine *engine)
{
    bool changes = false;
    for (uint32_t i = 0; i < optimizer->slot_count; i++)
        changes |= optimizer->slots[i].in_floats || optimizer->slots[i].in_doubles;
    if (!changes)
        return CLSTEP_OK;
    const clstep__launch *launch = &optimizer->plan.launches[0];
    const clstep__family *family = &optimizer->families[launch->family];
    clstep_status status =
        clstep__engine_kernel(engine, &family->shape, &family->format, launch->binding,
                              "clstep_upload", &optimizer->table.upload);
    if (status != CLSTEP_OK)
        return status;
    const cl_int code =
        clSetKernelArg(optimizer->table.upload, 0, sizeof(cl_mem), &optimizer->table.buffer);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clSetKernelArg", code);
}

clstep_status clstep__kernels_create(clstep_optimizer *optimizer, clstep_engine *engine)
{
    clstep_status status = create_launches(optimizer, engine);
    return status == CLSTEP_OK ? create_upload(optimizer, engine) : status;
}

void clstep__kernels_release(clstep_optimizer *optimizer)
{
    if (optimizer->table.upload)
        clReleaseKernel(optimizer->table.upload);
    if (!optimizer->kernels)
        return;
    for (size_t i = 0; i < optimizer->plan.launch_count; i++) {
        if (optimizer->kernels[i].kernel)
            clReleaseKernel(optimizer->kernels[i].kernel);
    }
}
