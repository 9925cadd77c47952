#include "optimizer/check.h"

#include "base/error.h"
#include "device/failure.h"

#include <stdio.h>

static const char call[] = "clstep_optimizer_create";

/* A tensor's place in the caller's arrays, for messages. */
typedef struct {
    size_t group;
    size_t tensor;
} place;

/* What is known of a buffer. The last one is kept: tensors that share a cl_mem come in a row. */
typedef struct {
    cl_mem buffer;
    cl_mem_object_type type;
    cl_context context;
    cl_mem_flags flags;
    size_t size;
} facts;

static cl_int learn(cl_mem buffer, facts *known)
{
    if (known->buffer == buffer)
        return CL_SUCCESS;
    facts learned = {.buffer = buffer};
    const struct {
        cl_mem_info what;
        void *value;
        size_t size;
    } wanted[] = {
        {CL_MEM_TYPE, &learned.type, sizeof learned.type},
        {CL_MEM_CONTEXT, &learned.context, sizeof learned.context},
        {CL_MEM_FLAGS, &learned.flags, sizeof learned.flags},
        {CL_MEM_SIZE, &learned.size, sizeof learned.size},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        cl_int code =
            clGetMemObjectInfo(buffer, wanted[i].what, wanted[i].size, wanted[i].value, NULL);
        if (code != CL_SUCCESS)
            return code;
    }
    *known = learned;
    return CL_SUCCESS;
}

static clstep_status refuse(place at, const char *member, const char *what)
{
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "groups[%zu].tensors[%zu].%s %s", at.group,
                        at.tensor, member, what);
}

static clstep_status check_range(place at, const char *member, const facts *known, uint64_t offset,
                                 uint64_t count)
{
    const uint64_t elements = known->size / sizeof(float);
    if (offset <= elements && count <= elements - offset)
        return CLSTEP_OK;
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                        "groups[%zu].tensors[%zu]: %s_offset %llu and count %llu reach past the "
                        "end of %s, which has room for %llu elements",
                        at.group, at.tensor, member, (unsigned long long)offset,
                        (unsigned long long)count, member, (unsigned long long)elements);
}

static clstep_status check_buffer(place at, cl_context context, const char *member, cl_mem buffer,
                                  cl_mem_flags forbidden, uint64_t offset, uint64_t count,
                                  facts *known)
{
    if (!buffer)
        return refuse(at, member, "is NULL");
    cl_int code = learn(buffer, known);
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
    return check_range(at, member, known, offset, count);
}

static clstep_status check_param(place at, cl_context context, const clstep_tensor *tensor,
                                 facts *known)
{
    clstep_status status = check_buffer(at, context, "param", tensor->param, CL_MEM_READ_ONLY,
                                        tensor->param_offset, tensor->count, known);
    if (status == CLSTEP_OK && (known->flags & CL_MEM_WRITE_ONLY))
        return refuse(at, "param",
                      "is CL_MEM_WRITE_ONLY, but a step reads it; create it as CL_MEM_READ_WRITE");
    return status;
}

static clstep_status check_tensor(place at, cl_context context, const clstep_tensor *tensor,
                                  facts *param, facts *grad)
{
    if (tensor->param_dtype != CLSTEP_FLOAT32)
        return refuse(at, "param_dtype", "must be CLSTEP_FLOAT32");
    if (tensor->grad_dtype != CLSTEP_FLOAT32)
        return refuse(at, "grad_dtype", "must be CLSTEP_FLOAT32");
    for (size_t i = 0; i < sizeof tensor->reserved / sizeof *tensor->reserved; i++) {
        if (tensor->reserved[i] != 0)
            return refuse(at, "reserved", "must be 0; start from a zeroed clstep_tensor");
    }
    if (tensor->count == 0)
        return CLSTEP_OK;
    clstep_status status = check_param(at, context, tensor, param);
    if (status == CLSTEP_OK)
        status = check_buffer(at, context, "grad", tensor->grad, CL_MEM_WRITE_ONLY,
                              tensor->grad_offset, tensor->count, grad);
    return status;
}

/* A rule's own message, with the group in front. */
static clstep_status check_rule(size_t group, const clstep_rule *rule)
{
    if (!rule)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "groups[%zu].rule is NULL", group);
    clstep_status status = clstep_rule_validate(rule);
    if (status == CLSTEP_OK)
        return CLSTEP_OK;
    char message[512];
    snprintf(message, sizeof message, "%s", clstep_last_error()->message);
    return clstep__fail(status, call, "groups[%zu].rule: %s", group, message);
}

static clstep_status check_group(cl_context context, size_t index, const clstep_group *group)
{
    for (size_t i = 0; i < sizeof group->reserved / sizeof *group->reserved; i++) {
        if (group->reserved[i] != 0)
            return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                                "groups[%zu].reserved must be 0; start from a zeroed clstep_group",
                                index);
    }
    if (!group->tensors && group->tensor_count > 0)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "groups[%zu].tensors is NULL although tensor_count is %zu", index,
                            group->tensor_count);
    clstep_status status = check_rule(index, group->rule);
    facts param = {0}, grad = {0};
    for (size_t i = 0; status == CLSTEP_OK && i < group->tensor_count; i++)
        status = check_tensor((place){index, i}, context, &group->tensors[i], &param, &grad);
    return status;
}

clstep_status clstep__check_groups(cl_context context, size_t group_count,
                                   const clstep_group *groups)
{
    if (!groups && group_count > 0)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "groups is NULL although group_count is %zu", group_count);
    for (size_t i = 0; i < group_count; i++) {
        clstep_status status = check_group(context, i, &groups[i]);
        if (status != CLSTEP_OK)
            return status;
    }
    return clstep__check_overlaps(group_count, groups);
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

int clstep__is_misaligned(cl_mem buffer)
{
    enum { LARGEST_VECTOR = 16 * sizeof(float) };
    cl_mem root = NULL;
    size_t origin = 0;
    cl_mem_flags flags = 0;
    void *host = NULL;
    if (clstep__root_of(buffer, &root, &origin) != CLSTEP_OK || origin % LARGEST_VECTOR != 0 ||
        clGetMemObjectInfo(root, CL_MEM_FLAGS, sizeof flags, &flags, NULL) != CL_SUCCESS)
        return 1;
    if (!(flags & CL_MEM_USE_HOST_PTR))
        return 0;
    return clGetMemObjectInfo(root, CL_MEM_HOST_PTR, sizeof host, &host, NULL) != CL_SUCCESS ||
           (uintptr_t)host % LARGEST_VECTOR != 0;
}
