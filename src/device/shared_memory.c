/* What is of OpenCL 2.0 here is asked only of devices that have it. */
#define CL_TARGET_OPENCL_VERSION 200
#include "device/shared_memory.h"

#ifdef CL_VERSION_2_0

/* Drivers of OpenCL 1.2 do not know the question, and answer CL_INVALID_VALUE. */
bool clstep__has_shared_memory(cl_device_id device)
{
    cl_device_svm_capabilities abilities = 0;
    const cl_int code =
        clGetDeviceInfo(device, CL_DEVICE_SVM_CAPABILITIES, sizeof abilities, &abilities, NULL);
    return code == CL_SUCCESS && (abilities & CL_DEVICE_SVM_COARSE_GRAIN_BUFFER) != 0;
}

void *clstep__shared_allocate(cl_context context, size_t bytes)
{
    return clSVMAlloc(context, CL_MEM_READ_WRITE, bytes, 0);
}

void clstep__shared_free(cl_context context, void *memory)
{
    clSVMFree(context, memory);
}

static bool is_shared(cl_mem buffer)
{
    cl_bool uses = CL_FALSE;
    const cl_int code =
        clGetMemObjectInfo(buffer, CL_MEM_USES_SVM_POINTER, sizeof uses, &uses, NULL);
    return code == CL_SUCCESS && uses;
}

const void *clstep__shared_address(cl_mem buffer)
{
    cl_mem whole = NULL;
    void *address = NULL;
    /* A sub-buffer has an address of its own, but PoCL does not say of it that it is shared. */
    cl_int code =
        clGetMemObjectInfo(buffer, CL_MEM_ASSOCIATED_MEMOBJECT, sizeof whole, &whole, NULL);
    if (code != CL_SUCCESS || !is_shared(whole ? whole : buffer))
        return NULL;
    code = clGetMemObjectInfo(buffer, CL_MEM_HOST_PTR, sizeof address, &address, NULL);
    return code == CL_SUCCESS ? address : NULL;
}

cl_int clstep__use_addresses(cl_kernel kernel, size_t count, const void *const *addresses)
{
    return clSetKernelExecInfo(kernel, CL_KERNEL_EXEC_INFO_SVM_PTRS, count * sizeof *addresses,
                               addresses);
}

#else /* headers of OpenCL 1.2 */

bool clstep__has_shared_memory(cl_device_id device)
{
    (void)device;
    return false;
}

void *clstep__shared_allocate(cl_context context, size_t bytes)
{
    (void)context;
    (void)bytes;
    return NULL;
}

void clstep__shared_free(cl_context context, void *memory)
{
    (void)context;
    (void)memory;
}

const void *clstep__shared_address(cl_mem buffer)
{
    (void)buffer;
    return NULL;
}

cl_int clstep__use_addresses(cl_kernel kernel, size_t count, const void *const *addresses)
{
    (void)kernel;
    (void)count;
    (void)addresses;
    return CL_INVALID_OPERATION;
}

#endif
