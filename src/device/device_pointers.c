/* Memory that kernels can reach by pointers. The Makefile compiles this file with the names of
 * OpenCL 2.0; it asks only devices that have these features. */
#include "device/device_pointers.h"

#include "device/query.h"

#ifdef CL_VERSION_2_0

/* From cl_ext_buffer_device_address, for headers that do not have it yet. */
enum { DEVICE_ADDRESS = 0x5001, EXEC_INFO_DEVICE_PTRS = 0x5002 };

enum { DEVICES_MOST = 64 };

/* Drivers of OpenCL 1.2 do not know this query and return CL_INVALID_VALUE. */
static clstep_status ask_shared_memory(cl_device_id device, unsigned *kinds)
{
    static const clstep__query query = CLSTEP__QUERY(CL_DEVICE_SVM_CAPABILITIES);
    cl_device_svm_capabilities abilities = 0;
    const cl_int code = clGetDeviceInfo(device, query.what, sizeof abilities, &abilities, NULL);
    if (code != CL_SUCCESS && code != CL_INVALID_VALUE)
        return clstep__query_failed("clGetDeviceInfo", query, code);
    if (code == CL_SUCCESS && (abilities & CL_DEVICE_SVM_COARSE_GRAIN_BUFFER) != 0)
        *kinds |= CLSTEP__POINTERS_SHARED;
    return CLSTEP_OK;
}

clstep_status clstep__device_pointer_kinds(const char *call, cl_device_id device, unsigned *kinds)
{
    bool has = false;
    *kinds = 0;
    clstep_status status =
        clstep__device_extension(call, device, "cl_ext_buffer_device_address", &has);
    if (has && sizeof(void *) == sizeof(cl_ulong))
        *kinds |= CLSTEP__POINTERS_PRIVATE;
    return status == CLSTEP_OK ? ask_shared_memory(device, kinds) : status;
}

void *clstep__shared_allocate(cl_context context, size_t bytes)
{
    return clSVMAlloc(context, CL_MEM_READ_WRITE, bytes, 0);
}

void clstep__shared_free(cl_context context, void *memory)
{
    clSVMFree(context, memory);
}

/* The buffer of which `buffer` is a sub-buffer, or itself; NULL if the driver does not say. */
static cl_mem whole_of(cl_mem buffer)
{
    cl_mem whole = NULL;
    const cl_int code =
        clGetMemObjectInfo(buffer, CL_MEM_ASSOCIATED_MEMOBJECT, sizeof whole, &whole, NULL);
    return code != CL_SUCCESS ? NULL : whole ? whole : buffer;
}

/* Asks the whole buffer: PoCL does not say that a sub-buffer is shared. */
bool clstep__is_shared(cl_mem buffer)
{
    cl_bool uses = CL_FALSE;
    const cl_mem whole = whole_of(buffer);
    const cl_int code =
        whole ? clGetMemObjectInfo(whole, CL_MEM_USES_SVM_POINTER, sizeof uses, &uses, NULL)
              : CL_INVALID_MEM_OBJECT;
    return code == CL_SUCCESS && uses;
}

/* A sub-buffer has its own address. */
static const void *shared_address(cl_mem buffer)
{
    void *address = NULL;
    const cl_int code = clGetMemObjectInfo(buffer, CL_MEM_HOST_PTR, sizeof address, &address, NULL);
    return code == CL_SUCCESS ? address : NULL;
}

/* The driver gives an address for each device of the context, in the context's order, and for whole
 * buffers only. */
static const void *private_address(cl_context context, cl_device_id device, cl_mem buffer)
{
    cl_device_id devices[DEVICES_MOST];
    cl_ulong addresses[DEVICES_MOST] = {0};
    size_t size = 0, offset = 0;
    const cl_mem whole = whole_of(buffer);
    if (!whole ||
        clGetContextInfo(context, CL_CONTEXT_DEVICES, sizeof devices, devices, &size) !=
            CL_SUCCESS ||
        clGetMemObjectInfo(buffer, CL_MEM_OFFSET, sizeof offset, &offset, NULL) != CL_SUCCESS)
        return NULL;
    const size_t count = size / sizeof *devices;
    if (clGetMemObjectInfo(whole, DEVICE_ADDRESS, count * sizeof *addresses, addresses, NULL) !=
        CL_SUCCESS)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (devices[i] == device && addresses[i])
            return (const char *)(uintptr_t)addresses[i] + (whole == buffer ? 0 : offset);
    }
    return NULL;
}

const void *clstep__address(cl_context context, cl_device_id device, unsigned kinds, cl_mem buffer)
{
    if (clstep__is_shared(buffer))
        return kinds & CLSTEP__POINTERS_SHARED ? shared_address(buffer) : NULL;
    return kinds & CLSTEP__POINTERS_PRIVATE ? private_address(context, device, buffer) : NULL;
}

cl_int clstep__use_addresses(cl_kernel kernel, unsigned kind, size_t count,
                             const void *const *addresses)
{
    const cl_kernel_exec_info what =
        kind == CLSTEP__POINTERS_SHARED ? CL_KERNEL_EXEC_INFO_SVM_PTRS : EXEC_INFO_DEVICE_PTRS;
    return clSetKernelExecInfo(kernel, what, count * sizeof *addresses, addresses);
}

#else /* headers of OpenCL 1.2 */

clstep_status clstep__device_pointer_kinds(const char *call, cl_device_id device, unsigned *kinds)
{
    (void)call;
    (void)device;
    *kinds = 0;
    return CLSTEP_OK;
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

bool clstep__is_shared(cl_mem buffer)
{
    (void)buffer;
    return false;
}

const void *clstep__address(cl_context context, cl_device_id device, unsigned kinds, cl_mem buffer)
{
    (void)context;
    (void)device;
    (void)kinds;
    (void)buffer;
    return NULL;
}

cl_int clstep__use_addresses(cl_kernel kernel, unsigned kind, size_t count,
                             const void *const *addresses)
{
    (void)kernel;
    (void)kind;
    (void)count;
    (void)addresses;
    return CL_INVALID_OPERATION;
}

#endif
