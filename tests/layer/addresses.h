/* Buffers with device addresses (cl_ext_buffer_device_address), made of shared virtual memory. The
 * layer answers queries for these addresses and accepts them, as the extension says. */
#ifndef TESTS_LAYER_ADDRESSES_H
#define TESTS_LAYER_ADDRESSES_H

#include "ledger.h"

#include <CL/cl_layer.h>
#include <string.h>

enum { DEVICE_ADDRESS = 0x5001, EXEC_INFO_DEVICE_PTRS = 0x5002 };

static size_t private_bytes;        /* of a buffer that is one; 0: none is */
static cl_ulong private_told[1024]; /* the addresses so far */
static size_t private_count;

/* The extension's name behind the others. */
static cl_int more_extensions(cl_int code, size_t size, void *value, size_t *needed)
{
    static const char name[] = " cl_ext_buffer_device_address";
    if (code == CL_SUCCESS && needed)
        *needed += sizeof name;
    if (code == CL_SUCCESS && value && strlen(value) + sizeof name <= size)
        strcat(value, name);
    return code;
}

EXPORT void layer_private(size_t bytes)
{
    private_bytes = bytes;
    private_count = 0;
}

static int is_private(const struct _cl_icd_dispatch *next, cl_mem buffer)
{
    size_t bytes = 0;
    next->clGetMemObjectInfo(buffer, CL_MEM_SIZE, sizeof bytes, &bytes, NULL);
    return private_bytes && bytes == private_bytes;
}

/* One address for each device of the context; all but the last's are wrong. */
static cl_int tell_addresses(const struct _cl_icd_dispatch *next, cl_mem buffer, size_t size,
                             void *value)
{
    cl_context context = NULL;
    cl_mem whole = NULL;
    size_t devices = 0;
    void *address = NULL;
    next->clGetMemObjectInfo(buffer, CL_MEM_CONTEXT, sizeof context, &context, NULL);
    next->clGetMemObjectInfo(buffer, CL_MEM_ASSOCIATED_MEMOBJECT, sizeof whole, &whole, NULL);
    next->clGetMemObjectInfo(buffer, CL_MEM_HOST_PTR, sizeof address, &address, NULL);
    next->clGetContextInfo(context, CL_CONTEXT_DEVICES, 0, NULL, &devices);
    const size_t count = devices / sizeof(cl_device_id);
    if (whole || !address || !is_private(next, buffer))
        return CL_INVALID_MEM_OBJECT;
    if (size < count * sizeof(cl_ulong))
        return CL_INVALID_VALUE;
    for (size_t i = 0; i < count; i++)
        ((cl_ulong *)value)[i] = i + 1 < count ? 64 : (cl_ulong)(size_t)address;
    if (private_count < sizeof private_told / sizeof *private_told)
        private_told[private_count++] = (cl_ulong)(size_t)address;
    return CL_SUCCESS;
}

static cl_int private_mem_info(const struct _cl_icd_dispatch *next, cl_mem buffer, cl_mem_info what,
                               size_t size, void *value, size_t *needed)
{
    if (private_bytes && what == DEVICE_ADDRESS)
        return tell_addresses(next, buffer, size, value);
    const cl_int code = next->clGetMemObjectInfo(buffer, what, size, value, needed);
    if (code == CL_SUCCESS && what == CL_MEM_USES_SVM_POINTER && value && is_private(next, buffer))
        *(cl_bool *)value = CL_FALSE;
    return code;
}

static int was_told(cl_ulong address)
{
    for (size_t i = 0; i < private_count; i++) {
        if (address - private_told[i] < private_bytes)
            return 1;
    }
    return 0;
}

/* Each kind has a list of its own. */
static cl_int private_exec_info(const struct _cl_icd_dispatch *next, cl_kernel kernel,
                                cl_kernel_exec_info what, size_t size, const void *value)
{
    if (!private_bytes)
        return next->clSetKernelExecInfo(kernel, what, size, value);
    for (size_t i = 0; i < size / sizeof(cl_ulong); i++) {
        if (was_told(((const cl_ulong *)value)[i]) != (what == EXEC_INFO_DEVICE_PTRS))
            return CL_INVALID_VALUE;
    }
    return next->clSetKernelExecInfo(kernel, CL_KERNEL_EXEC_INFO_SVM_PTRS, size, value);
}

#endif
