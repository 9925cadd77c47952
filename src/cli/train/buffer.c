#include "cli/train/buffer.h"

int buffer_create(const workplace *place, cl_mem *buffer, size_t size, const void *bytes)
{
    cl_int code;
    *buffer = clCreateBuffer(place->context, CL_MEM_READ_WRITE, size, NULL, &code);
    if (!*buffer)
        return complain(EXIT_FAILED, "the device gives no buffer of %zu bytes (OpenCL code %d)",
                        size, (int)code);
    return bytes ? buffer_write(place, *buffer, size, bytes) : EXIT_OK;
}

int buffer_write(const workplace *place, cl_mem buffer, size_t size, const void *bytes)
{
    cl_int code =
        clEnqueueWriteBuffer(place->queue, buffer, CL_TRUE, 0, size, bytes, 0, NULL, NULL);
    return code == CL_SUCCESS ? EXIT_OK : complain_cl("clEnqueueWriteBuffer", code);
}

int buffer_read(const workplace *place, cl_mem buffer, size_t size, void *bytes)
{
    cl_int code = clEnqueueReadBuffer(place->queue, buffer, CL_TRUE, 0, size, bytes, 0, NULL, NULL);
    return code == CL_SUCCESS ? EXIT_OK : complain_cl("clEnqueueReadBuffer", code);
}

void buffer_release(cl_mem buffer)
{
    if (buffer)
        clReleaseMemObject(buffer);
}

int event_add_seconds(cl_event event, double *seconds)
{
    cl_ulong start = 0, end = 0;
    cl_int code =
        clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof start, &start, NULL);
    if (code == CL_SUCCESS)
        code = clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL);
    clReleaseEvent(event);
    if (code != CL_SUCCESS)
        return complain_cl("clGetEventProfilingInfo", code);
    *seconds += (double)(end - start) * 1e-9;
    return EXIT_OK;
}
