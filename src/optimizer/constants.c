/* The step constants of each slot, and how they reach the kernels. rule/step_constants.c computes
 * them; step.c enqueues uploads and launches. */
#include "optimizer/constants.h"

#include "abi/norm.h"
#include "format/random_bits.h"
#include "optimizer/kernels.h"
#include "optimizer/rates.h"
#include "rule/step_constants.h"

#include <stdbool.h>
#include <string.h>

size_t clstep__slot_room(const clstep_optimizer *optimizer)
{
    return optimizer->slot_count > optimizer->tensor_count ? optimizer->slot_count
                                                           : optimizer->tensor_count;
}

void clstep__mark_slots(clstep_optimizer *optimizer)
{
    for (size_t i = 0; i < optimizer->tensor_count; i++) {
        const clstep__plan_tensor *tensor = &optimizer->tensors[i];
        const clstep__kind *kind = &optimizer->kinds[tensor->kind];
        if (tensor->count == 0 || tensor->left_out)
            continue;
        clstep__slot *slot = &optimizer->slots[tensor->slot];
        slot->draws |= kind->is_random;
        if (optimizer->plan.launches[tensor->launch].slot == tensor->slot &&
            !clstep__has_norm(&kind->variant))
            continue;
        if (kind->format.param == CLSTEP_DTYPE_FLOAT64)
            slot->in_doubles = 1;
        else
            slot->in_floats = 1;
    }
}

static void settle(clstep_optimizer *optimizer, clstep__slot *slot,
                   const clstep_step_options *options)
{
    const clstep__rates rates = clstep__rates_of(optimizer, options, slot->group, slot->tensor);
    clstep_rule rule = optimizer->groups[slot->group].rule;
    rule.weight_decay = rates.weight_decay;
    const uint64_t t = optimizer->steps + 1 - slot->steps_left_out;
    const uint64_t key = slot->draws ? clstep__random_key(optimizer->seed, t) : 0;
    slot->floats.key = key;
    clstep__step_constants(&rule, rates.lr, t, slot->floats.of);
    if (!optimizer->in_fp64)
        return;
    slot->doubles.key = key;
    clstep__step_constants_double(&rule, rates.lr, t, slot->doubles.of);
}

void clstep__constants_settle(clstep_optimizer *optimizer, const clstep_step_options *options)
{
    for (uint32_t i = 0; i < optimizer->slot_count; i++)
        settle(optimizer, &optimizer->slots[i], options);
}

cl_int clstep__constants_set(const clstep_optimizer *optimizer, const clstep__launch *launch,
                             clstep__kernel *kernel)
{
    const clstep__kind *kind = &optimizer->kinds[launch->kind];
    const clstep__slot *slot = &optimizer->slots[launch->slot];
    const clstep__table *table = &optimizer->table;
    const uint64_t first_chunk = clstep__first_chunk(optimizer, launch);
    clstep__arguments now;
    memset(&now, 0, sizeof now);
    if (kind->format.param == CLSTEP_DTYPE_FLOAT64) {
        now.doubles.first_chunk = first_chunk;
        now.doubles.table = (table->first_word + table->doubles) / 2;
        now.doubles.constants = slot->doubles;
        now.doubles.constants.key = kind->is_random ? slot->doubles.key : 0;
    } else {
        now.floats.first_chunk = first_chunk;
        now.floats.table = (table->first_word + table->floats) / 2;
        now.floats.constants = slot->floats;
        now.floats.constants.key = kind->is_random ? slot->floats.key : 0;
    }
    /* A kernel keeps its arguments, and most rules have the same constants in every step after the
     * first. A comparison is cheaper than the call. */
    if (kernel->is_set && memcmp(&kernel->arguments, &now, sizeof now) == 0)
        return CL_SUCCESS;
    kernel->arguments = now;
    const cl_int code = clSetKernelArg(kernel->kernel, CLSTEP__ARGUMENT_LAUNCH,
                                       clstep__arguments_size(kind), &kernel->arguments);
    kernel->is_set = code == CL_SUCCESS;
    return code;
}

static clstep_status upload_plan(clstep_optimizer *optimizer, clstep__enqueue enqueue,
                                 void *commands)
{
    const size_t in_chunk = sizeof(clstep_chunk) / sizeof(uint32_t);
    const clstep__plan *plan = &optimizer->plan;
    clstep__table *table = &optimizer->table;
    clstep_status status = clstep__table_write(
        table, 0, plan->chunks, (size_t)plan->chunk_room * in_chunk, enqueue, commands);
    if (status == CLSTEP_OK)
        status = clstep__table_write(table, table->leaves, plan->leaves,
                                     (size_t)plan->leaf_count * in_chunk, enqueue, commands);
    /* norm kernels need the leaves before the clip kernel can upload words */
    return status == CLSTEP_OK && optimizer->clip ? clstep__table_flush(table, enqueue, commands)
                                                  : status;
}

clstep_status clstep__constants_upload(clstep_optimizer *optimizer, clstep__enqueue enqueue,
                                       void *commands)
{
    clstep__table *table = &optimizer->table;
    clstep_status status = CLSTEP_OK;
    if (!table->upload)
        return CLSTEP_OK;
    if (optimizer->chunks_differ)
        status = upload_plan(optimizer, enqueue, commands);
    for (uint32_t i = 0; status == CLSTEP_OK && i < optimizer->slot_count; i++) {
        const clstep__slot *slot = &optimizer->slots[i];
        const size_t floats = sizeof slot->floats / sizeof(uint32_t);
        const size_t doubles = sizeof slot->doubles / sizeof(uint32_t);
        if (slot->in_floats)
            status = clstep__table_write(table, table->floats + i * floats, &slot->floats, floats,
                                         enqueue, commands);
        if (status == CLSTEP_OK && slot->in_doubles)
            status = clstep__table_write(table, table->doubles + i * doubles, &slot->doubles,
                                         doubles, enqueue, commands);
    }
    /* the rest is for the clip kernel */
    if (optimizer->clip && table->piece.count <= CLSTEP_CLIP_WORDS)
        return status;
    return status == CLSTEP_OK ? clstep__table_flush(table, enqueue, commands) : status;
}
