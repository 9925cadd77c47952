/* The kernels that compute norms of gradients. One for each launch adds the squares of its
 * gradients; the clip kernel adds these sums and makes the factors. step.c enqueues them. */
#include "optimizer/norm.h"

#include "abi/norm.h"
#include "abi/rounding.h"
#include "base/error.h"
#include "device/failure.h"
#include "optimizer/kernels.h"

#include <string.h>

static const char call[] = "clstep_optimizer_create";

/* The arguments of both kernels; then gradients, unless these come as addresses. */
enum { CHUNKS, LAUNCH, LANES, GRADS };

/* A place in the table, in units of `words` words of its buffer. */
static cl_ulong place_of(const clstep__table *table, uint64_t word, uint64_t words)
{
    return (table->first_word + word) / words;
}

static cl_ulong first_leaf(const clstep__table *table)
{
    return place_of(table, table->leaves, sizeof(clstep_chunk) / sizeof(uint32_t));
}

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

/* The launch whose variant the clip kernel has. It serves all rules; the formulas of Keras are only
 * in the kernels of its rules. */
static const clstep__launch *launch_of_clip(const clstep_optimizer *optimizer)
{
    const clstep__plan *plan = &optimizer->plan;
    const clstep__launch *found = NULL;
    for (size_t i = 0; i < plan->launch_count; i++) {
        const clstep__launch *launch = &plan->launches[i];
        const int32_t rounding = optimizer->kinds[launch->kind].variant.rounding;
        if (launch->leaf_count > 0 &&
            (!found || CLSTEP_BY_NORM_OF(rounding) != CLSTEP_BY_NORM_TORCH))
            found = launch;
    }
    return found;
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
    const clstep__launch *launch = launch_of_clip(optimizer);
    return status == CLSTEP_OK && launch
               ? make(optimizer, engine, launch, "clstep_clip", &optimizer->clip)
               : status;
}

void clstep__norm_release(clstep_optimizer *optimizer)
{
    if (optimizer->clip)
        clReleaseKernel(optimizer->clip);
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
    if (group == optimizer->group_count || !optimizer->clip)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, getting,
                            "no gradient is clipped by the global norm; set the clip of a group's "
                            "rule to CLSTEP_CLIP_GLOBAL_NORM");
    *norm = (clstep_buffer){optimizer->table.buffer,
                            optimizer->table.first_word + optimizer->table.norm};
    return CLSTEP_OK;
}

clstep_status clstep__norm_bind(clstep_optimizer *optimizer, const clstep__launch *launch)
{
    const clstep__table *table = &optimizer->table;
    const cl_kernel kernel = optimizer->kernels[launch->kernel].norm;
    const clstep_norm_launch value = {first_leaf(table) + launch->first_leaf,
                                      place_of(table, table->sums, 2) + launch->first_leaf};
    cl_int code = clSetKernelArg(kernel, LAUNCH, sizeof value, &value);
    for (cl_uint k = 0; code == CL_SUCCESS && k < CLSTEP_BUFFERS_OF(launch->binding); k++)
        code = clSetKernelArg(kernel, GRADS + k, sizeof(cl_mem),
                              &launch->grads[k < launch->grad_count ? k : 0]);
    return code == CL_SUCCESS ? clstep__kernel_addresses(optimizer, launch, kernel)
                              : clstep__cl_failed("clSetKernelArg", code);
}

/* At most CLSTEP_CLIP_WORDS words of the table wait for their upload. */
clstep_status clstep__clip_bind(clstep_optimizer *optimizer)
{
    const clstep__table *table = &optimizer->table;
    clstep_clip_launch value = {.first_leaf = first_leaf(table),
                                .leaf_count = optimizer->plan.leaf_count,
                                .first_sum = place_of(table, table->sums, 2),
                                .constants = place_of(table, table->floats, 2),
                                .slot_count = optimizer->slot_count,
                                .norm = place_of(table, table->norm, 1),
                                .first_word = table->first_word,
                                .word_count = table->piece.count};
    memcpy(value.words, table->piece.of, table->piece.count * sizeof *value.words);
    const cl_int code = clSetKernelArg(optimizer->clip, LAUNCH, sizeof value, &value);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clSetKernelArg", code);
}
