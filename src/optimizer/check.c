#include "optimizer/check.h"
#include "base/sized.h"

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

static clstep_status check_range(place at, const char *member, const facts *known, int32_t dtype,
                                 uint64_t offset, uint64_t count)
{
    const uint64_t elements = known->size / clstep_dtype_size(dtype);
    if (offset <= elements && count <= elements - offset)
        return CLSTEP_OK;
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                        "groups[%zu].tensors[%zu]: %s_offset %llu and count %llu reach past the "
                        "end of %s, which has room for %llu elements",
                        at.group, at.tensor, member, (unsigned long long)offset,
                        (unsigned long long)count, member, (unsigned long long)elements);
}

static clstep_status check_buffer(place at, cl_context context, const char *member, cl_mem buffer,
                                  cl_mem_flags forbidden, int32_t dtype, uint64_t offset,
                                  uint64_t count, facts *known)
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
    return check_range(at, member, known, dtype, offset, count);
}

static clstep_status check_param(place at, cl_context context, const clstep_tensor *tensor,
                                 facts *known)
{
    clstep_status status =
        check_buffer(at, context, "param", tensor->param, CL_MEM_READ_ONLY, tensor->param_dtype,
                     tensor->param_offset, tensor->count, known);
    if (status == CLSTEP_OK && (known->flags & CL_MEM_WRITE_ONLY))
        return refuse(at, "param",
                      "is CL_MEM_WRITE_ONLY, but a step reads it; create it as CL_MEM_READ_WRITE");
    return status;
}

static clstep_status check_dtype(place at, const char *member, int32_t dtype)
{
    if (dtype < CLSTEP_DTYPE_FLOAT32 || dtype > CLSTEP_DTYPE_FLOAT64)
        return refuse(at, member,
                      "must be CLSTEP_DTYPE_FLOAT32, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_FLOAT16 "
                      "or CLSTEP_DTYPE_FLOAT64");
    return CLSTEP_OK;
}

static clstep_status check_fp64(place at, const clstep_engine *engine, const clstep_tensor *tensor)
{
    const bool in_param = tensor->param_dtype == CLSTEP_DTYPE_FLOAT64;
    const bool in_grad = tensor->grad_dtype == CLSTEP_DTYPE_FLOAT64;
    if (engine->has_double || !(in_param || in_grad))
        return CLSTEP_OK;
    return clstep__fail(
        CLSTEP_UNSUPPORTED, call,
        "groups[%zu].tensors[%zu].%s is CLSTEP_DTYPE_FLOAT64, but the device has no fp64 "
        "(cl_khr_fp64); take CLSTEP_DTYPE_FLOAT32 or another device",
        at.group, at.tensor, in_param ? "param_dtype" : "grad_dtype");
}

static clstep_status check_tensor(place at, const clstep_engine *engine,
                                  const clstep_tensor *tensor, facts *param, facts *grad)
{
    clstep_status status = check_dtype(at, "param_dtype", tensor->param_dtype);
    if (status == CLSTEP_OK)
        status = check_dtype(at, "grad_dtype", tensor->grad_dtype);
    if (status == CLSTEP_OK)
        status = check_fp64(at, engine, tensor);
    if (status != CLSTEP_OK)
        return status;
    for (size_t i = 0; i < sizeof tensor->reserved / sizeof *tensor->reserved; i++) {
        if (tensor->reserved[i] != 0)
            return refuse(at, "reserved", "must be 0; start from a zeroed clstep_tensor");
    }
    if (tensor->count == 0)
        return CLSTEP_OK;
    status = check_param(at, engine->context, tensor, param);
    if (status == CLSTEP_OK)
        status = check_buffer(at, engine->context, "grad", tensor->grad, CL_MEM_WRITE_ONLY,
                              tensor->grad_dtype, tensor->grad_offset, tensor->count, grad);
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

/* Which states can be kept in fewer bits. */
static clstep_status check_state(size_t index, const clstep_group *group)
{
    const int32_t dtype = group->state_storage;
    if (dtype == 0)
        return CLSTEP_OK;
    if (dtype != CLSTEP_DTYPE_BFLOAT16 && dtype != CLSTEP_DTYPE_UINT8)
        return clstep__fail(
            CLSTEP_INVALID_ARGUMENT, call,
            "groups[%zu].state_storage is %d; it must be CLSTEP_STATE_FULL, CLSTEP_STATE_BFLOAT16 "
            "or CLSTEP_STATE_8BIT",
            index, (int)dtype);
    clstep_rule rule;
    clstep__struct_read(&rule, group->rule, CLSTEP__SIZES(clstep_rule));
    if (rule.centered && rule.variance == CLSTEP_VARIANCE_DIFFERENCE)
        return clstep__fail(CLSTEP_UNSUPPORTED, call,
                            "groups[%zu].state_storage asks for fewer bits, in which square_avg - "
                            "grad_avg^2 would mean nothing; set the rule's variance to "
                            "CLSTEP_VARIANCE_RECURSION, which keeps the variance itself",
                            index);
    for (size_t i = 0; i < group->tensor_count; i++) {
        if (group->tensors[i].param_dtype == CLSTEP_DTYPE_FLOAT64)
            return refuse((place){index, i}, "param_dtype",
                          "is CLSTEP_DTYPE_FLOAT64, whose state is fp64 only; set the group's "
                          "state_dtype to 0");
    }
    return CLSTEP_OK;
}

static clstep_status check_storage(size_t index, const clstep_group *group)
{
    if (group->param_storage >= CLSTEP_PARAM_NEAREST &&
        group->param_storage <= CLSTEP_PARAM_RESIDUAL)
        return CLSTEP_OK;
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                        "groups[%zu].param_storage is %d, which is no such constant", index,
                        (int)group->param_storage);
}

static clstep_status check_group(const clstep_engine *engine, size_t index,
                                 const clstep_group *group)
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
    if (status == CLSTEP_OK)
        status = check_state(index, group);
    if (status == CLSTEP_OK)
        status = check_storage(index, group);
    facts param = {0}, grad = {0};
    for (size_t i = 0; status == CLSTEP_OK && i < group->tensor_count; i++)
        status = check_tensor((place){index, i}, engine, &group->tensors[i], &param, &grad);
    return status;
}

clstep_status clstep__check_groups(const clstep_engine *engine, size_t group_count,
                                   const clstep_group *groups)
{
    if (!groups && group_count > 0)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "groups is NULL although group_count is %zu", group_count);
    for (size_t i = 0; i < group_count; i++) {
        clstep_status status = check_group(engine, i, &groups[i]);
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
