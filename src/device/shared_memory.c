/* OpenCL 2.0 for the calls of this file; whether there is such a driver is found out before. */
#define CL_TARGET_OPENCL_VERSION 200
#include "device/shared_memory.h"

/* A loader of OpenCL 1.2 lacks it. */
#ifdef __GNUC__
#pragma weak clSetKernelExecInfo
#endif

/* Drivers of OpenCL 1.2 do not know the question, and answer CL_INVALID_VALUE. */
static int uses_shared_memory(cl_mem buffer)
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
    if (!buffer || !clSetKernelExecInfo)
        return NULL;
    /* A sub-buffer has an address of its own, but PoCL does not say of it that it is shared. */
    cl_int code =
        clGetMemObjectInfo(buffer, CL_MEM_ASSOCIATED_MEMOBJECT, sizeof whole, &whole, NULL);
    if (code != CL_SUCCESS || !uses_shared_memory(whole ? whole : buffer))
        return NULL;
    code = clGetMemObjectInfo(buffer, CL_MEM_HOST_PTR, sizeof address, &address, NULL);
    return code == CL_SUCCESS ? address : NULL;
}

cl_int clstep__use_addresses(cl_kernel kernel, size_t count, const void *const *addresses)
{
    return clSetKernelExecInfo(kernel, CL_KERNEL_EXEC_INFO_SVM_PTRS, count * sizeof *addresses,
                               addresses);
}
