/* Makes buffers in shared virtual memory, if the device has it. */
#include "shared.h"

int shared_memory_exists(void)
{
    cl_device_svm_capabilities abilities = 0;
    const cl_int code =
        clGetDeviceInfo(the.device, CL_DEVICE_SVM_CAPABILITIES, sizeof abilities, &abilities, NULL);
    return code == CL_SUCCESS && (abilities & CL_DEVICE_SVM_COARSE_GRAIN_BUFFER) != 0;
}

static cl_mem buffer_of(shared_buffers *shared, size_t bytes)
{
    void *memory = clSVMAlloc(the.context, CL_MEM_READ_WRITE, bytes, 0);
    ck_assert_ptr_nonnull(memory);
    shared->memory[shared->count++] = memory;
    cl_int code;
    cl_mem buffer =
        clCreateBuffer(the.context, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, bytes, memory, &code);
    ck_cl(code);
    return buffer;
}

static void open_parts(shared_buffers *shared, size_t count, size_t bytes, cl_mem *buffers)
{
    cl_uint bits = 0;
    ck_cl(clGetDeviceInfo(the.device, CL_DEVICE_MEM_BASE_ADDR_ALIGN, sizeof bits, &bits, NULL));
    const size_t aligned = bits / 8;
    const size_t apart = (bytes + aligned - 1) / aligned * aligned;
    shared->whole = buffer_of(shared, count * apart);
    for (size_t i = 0; i < count; i++) {
        const cl_buffer_region region = {i * apart, bytes};
        cl_int code;
        buffers[i] =
            clCreateSubBuffer(shared->whole, 0, CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
        ck_cl(code);
    }
}

void shared_open(shared_buffers *shared, int in_one, size_t count, size_t bytes, cl_mem *buffers)
{
    *shared = (shared_buffers){0};
    if (in_one)
        open_parts(shared, count, bytes, buffers);
    for (size_t i = 0; !in_one && i < count; i++)
        buffers[i] = buffer_of(shared, bytes);
}

void shared_close(shared_buffers *shared, size_t count, const cl_mem *buffers)
{
    ck_cl(clFinish(the.queue));
    for (size_t i = 0; i < count; i++)
        clReleaseMemObject(buffers[i]);
    if (shared->whole)
        clReleaseMemObject(shared->whole);
    for (size_t i = 0; i < shared->count; i++)
        clSVMFree(the.context, shared->memory[i]);
}
