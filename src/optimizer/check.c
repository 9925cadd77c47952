/* Checks groups and tensors. range.c checks a single buffer, overlap.c whether two share elements.
 */
#include "optimizer/check.h"

#include "abi/block8.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/sized.h"
#include "format/dtypes.h"
#include "optimizer/given_state.h"
#include "optimizer/overlap.h"
#include "optimizer/range.h"

#include <stdio.h>

static clstep_status refuse(const clstep__place *at, const char *member, const char *what)
{
    char where[CLSTEP__WHERE_SIZE];
    clstep__say_where(where, at);
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, at->call, "%s.%s %s", where, member, what);
}

static clstep_status check_param(const clstep__place *at, cl_context context,
                                 const clstep_tensor *tensor, clstep__buffer_info *known)
{
    const clstep__range range = {tensor->param, tensor->param_dtype, tensor->param_offset,
                                 tensor->count};
    clstep_status status =
        clstep__range_check(at, "param", "param_offset", context, &range, CL_MEM_READ_ONLY, known);
    if (status == CLSTEP_OK && (known->flags & CL_MEM_WRITE_ONLY))
        return refuse(at, "param",
                      "is CL_MEM_WRITE_ONLY, but a step reads it; create it as CL_MEM_READ_WRITE");
    return status;
}

static clstep_status check_grad(const clstep__place *at, cl_context context,
                                const clstep_tensor *tensor, clstep__buffer_info *known)
{
    const clstep__range range = {tensor->grad, tensor->grad_dtype, tensor->grad_offset,
                                 tensor->count};
    return clstep__range_check(at, "grad", "grad_offset", context, &range, CL_MEM_WRITE_ONLY,
                               known);
}

static clstep_status check_dtype(const clstep__place *at, const char *member, int32_t dtype)
{
    if (dtype < CLSTEP_DTYPE_FLOAT32 || dtype > CLSTEP_DTYPE_FLOAT64)
        return refuse(at, member,
                      "must be CLSTEP_DTYPE_FLOAT32, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_FLOAT16 "
                      "or CLSTEP_DTYPE_FLOAT64");
    return CLSTEP_OK;
}

static clstep_status check_fp64(const clstep__place *at, const clstep_engine *engine,
                                const clstep_tensor *tensor)
{
    const bool in_param = tensor->param_dtype == CLSTEP_DTYPE_FLOAT64;
    const bool in_grad = tensor->grad_dtype == CLSTEP_DTYPE_FLOAT64;
    if (engine->has_double || !(in_param || in_grad))
        return CLSTEP_OK;
    char where[CLSTEP__WHERE_SIZE];
    clstep__say_where(where, at);
    return clstep__fail(CLSTEP_UNSUPPORTED, at->call,
                        "%s.%s is CLSTEP_DTYPE_FLOAT64, but the device has no fp64 (cl_khr_fp64); "
                        "take CLSTEP_DTYPE_FLOAT32 or another device",
                        where, in_param ? "param_dtype" : "grad_dtype");
}

static clstep_status check_first_element(const clstep__place *at, const clstep_tensor *tensor)
{
    char where[CLSTEP__WHERE_SIZE];
    const uint64_t first = tensor->first_element;
    if (first % CLSTEP_BLOCK8_ELEMENTS == 0 && first < (uint64_t)1 << 62)
        return CLSTEP_OK;
    clstep__say_where(where, at);
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, at->call,
                        "%s.first_element is %llu; it must be a multiple of %d below 2^62", where,
                        (unsigned long long)first, CLSTEP_BLOCK8_ELEMENTS);
}

static clstep_status check_tensor(const clstep__place *at, const clstep_engine *engine,
                                  const clstep_tensor *tensor, clstep__buffer_info *param,
                                  clstep__buffer_info *grad)
{
    clstep_status status = check_dtype(at, "param_dtype", tensor->param_dtype);
    if (status == CLSTEP_OK)
        status = check_dtype(at, "grad_dtype", tensor->grad_dtype);
    if (status == CLSTEP_OK)
        status = check_fp64(at, engine, tensor);
    if (status != CLSTEP_OK)
        return status;
    status = check_first_element(at, tensor);
    if (status != CLSTEP_OK)
        return status;
    if (tensor->count == 0)
        return CLSTEP_OK;
    status = check_param(at, engine->context, tensor, param);
    if (status == CLSTEP_OK && tensor->grad)
        status = check_grad(at, engine->context, tensor, grad);
    return status;
}

/* The state arrays of a tensor. */
static size_t list_arrays(const clstep_group *group, const clstep_tensor *tensor,
                          clstep_array_form arrays[CLSTEP__ARRAYS_MAX])
{
    clstep_rule rule;
    clstep__struct_read(&rule, group->rule, CLSTEP__SIZES(clstep_rule));
    const clstep__variant variant = clstep__variant_of(&rule);
    const clstep__format format = clstep__format_of(tensor->param_dtype, tensor->grad_dtype,
                                                    group->state_storage, group->param_storage);
    return clstep__format_arrays(&variant, &format, arrays);
}

static clstep_status check_given_state(const clstep__place *at, const clstep_engine *engine,
                                       const clstep_group *group, const clstep_tensor *tensor)
{
    if (!tensor->state_arrays && tensor->state_array_count == 0)
        return CLSTEP_OK;
    clstep_array_form arrays[CLSTEP__ARRAYS_MAX];
    const size_t count = list_arrays(group, tensor, arrays);
    return clstep__given_state_check(at, engine->context, tensor, arrays, count);
}

/* Puts the group in front of the message about its rule. */
static clstep_status check_rule(const char *call, size_t group, const clstep_rule *rule)
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

/* Whether the group's state can have fewer bits. */
static clstep_status check_state(const char *call, size_t index, const clstep_group *group)
{
    const clstep_state_storage storage = group->state_storage;
    if (storage == CLSTEP_STATE_FULL)
        return CLSTEP_OK;
    if (storage != CLSTEP_STATE_BFLOAT16 && storage != CLSTEP_STATE_8BIT)
        return clstep__fail(
            CLSTEP_INVALID_ARGUMENT, call,
            "groups[%zu].state_storage is %d; it must be CLSTEP_STATE_FULL, CLSTEP_STATE_BFLOAT16 "
            "or CLSTEP_STATE_8BIT",
            index, (int)storage);
    clstep_rule rule;
    clstep__struct_read(&rule, group->rule, CLSTEP__SIZES(clstep_rule));
    if (rule.centered && rule.variance == CLSTEP_VARIANCE_DIFFERENCE)
        return clstep__fail(
            CLSTEP_UNSUPPORTED, call,
            "groups[%zu].state_storage has too few bits for square_avg - grad_avg^2; set the "
            "rule's variance to CLSTEP_VARIANCE_RECURSION, which stores the variance",
            index);
    for (size_t i = 0; i < group->tensor_count; i++) {
        if (group->tensors[i].param_dtype == CLSTEP_DTYPE_FLOAT64)
            return refuse(&(clstep__place){call, index, i, group->tensors[i].name}, "param_dtype",
                          "is CLSTEP_DTYPE_FLOAT64, and its state must be fp64 too; set the "
                          "group's state_storage to 0");
    }
    return CLSTEP_OK;
}

/* The norm is computed in fp32. */
static clstep_status check_clip(const char *call, size_t index, const clstep_group *group)
{
    clstep_rule rule;
    clstep__struct_read(&rule, group->rule, CLSTEP__SIZES(clstep_rule));
    const clstep__variant variant = clstep__variant_of(&rule);
    for (size_t i = 0; clstep__has_norm(&variant) && i < group->tensor_count; i++) {
        if (group->tensors[i].param_dtype == CLSTEP_DTYPE_FLOAT64)
            return clstep__fail(
                CLSTEP_UNSUPPORTED, call,
                "groups[%zu].rule: clip is %s, which fp64 parameters do not have; set it "
                "to CLSTEP_CLIP_NONE or CLSTEP_CLIP_VALUE",
                index,
                rule.clip == CLSTEP_CLIP_NORM ? "CLSTEP_CLIP_NORM" : "CLSTEP_CLIP_GLOBAL_NORM");
    }
    return CLSTEP_OK;
}

static clstep_status check_storage(const char *call, size_t index, const clstep_group *group)
{
    if (group->param_storage < CLSTEP_PARAM_NEAREST || group->param_storage > CLSTEP_PARAM_RESIDUAL)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "groups[%zu].param_storage is %d; it must be CLSTEP_PARAM_NEAREST, "
                            "_STOCHASTIC, _MASTER or _RESIDUAL",
                            index, (int)group->param_storage);
    const bool has_array = group->param_storage == CLSTEP_PARAM_MASTER ||
                           group->param_storage == CLSTEP_PARAM_RESIDUAL;
    if (!has_array || group->tensor_count == 0)
        return CLSTEP_OK;
    for (size_t i = 0; i < group->tensor_count; i++) {
        if (clstep__has_16_bits(group->tensors[i].param_dtype))
            return CLSTEP_OK;
    }
    return clstep__fail(
        CLSTEP_INVALID_ARGUMENT, call,
        "groups[%zu].param_storage is %s, but the group has no parameters of 16 bits; "
        "leave it 0 (CLSTEP_PARAM_NEAREST)",
        index,
        group->param_storage == CLSTEP_PARAM_MASTER ? "CLSTEP_PARAM_MASTER"
                                                    : "CLSTEP_PARAM_RESIDUAL");
}

static clstep_status check_group(const char *call, const clstep_engine *engine, size_t index,
                                 const clstep_group *group)
{
    clstep_status status = check_rule(call, index, group->rule);
    if (status == CLSTEP_OK)
        status = check_state(call, index, group);
    if (status == CLSTEP_OK)
        status = check_clip(call, index, group);
    if (status == CLSTEP_OK)
        status = check_storage(call, index, group);
    clstep__buffer_info param = {0}, grad = {0};
    for (size_t i = 0; status == CLSTEP_OK && i < group->tensor_count; i++) {
        const clstep__place at = {call, index, i, group->tensors[i].name};
        status = check_tensor(&at, engine, &group->tensors[i], &param, &grad);
        if (status == CLSTEP_OK)
            status = check_given_state(&at, engine, group, &group->tensors[i]);
    }
    return status;
}

/* Lists where the parameter and the gradient of a tensor lie. */
static clstep_status add_runs(const clstep__place *at, const clstep_tensor *tensor,
                              clstep__run *runs, size_t *count)
{
    const struct {
        const char *as;
        clstep__range range;
    } given[] = {
        {"param", {tensor->param, tensor->param_dtype, tensor->param_offset, tensor->count}},
        {"grad", {tensor->grad, tensor->grad_dtype, tensor->grad_offset, tensor->count}}};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        if (!given[i].range.buffer)
            continue;
        clstep__run *run = &runs[(*count)++];
        *run = (clstep__run){.of = *at, .as = given[i].as, .is_written = i == 0};
        clstep_status status = clstep__run_of(&given[i].range, run);
        if (status != CLSTEP_OK)
            return status;
    }
    return CLSTEP_OK;
}

static clstep_status check_overlaps(const char *call, size_t group_count,
                                    const clstep_group *groups, clstep__run *runs, size_t *count)
{
    for (size_t g = 0; g < group_count; g++) {
        for (size_t i = 0; i < groups[g].tensor_count; i++) {
            const clstep_tensor *tensor = &groups[g].tensors[i];
            if (tensor->count == 0)
                continue;
            const clstep__place at = {call, g, i, tensor->name};
            clstep_array_form arrays[CLSTEP__ARRAYS_MAX];
            clstep_status status = add_runs(&at, tensor, runs, count);
            if (status == CLSTEP_OK && tensor->state_array_count > 0) {
                list_arrays(&groups[g], tensor, arrays);
                status = clstep__given_state_runs(&at, tensor, arrays, runs, count);
            }
            if (status != CLSTEP_OK)
                return status;
        }
    }
    return clstep__runs_check(runs, *count);
}

/* Removes the runs that a step does not write (gradients) and sorts the others; returns their
 * number. */
static size_t keep_written(clstep__run *runs, size_t count)
{
    size_t written = 0;
    for (size_t i = 0; i < count; i++) {
        if (runs[i].is_written)
            runs[written++] = runs[i];
    }
    clstep__runs_sort(runs, written);
    return written;
}

clstep_status clstep__check_groups(const char *call, const clstep_engine *engine,
                                   size_t group_count, const clstep_group *groups,
                                   clstep__run **written, size_t *written_count)
{
    size_t most = 0, count = 0; /* of runs */
    for (size_t i = 0; i < group_count; i++) {
        clstep_status status = check_group(call, engine, i, &groups[i]);
        if (status != CLSTEP_OK)
            return status;
        for (size_t k = 0; k < groups[i].tensor_count; k++)
            most += 2 + groups[i].tensors[k].state_array_count;
    }
    clstep__run *runs = clstep__allocate(most, sizeof *runs);
    if (!runs)
        return clstep__no_memory(call);
    clstep_status status = check_overlaps(call, group_count, groups, runs, &count);
    if (status == CLSTEP_OK && written) {
        *written_count = keep_written(runs, count);
        *written = runs;
        return CLSTEP_OK;
    }
    clstep__free(runs);
    return status;
}
