/* The kernel objects of an optimizer: one for each launch, with the arguments that stay the same in
 * all steps. Programs belong to the engine; constants.c sets what changes. */
#include "optimizer/kernels.h"

#include "abi/block8.h"
#include "base/error.h"
#include "base/memory.h"
#include "device/device_pointers.h"
#include "device/failure.h"

size_t clstep__local_size(const clstep_optimizer *optimizer, const clstep__kind *kind)
{
    return CLSTEP_BLOCK8_LOCAL(clstep__variant_states(&kind->variant), optimizer->group_size);
}

size_t clstep__arguments_size(const clstep__kind *kind)
{
    const clstep__arguments *none = NULL;
    return kind->format.param == CLSTEP_DTYPE_FLOAT64 ? sizeof none->doubles : sizeof none->floats;
}

/* Sets the buffers of a launch. Arguments that it does not need repeat its first buffer. */
static cl_int set_buffers(const clstep_optimizer *optimizer, const clstep__launch *launch,
                          clstep__kernel *of)
{
    const cl_uint slots = CLSTEP_BUFFERS_OF(of->binding);
    const clstep__kind *kind = &optimizer->kinds[of->kind];
    clstep_array_form arrays[CLSTEP__ARRAYS_MAX];
    const size_t count = clstep__format_arrays(&kind->variant, &kind->format, arrays);
    cl_uint index = CLSTEP__ARGUMENT_REST + (kind->format.state == CLSTEP_DTYPE_UINT8);
    cl_int code = CL_SUCCESS;
    const size_t arena = of->arena;
    of->arena = SIZE_MAX; /* until all its arrays are set */
    for (size_t k = 0; code == CL_SUCCESS && k < count; k++, index++) {
        if (arena != launch->arena)
            code = clSetKernelArg(of->kernel, index, sizeof(cl_mem),
                                  &optimizer->arrays[launch->arena][k]);
    }
    for (cl_uint k = 0; code == CL_SUCCESS && k < 2 * slots; k++, index++) {
        const int in_params = k < slots;
        const cl_uint slot = in_params ? k : k - slots;
        const void *const *buffers = in_params ? launch->params : launch->grads;
        const void **set = in_params ? &of->params[slot] : &of->grads[slot];
        const void *wanted =
            buffers[slot < (in_params ? launch->param_count : launch->grad_count) ? slot : 0];
        if (*set == wanted)
            continue;
        *set = NULL;
        code = clSetKernelArg(of->kernel, index, sizeof(cl_mem), &wanted);
        if (code == CL_SUCCESS)
            *set = wanted;
    }
    if (code == CL_SUCCESS)
        of->arena = launch->arena;
    return code;
}

/* With 8-bit state, large work-groups may need more than the 32 KiB that every device has. */
static clstep_status check_local(const clstep_optimizer *optimizer, const clstep_engine *engine,
                                 const clstep__kind *kind)
{
    const size_t wanted =
        kind->format.state == CLSTEP_DTYPE_UINT8 ? clstep__local_size(optimizer, kind) : 0;
    if (wanted <= engine->local_memory)
        return CLSTEP_OK;
    return clstep__fail(CLSTEP_UNSUPPORTED, "clstep_optimizer_create",
                        "8-bit state takes %zu bytes of local memory with work-groups of %zu, but "
                        "the device has %llu (CL_DEVICE_LOCAL_MEM_SIZE); make the engine with a "
                        "smaller work_group_size",
                        wanted, optimizer->group_size, (unsigned long long)engine->local_memory);
}

/* The arguments that no launch changes. */
static cl_int set_common(const clstep_optimizer *optimizer, const clstep__kernel *of)
{
    const clstep__kind *kind = &optimizer->kinds[of->kind];
    cl_int code = clSetKernelArg(of->kernel, CLSTEP__ARGUMENT_CHUNKS, sizeof(cl_mem),
                                 &optimizer->table.buffer);
    if (code == CL_SUCCESS && kind->format.state == CLSTEP_DTYPE_UINT8)
        code = clSetKernelArg(of->kernel, CLSTEP__ARGUMENT_REST,
                              clstep__local_size(optimizer, kind), NULL);
    return code;
}

/* Which pointers reach a buffer that has an address: CLSTEP__POINTERS_SHARED or _PRIVATE. */
static unsigned pointers_to(const clstep_optimizer *optimizer, const void *buffer)
{
    if (optimizer->pointers != (CLSTEP__POINTERS_SHARED | CLSTEP__POINTERS_PRIVATE))
        return optimizer->pointers;
    return clstep__is_shared((cl_mem)buffer) ? CLSTEP__POINTERS_SHARED : CLSTEP__POINTERS_PRIVATE;
}

/* Lists the addresses of one sort that a launch has in its chunks only. */
static size_t list_addresses(const clstep_optimizer *optimizer, const clstep__launch *launch,
                             unsigned pointers, const void **addresses)
{
    const clstep__plan_tensor *last = NULL;
    size_t count = 0;
    for (size_t i = 0; i < optimizer->tensor_count; i++) {
        const clstep__plan_tensor *tensor = &optimizer->tensors[i];
        if (tensor->count == 0 || tensor->left_out || tensor->kind != launch->kind ||
            tensor->arena != launch->arena)
            continue;
        if ((!last || last->param != tensor->param) &&
            pointers_to(optimizer, tensor->param) == pointers)
            addresses[count++] = tensor->param_address;
        if ((!last || last->grad != tensor->grad) &&
            pointers_to(optimizer, tensor->grad) == pointers)
            addresses[count++] = tensor->grad_address;
        last = tensor;
    }
    return count;
}

static cl_int set_addresses(const clstep_optimizer *optimizer, const clstep__launch *launch,
                            cl_kernel kernel)
{
    cl_int code = CL_SUCCESS;
    for (unsigned pointers = 1; code == CL_SUCCESS && pointers <= optimizer->pointers;
         pointers *= 2) {
        const size_t count = list_addresses(optimizer, launch, pointers, optimizer->address_room);
        if (count > 0)
            code = clstep__use_addresses(kernel, pointers, count, optimizer->address_room);
    }
    return code;
}

clstep_status clstep__kernel_addresses(clstep_optimizer *optimizer, const clstep__launch *launch,
                                       cl_kernel kernel)
{
    if (launch->binding != CLSTEP_BINDING_POINTERS)
        return CLSTEP_OK;
    const cl_int code = set_addresses(optimizer, launch, kernel);
    if (code == CL_SUCCESS)
        return CLSTEP_OK;
    if (!optimizer->is_replanned)
        optimizer->pointers = 0;
    return clstep__cl_failed("clSetKernelExecInfo", code);
}

clstep_status clstep__optimizer_kernel(const clstep_optimizer *optimizer, clstep_engine *engine,
                                       uint32_t kind, uint32_t binding, const char *name,
                                       cl_kernel *kernel)
{
    const clstep__kind *of = &optimizer->kinds[kind];
    return clstep__engine_kernel(engine, &of->variant, &of->format, binding, name, kernel);
}

uint64_t clstep__first_chunk(const clstep_optimizer *optimizer, const clstep__launch *launch)
{
    return optimizer->table.first_word * sizeof(uint32_t) / sizeof(clstep_chunk) +
           launch->first_chunk;
}

static clstep_status create_launch(clstep_optimizer *optimizer, clstep_engine *engine,
                                   const clstep__launch *launch, clstep__kernel *made)
{
    made->kind = launch->kind;
    made->binding = launch->binding;
    made->arena = SIZE_MAX;
    clstep_status status = check_local(optimizer, engine, &optimizer->kinds[launch->kind]);
    if (status == CLSTEP_OK)
        status = clstep__optimizer_kernel(optimizer, engine, launch->kind, launch->binding,
                                          "clstep_update", &made->kernel);
    if (status != CLSTEP_OK)
        return status;
    cl_int code = set_common(optimizer, made);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clSetKernelArg", code);
    return clstep__kernel_bind(optimizer, launch, made);
}

static clstep_status create_launches(clstep_optimizer *optimizer, clstep_engine *engine)
{
    const clstep__plan *plan = &optimizer->plan;
    optimizer->kernels = clstep__allocate(plan->launch_count, sizeof *optimizer->kernels);
    if (!optimizer->kernels)
        return clstep__no_memory("clstep_optimizer_create");
    optimizer->kernel_count = plan->launch_count;
    clstep_status status = CLSTEP_OK;
    for (size_t i = 0; status == CLSTEP_OK && i < plan->launch_count; i++) {
        plan->launches[i].kernel = i;
        status = create_launch(optimizer, engine, &plan->launches[i], &optimizer->kernels[i]);
    }
    return status;
}

/* A gradient that is not known yet is a mark, not a buffer (arenas.h); sets any buffer for it. */
static clstep__launch without_marks(const clstep_optimizer *optimizer, const clstep__launch *launch)
{
    clstep__launch real = *launch;
    const char *begin = (const char *)optimizer->tensors;
    const char *end = (const char *)(optimizer->tensors + optimizer->tensor_count);
    for (uint32_t k = 0; k < real.grad_count; k++) {
        if ((const char *)real.grads[k] >= begin && (const char *)real.grads[k] < end)
            real.grads[k] = real.params[0];
    }
    return real;
}

clstep_status clstep__kernel_bind(clstep_optimizer *optimizer, const clstep__launch *launch,
                                  clstep__kernel *kernel)
{
    const clstep__launch real = without_marks(optimizer, launch);
    cl_int code = set_buffers(optimizer, &real, kernel);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clSetKernelArg", code);
    if (optimizer->is_replanned && !optimizer->chunks_differ)
        return CLSTEP_OK;
    return clstep__kernel_addresses(optimizer, launch, kernel->kernel);
}

/* Kernels of the same kind and binding mode take turns. */
void clstep__kernels_assign(clstep_optimizer *optimizer)
{
    size_t next = 0;
    for (size_t i = 0; i < optimizer->plan.launch_count; i++) {
        clstep__launch *launch = &optimizer->plan.launches[i];
        const clstep__kernel *kernels = optimizer->kernels;
        do
            next = next + 1 < optimizer->kernel_count ? next + 1 : 0;
        while (kernels[next].kind != launch->kind || kernels[next].binding != launch->binding);
        launch->kernel = next;
    }
}

/* Every program has the upload kernel; takes it from the first launch's. */
static clstep_status create_upload(clstep_optimizer *optimizer, clstep_engine *engine)
{
    if (optimizer->plan.launch_count == 0)
        return CLSTEP_OK;
    const clstep__launch *launch = &optimizer->plan.launches[0];
    clstep_status status =
        clstep__optimizer_kernel(optimizer, engine, launch->kind, launch->binding, "clstep_upload",
                                 &optimizer->table.upload);
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
    for (size_t i = 0; i < optimizer->kernel_count; i++) {
        if (optimizer->kernels[i].kernel)
            clReleaseKernel(optimizer->kernels[i].kernel);
    }
}
