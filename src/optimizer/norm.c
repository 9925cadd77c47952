/* The kernels that compute norms of gradients. One for each launch adds the squares of its
 * gradients; the control kernel adds these sums and makes the factors. step.c enqueues them. */
#include "optimizer/norm.h"

#include "abi/norm.h"
#include "base/error.h"
#include "device/failure.h"
#include "optimizer/control.h"
#include "optimizer/kernels.h"

static const char call[] = "clstep_optimizer_create";

/* The arguments; SCALE with options.control; then gradients, unless these come as addresses. */
enum { CHUNKS, LAUNCH, LANES, SCALE };

/* The arguments that stay the same in all steps. */
static clstep_status make(clstep_optimizer *optimizer, clstep_engine *engine,
                          const clstep__launch *launch, const char *name, cl_kernel *kernel)
{
    clstep_status status =
        clstep__optimizer_kernel(optimizer, engine, launch->kind, launch->binding, name, kernel);
    if (status != CLSTEP_OK)
        return status;
    cl_int code = clSetKernelArg(*kernel, CHUNKS, sizeof(cl_mem), &optimizer->table.buffer);
    if (code == CL_SUCCESS)
        code = clSetKernelArg(*kernel, LANES, CLSTEP_NORM_LOCAL, NULL);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clSetKernelArg", code);
}

clstep_status clstep__norm_create(clstep_optimizer *optimizer, clstep_engine *engine)
{
    const clstep__plan *plan = &optimizer->plan;
    clstep_status status = CLSTEP_OK;
    if (plan->leaf_count > 0 && CLSTEP_NORM_LOCAL > engine->local_memory)
        return clstep__fail(CLSTEP_UNSUPPORTED, call,
                            "clipping by a norm takes %d bytes of local memory, but the device has "
                            "%llu (CL_DEVICE_LOCAL_MEM_SIZE); clip by CLSTEP_CLIP_VALUE",
                            CLSTEP_NORM_LOCAL, (unsigned long long)engine->local_memory);
    for (size_t i = 0; status == CLSTEP_OK && i < plan->launch_count; i++) {
        const clstep__launch *launch = &plan->launches[i];
        if (launch->leaf_count == 0)
            continue;
        status = make(optimizer, engine, launch, "clstep_norm",
                      &optimizer->kernels[launch->kernel].norm);
        if (status == CLSTEP_OK && !optimizer->has_other_inputs) /* all gradients are known */
            status = clstep__norm_bind(optimizer, launch);
    }
    return status;
}

void clstep__norm_release(clstep_optimizer *optimizer)
{
    for (size_t i = 0; i < optimizer->kernel_count; i++) {
        if (optimizer->kernels[i].norm)
            clReleaseKernel(optimizer->kernels[i].norm);
    }
}

clstep_status clstep_optimizer_get_norm(const clstep_optimizer *optimizer, clstep_buffer *norm)
{
    static const char getting[] = "clstep_optimizer_get_norm";
    if (!optimizer)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, getting, "optimizer is NULL");
    if (!norm)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, getting, "norm is NULL");
    size_t group = 0;
    while (group < optimizer->group_count &&
           optimizer->groups[group].variant.clip != CLSTEP_CLIP_GLOBAL_NORM)
        group++;
    if (group == optimizer->group_count || optimizer->plan.leaf_count == 0)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, getting,
                            "no gradient is clipped by the global norm; set the clip of a group's "
                            "rule to CLSTEP_CLIP_GLOBAL_NORM");
    *norm = (clstep_buffer){optimizer->table.buffer,
                            optimizer->table.first_word + optimizer->table.norm};
    return CLSTEP_OK;
}

clstep_status clstep__norm_set_scale(const clstep_optimizer *optimizer,
                                     const clstep__launch *launch)
{
    const clstep__table *table = &optimizer->table;
    const clstep__scalars *scalars = &optimizer->scalars;
    const cl_kernel kernel = optimizer->kernels[launch->kernel].norm;
    const uint64_t in_chunk = sizeof(clstep_chunk) / sizeof(uint32_t);
    const cl_mem scale =
        scalars->grad_scale.buffer ? scalars->grad_scale.buffer : optimizer->table.buffer;
    const clstep_norm_launch value = {
        .first_leaf = clstep__place_of(table, table->leaves, in_chunk) + launch->first_leaf,
        .first_sum = clstep__place_of(table, table->sums, 2) + launch->first_leaf,
        .scale_place = scalars->grad_scale.offset,
        .scale_type = scalars->scale_type,
        .scale = scalars->scale};
    cl_int code = clSetKernelArg(kernel, LAUNCH, sizeof value, &value);
    if (code == CL_SUCCESS && optimizer->control)
        code = clSetKernelArg(kernel, SCALE, sizeof(cl_mem), &scale);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clSetKernelArg", code);
}

clstep_status clstep__norm_bind(clstep_optimizer *optimizer, const clstep__launch *launch)
{
    const cl_kernel kernel = optimizer->kernels[launch->kernel].norm;
    const cl_uint grads = optimizer->control ? SCALE + 1 : SCALE;
    clstep_status status = clstep__norm_set_scale(optimizer, launch);
    cl_int code = CL_SUCCESS;
    for (cl_uint k = 0;
         status == CLSTEP_OK && code == CL_SUCCESS && k < CLSTEP_BUFFERS_OF(launch->binding); k++)
        code = clSetKernelArg(kernel, grads + k, sizeof(cl_mem),
                              &launch->grads[k < launch->grad_count ? k : 0]);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clSetKernelArg", code);
    return status == CLSTEP_OK ? clstep__kernel_addresses(optimizer, launch, kernel) : status;
}
