/* The queue of the imaginary GPU: takes every command and does nothing. */
#include "gpu.h"

#include <string.h>

static char event_itself;

/* Handles stay until the process ends: a few thousand small ones. */
#define KEEP(call, handle)                                                                         \
    cl_int call(handle it)                                                                         \
    {                                                                                              \
        (void)it;                                                                                  \
        return CL_SUCCESS;                                                                         \
    }
KEEP(clRetainContext, cl_context)
KEEP(clReleaseContext, cl_context)
KEEP(clRetainCommandQueue, cl_command_queue)
KEEP(clReleaseCommandQueue, cl_command_queue)
KEEP(clRetainMemObject, cl_mem)
KEEP(clReleaseMemObject, cl_mem)
KEEP(clRetainEvent, cl_event)
KEEP(clReleaseEvent, cl_event)
KEEP(clReleaseProgram, cl_program)
KEEP(clReleaseKernel, cl_kernel)
KEEP(clFlush, cl_command_queue)
KEEP(clFinish, cl_command_queue)

/* ---- commands: done at once, by doing nothing */

static cl_int happen(cl_event *event)
{
    if (event)
        *event = (cl_event)&event_itself;
    return CL_SUCCESS;
}

cl_int clEnqueueFillBuffer(cl_command_queue queue, cl_mem buffer, const void *pattern,
                           size_t pattern_size, size_t offset, size_t size, cl_uint count,
                           const cl_event *list, cl_event *event)
{
    (void)queue;
    (void)buffer;
    (void)pattern;
    (void)pattern_size;
    (void)offset;
    (void)size;
    (void)count;
    (void)list;
    return happen(event);
}

cl_int clEnqueueWriteBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset,
                            size_t size, const void *from, cl_uint count, const cl_event *list,
                            cl_event *event)
{
    (void)queue;
    (void)buffer;
    (void)blocking;
    (void)offset;
    (void)size;
    (void)from;
    (void)count;
    (void)list;
    return happen(event);
}

cl_int clEnqueueReadBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset,
                           size_t size, void *to, cl_uint count, const cl_event *list,
                           cl_event *event)
{
    (void)queue;
    (void)buffer;
    (void)blocking;
    (void)offset;
    (void)size;
    (void)to;
    (void)count;
    (void)list;
    return happen(event);
}

cl_int clEnqueueCopyBuffer(cl_command_queue queue, cl_mem from, cl_mem to, size_t from_offset,
                           size_t to_offset, size_t size, cl_uint count, const cl_event *list,
                           cl_event *event)
{
    (void)queue;
    (void)from;
    (void)to;
    (void)from_offset;
    (void)to_offset;
    (void)size;
    (void)count;
    (void)list;
    return happen(event);
}

cl_int clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions,
                              const size_t *offset, const size_t *global, const size_t *local,
                              cl_uint count, const cl_event *list, cl_event *event)
{
    (void)queue;
    (void)kernel;
    (void)dimensions;
    (void)offset;
    (void)global;
    (void)local;
    (void)count;
    (void)list;
    return happen(event);
}

cl_int clEnqueueMarkerWithWaitList(cl_command_queue queue, cl_uint count, const cl_event *list,
                                   cl_event *event)
{
    (void)queue;
    (void)count;
    (void)list;
    return happen(event);
}

cl_int clWaitForEvents(cl_uint count, const cl_event *list)
{
    (void)count;
    (void)list;
    return CL_SUCCESS;
}

cl_int clGetEventInfo(cl_event event, cl_event_info what, size_t size, void *value, size_t *needed)
{
    (void)event;
    if (what != CL_EVENT_COMMAND_EXECUTION_STATUS || size < sizeof(cl_int))
        return CL_INVALID_VALUE;
    memcpy(value, &(const cl_int){CL_COMPLETE}, sizeof(cl_int));
    if (needed)
        *needed = sizeof(cl_int);
    return CL_SUCCESS;
}

/* A queue of the library's own. */
cl_command_queue clCreateCommandQueue(cl_context context, cl_device_id device,
                                      cl_command_queue_properties properties, cl_int *code)
{
    (void)context;
    (void)properties;
    if (code)
        *code = CL_SUCCESS;
    return gpu_queue(device);
}
