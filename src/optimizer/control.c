/* The control kernel, which decides on the device whether a step is skipped and makes the step
 * constants that the host cannot know; and the counts of steps that it keeps. step.c enqueues it.
 */
#include "optimizer/control.h"

#include "abi/norm.h"
#include "abi/rounding.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/sized.h"
#include "device/failure.h"
#include "optimizer/kernels.h"
#include "rule/counts.h"

#include <string.h>

/* The arguments; the last two only with options.control. */
enum { CHUNKS, LAUNCH, LANES, SCALE, SKIP };

/* ---- checking */

static clstep_status check_group(const char *call, size_t index, const clstep_group *group)
{
    clstep_rule rule;
    clstep__struct_read(&rule, group->rule, CLSTEP__SIZES(clstep_rule));
    const char *on_host = clstep__counted_of(&rule).on_host;
    if (on_host)
        return clstep__fail(CLSTEP_UNSUPPORTED, call,
                            "groups[%zu].rule: only the host computes %s; set options.control to "
                            "CLSTEP_CONTROL_NONE",
                            index, on_host);
    for (size_t i = 0; i < group->tensor_count; i++) {
        if (group->tensors[i].param_dtype == CLSTEP_DTYPE_FLOAT64)
            return clstep__fail(CLSTEP_UNSUPPORTED, call,
                                "groups[%zu].tensors[%zu].param_dtype is CLSTEP_DTYPE_FLOAT64, "
                                "which options.control does not support; set that to "
                                "CLSTEP_CONTROL_NONE",
                                index, i);
    }
    return CLSTEP_OK;
}

clstep_status clstep__control_check(const char *call, int32_t control, size_t group_count,
                                    const clstep_group *groups)
{
    clstep_status status = CLSTEP_OK;
    for (size_t i = 0; control && status == CLSTEP_OK && i < group_count; i++)
        status = check_group(call, i, &groups[i]);
    return status;
}

/* ---- the kernel */

/* The launch whose program has all parts of the kernel that the optimizer needs: the factors of
 * norms if there are leaves, and the formulas of Keras if a rule clips by them. */
static const clstep__launch *find_launch(const clstep_optimizer *optimizer)
{
    const clstep__plan *plan = &optimizer->plan;
    const clstep__launch *found =
        optimizer->control && plan->launch_count > 0 ? &plan->launches[0] : NULL;
    for (size_t i = 0; i < plan->launch_count; i++) {
        const clstep__launch *launch = &plan->launches[i];
        const int32_t rounding = optimizer->kinds[launch->kind].variant.rounding;
        if (launch->leaf_count > 0 && (!found || found->leaf_count == 0 ||
                                       CLSTEP_BY_NORM_OF(rounding) != CLSTEP_BY_NORM_TORCH))
            found = launch;
    }
    return found;
}

clstep_status clstep__control_create(clstep_optimizer *optimizer, clstep_engine *engine)
{
    const clstep__launch *launch = find_launch(optimizer);
    if (optimizer->control) {
        optimizer->history_room = clstep__allocate(optimizer->tensor_count, 2 * sizeof(uint32_t));
        if (!optimizer->history_room)
            return clstep__no_memory("clstep_optimizer_create");
    }
    if (!launch)
        return CLSTEP_OK;
    clstep_status status =
        clstep__optimizer_kernel(optimizer, engine, launch->kind, launch->binding, "clstep_control",
                                 &optimizer->control_kernel);
    if (status != CLSTEP_OK)
        return status;
    cl_int code =
        clSetKernelArg(optimizer->control_kernel, CHUNKS, sizeof(cl_mem), &optimizer->table.buffer);
    if (code == CL_SUCCESS)
        code = clSetKernelArg(optimizer->control_kernel, LANES, CLSTEP_CONTROL_LOCAL, NULL);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clSetKernelArg", code);
}

void clstep__control_release(clstep_optimizer *optimizer)
{
    if (optimizer->control_kernel)
        clReleaseKernel(optimizer->control_kernel);
}

cl_ulong clstep__place_of(const clstep__table *table, uint64_t word, uint64_t words)
{
    return (table->first_word + word) / words;
}

/* Sets the buffer of a number; any buffer if there is none. */
static cl_int set_scalar(const clstep_optimizer *optimizer, cl_uint index, cl_mem buffer)
{
    return clSetKernelArg(optimizer->control_kernel, index, sizeof(cl_mem),
                          buffer ? &buffer : &optimizer->table.buffer);
}

clstep_status clstep__control_bind(clstep_optimizer *optimizer)
{
    const clstep__table *table = &optimizer->table;
    const clstep__scalars *scalars = &optimizer->scalars;
    clstep_control_launch value = {
        .first_leaf =
            clstep__place_of(table, table->leaves, sizeof(clstep_chunk) / sizeof(uint32_t)),
        .leaf_count = optimizer->plan.leaf_count,
        .first_sum = clstep__place_of(table, table->sums, 2),
        .constants = clstep__place_of(table, table->floats, 2),
        .slot_count = optimizer->slot_count,
        .norm = clstep__place_of(table, table->norm, 1),
        .rows = clstep__place_of(table, table->rows, 2),
        .counts = clstep__place_of(table, table->counts, 2),
        .absent = clstep__place_of(table, table->absent, 2),
        .counted = optimizer->tensor_count + 1,
        .seed = optimizer->seed,
        .scale_place = scalars->grad_scale.offset,
        .skip_place = scalars->skip.offset,
        .scale_type = scalars->scale_type,
        .skip_type = scalars->skip_type,
        .scale = scalars->scale,
        .first_word = table->first_word,
        .word_count = table->piece.count};
    memcpy(value.words, table->piece.of, table->piece.count * sizeof *value.words);
    cl_int code = clSetKernelArg(optimizer->control_kernel, LAUNCH, sizeof value, &value);
    if (code == CL_SUCCESS && optimizer->control)
        code = set_scalar(optimizer, SCALE, scalars->grad_scale.buffer);
    if (code == CL_SUCCESS && optimizer->control)
        code = set_scalar(optimizer, SKIP, scalars->skip.buffer);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clSetKernelArg", code);
}

/* ---- counts */

void clstep__histories_split(clstep_optimizer *optimizer)
{
    uint32_t *const numbers = optimizer->history_room;
    uint32_t count = 0;
    if (!numbers)
        return;
    memset(numbers, 0, optimizer->tensor_count * 2 * sizeof *numbers);
    for (size_t i = 0; i < optimizer->tensor_count; i++) {
        clstep__plan_tensor *tensor = &optimizer->tensors[i];
        uint32_t *number = &numbers[2 * (size_t)tensor->history + tensor->left_out];
        if (*number == 0)
            *number = ++count;
        tensor->history = *number - 1;
    }
}

static uint64_t count_at(const clstep__table *table, uint64_t index)
{
    uint64_t count;
    memcpy(&count, table->words + table->counts + 2 * index, sizeof count);
    return count;
}

/* Takes the counts of the host's copy of the table. Tensors of equal counts then have equal
 * histories, but for those that the plan still leaves out. */
static void take_counts(clstep_optimizer *optimizer)
{
    optimizer->steps = count_at(&optimizer->table, 1 + optimizer->tensor_count);
    for (size_t i = 0; i < optimizer->tensor_count; i++) {
        clstep__plan_tensor *tensor = &optimizer->tensors[i];
        tensor->steps_left_out = optimizer->steps - count_at(&optimizer->table, 1 + i);
        tensor->history = 0;
    }
    clstep__histories_split(optimizer);
}

/* Another epoch than the host's: counts that it has uploaded did not arrive, because that step has
 * failed. Nothing has run since, so the host's copy of the table holds the counts, and they are
 * uploaded again. */
clstep_status clstep__counts_read(clstep_optimizer *optimizer)
{
    const clstep__table *table = &optimizer->table;
    const uint64_t epoch = 2 + optimizer->tensor_count;
    if (!optimizer->counts_are_behind)
        return CLSTEP_OK;
    clstep_status status = clstep__table_read(table, table->counts + 2 * epoch, 2,
                                              optimizer->context, optimizer->device);
    if (status == CLSTEP_OK && count_at(table, epoch) == optimizer->counts_epoch)
        status = clstep__table_read(table, table->counts, 2 * epoch, optimizer->context,
                                    optimizer->device);
    if (status != CLSTEP_OK)
        return status;
    optimizer->counts_differ = count_at(table, epoch) != optimizer->counts_epoch;
    optimizer->counts_are_behind = 0;
    take_counts(optimizer);
    return CLSTEP_OK;
}

clstep_status clstep_optimizer_get_skipped(const clstep_optimizer *optimizer,
                                           clstep_buffer *skipped)
{
    static const char call[] = "clstep_optimizer_get_skipped";
    if (!optimizer)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "optimizer is NULL");
    if (!skipped)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "skipped is NULL");
    if (!optimizer->control || !optimizer->control_kernel)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "the device cannot skip steps; create the optimizer with "
                            "options.control, and with tensors that are not empty");
    *skipped = (clstep_buffer){optimizer->table.buffer,
                               clstep__place_of(&optimizer->table, optimizer->table.counts, 2)};
    return CLSTEP_OK;
}
