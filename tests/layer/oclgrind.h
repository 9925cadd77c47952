/* What the layer does differently on Oclgrind. */
#ifndef TESTS_LAYER_OCLGRIND_H
#define TESTS_LAYER_OCLGRIND_H

#include <CL/cl_layer.h>
#include <stdlib.h>
#include <string.h>

/* Oclgrind divides and takes roots as the host does, correctly rounded, but does not report it. It
 * has to, for then the kernels do the same: it computes a "not" of vectors of one bit wrong, to
 * which LLVM narrows parts of exact_divide().
 *
 * Oclgrind takes for uninitialised what clEnqueueFillBuffer wrote, what clEnqueueWriteBuffer wrote
 * or clEnqueueCopyBuffer copied elsewhere than to the begin of a buffer, and what lies behind that.
 * For it, all become a write of the whole buffer. */
static int for_oclgrind(void)
{
    return getenv("CLSTEP_LAYER_FOR_OCLGRIND") != NULL;
}

static cl_int write_whole(const struct _cl_icd_dispatch *next, cl_command_queue queue,
                          cl_mem buffer, const void *pattern, size_t pattern_size, size_t offset,
                          size_t size, cl_uint count, const cl_event *list, cl_event *event)
{
    size_t whole = 0;
    cl_int code = next->clGetMemObjectInfo(buffer, CL_MEM_SIZE, sizeof whole, &whole, NULL);
    if (code != CL_SUCCESS || offset > whole || size > whole - offset)
        return code != CL_SUCCESS ? code : CL_INVALID_VALUE;
    char *bytes = malloc(whole);
    if (!bytes)
        return CL_OUT_OF_HOST_MEMORY;
    code = next->clEnqueueReadBuffer(queue, buffer, CL_TRUE, 0, whole, bytes, count, list, NULL);
    for (size_t i = 0; i < size; i += pattern_size)
        memcpy(bytes + offset + i, pattern, pattern_size);
    if (code == CL_SUCCESS)
        code =
            next->clEnqueueWriteBuffer(queue, buffer, CL_TRUE, 0, whole, bytes, count, list, event);
    free(bytes);
    return code;
}

static cl_int copy_by_the_host(const struct _cl_icd_dispatch *next, cl_command_queue queue,
                               cl_mem from, cl_mem to, size_t from_offset, size_t to_offset,
                               size_t size, cl_uint count, const cl_event *list, cl_event *event)
{
    char *bytes = malloc(size);
    if (!bytes)
        return CL_OUT_OF_HOST_MEMORY;
    cl_int code = next->clEnqueueReadBuffer(queue, from, CL_TRUE, from_offset, size, bytes, count,
                                            list, NULL);
    if (code == CL_SUCCESS)
        code = write_whole(next, queue, to, bytes, size, to_offset, size, 0, NULL, event);
    free(bytes);
    return code;
}

#endif
