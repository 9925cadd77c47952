/* Asks the driver about a buffer, and refuses a range that a step cannot use. */
#include "optimizer/range.h"

#include "base/error.h"
#include "base/text.h"
#include "device/failure.h"

#include <stdio.h>

static cl_int query(cl_mem buffer, clstep__buffer_info *known)
{
    if (known->buffer == buffer)
        return CL_SUCCESS;
    clstep__buffer_info found = {.buffer = buffer};
    const struct {
        cl_mem_info what;
        void *value;
        size_t size;
    } wanted[] = {
        {CL_MEM_TYPE, &found.type, sizeof found.type},
        {CL_MEM_CONTEXT, &found.context, sizeof found.context},
        {CL_MEM_FLAGS, &found.flags, sizeof found.flags},
        {CL_MEM_SIZE, &found.size, sizeof found.size},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        cl_int code =
            clGetMemObjectInfo(buffer, wanted[i].what, wanted[i].size, wanted[i].value, NULL);
        if (code != CL_SUCCESS)
            return code;
    }
    *known = found;
    return CL_SUCCESS;
}

void clstep__say_where(char text[CLSTEP__WHERE_SIZE], const clstep__place *at)
{
    int end =
        at->group == SIZE_MAX
            ? snprintf(text, CLSTEP__WHERE_SIZE, "options.gradients[%zu]", at->tensor)
            : snprintf(text, CLSTEP__WHERE_SIZE, "groups[%zu].tensors[%zu]", at->group, at->tensor);
    if (at->name)
        snprintf(text + end, CLSTEP__WHERE_SIZE - (size_t)end, " (\"%.100s\")", at->name);
}

static clstep_status refuse(const clstep__place *at, const char *member, const char *what)
{
    char where[CLSTEP__WHERE_SIZE];
    clstep__say_where(where, at);
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, at->call, "%s.%s %s", where, member, what);
}

static clstep_status check_bounds(const clstep__place *at, const char *member, const char *offset,
                                  const clstep__range *range, size_t size)
{
    const uint64_t elements = size / clstep_dtype_size(range->dtype);
    if (range->offset <= elements && range->count <= elements - range->offset)
        return CLSTEP_OK;
    char where[CLSTEP__WHERE_SIZE];
    clstep__say_where(where, at);
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, at->call,
                        "%s: %s %llu and count %llu reach past the end of %s, which has room for "
                        "%llu element%s",
                        where, offset, (unsigned long long)range->offset,
                        (unsigned long long)range->count, member, (unsigned long long)elements,
                        clstep__plural(elements));
}

clstep_status clstep__range_check(const clstep__place *at, const char *member, const char *offset,
                                  cl_context context, const clstep__range *range,
                                  cl_mem_flags forbidden, clstep__buffer_info *known)
{
    if (!range->buffer)
        return refuse(at, member, "is NULL");
    cl_int code = query(range->buffer, known);
    if (code == CL_INVALID_MEM_OBJECT)
        return refuse(at, member, "is no OpenCL memory object");
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clGetMemObjectInfo", code);
    if (known->type != CL_MEM_OBJECT_BUFFER)
        return refuse(at, member, "is not a buffer but an image or a pipe");
    if (known->context != context)
        return refuse(at, member, "belongs to another context than the engine");
    if (known->flags & forbidden)
        return refuse(at, member,
                      forbidden == CL_MEM_READ_ONLY
                          ? "is CL_MEM_READ_ONLY, but a step writes it; create it as "
                            "CL_MEM_READ_WRITE"
                          : "is CL_MEM_WRITE_ONLY, but a step reads it; create it as "
                            "CL_MEM_READ_WRITE or CL_MEM_READ_ONLY");
    return check_bounds(at, member, offset, range, known->size);
}

clstep_status clstep__root_of(cl_mem buffer, cl_mem *root, size_t *origin)
{
    cl_mem parent = NULL;
    *origin = 0;
    cl_int code =
        clGetMemObjectInfo(buffer, CL_MEM_ASSOCIATED_MEMOBJECT, sizeof parent, &parent, NULL);
    if (code == CL_SUCCESS && parent)
        code = clGetMemObjectInfo(buffer, CL_MEM_OFFSET, sizeof *origin, origin, NULL);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clGetMemObjectInfo", code);
    *root = parent ? parent : buffer;
    return CLSTEP_OK;
}

int clstep__is_misaligned(cl_mem buffer, int32_t dtype)
{
    const size_t largest_vector = 16 * clstep_dtype_size(dtype);
    cl_mem root = NULL;
    size_t origin = 0;
    cl_mem_flags flags = 0;
    void *host = NULL;
    if (clstep__root_of(buffer, &root, &origin) != CLSTEP_OK || origin % largest_vector != 0 ||
        clGetMemObjectInfo(root, CL_MEM_FLAGS, sizeof flags, &flags, NULL) != CL_SUCCESS)
        return 1;
    if (!(flags & CL_MEM_USE_HOST_PTR))
        return 0;
    return clGetMemObjectInfo(root, CL_MEM_HOST_PTR, sizeof host, &host, NULL) != CL_SUCCESS ||
           (uintptr_t)host % largest_vector != 0;
}
