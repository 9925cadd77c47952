/* The step constants of each slot, and how they reach the kernels. rule/step_constants.c computes
 * them; step.c enqueues uploads and launches. */
#include "optimizer/constants.h"

#include "abi/control.h"
#include "format/random_bits.h"
#include "optimizer/kernels.h"
#include "optimizer/rates.h"
#include "rule/counts.h"
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
            !clstep__has_norm(&kind->variant) && !optimizer->control)
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
    /* with control the device computes what depends on the count */
    const uint64_t t = optimizer->control ? 1 : optimizer->steps + 1 - slot->steps_left_out;
    const uint64_t key = slot->draws ? clstep__random_key(optimizer->seed, t) : 0;
    slot->floats.key = key;
    slot->lr = rates.lr;
    clstep__step_constants(&rule, rates.lr, t, slot->floats.of);
    if (optimizer->control) /* uploads of what the device overwrites would cost a launch */
        slot->floats.of[CLSTEP_LR] = slot->floats.of[CLSTEP_CORRECTION] = 0;
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
    /* norm kernels need the leaves before the control kernel can upload words */
    return status == CLSTEP_OK && optimizer->control_kernel
               ? clstep__table_flush(table, enqueue, commands)
               : status;
}

/* How the constants of a slot depend on the count, which the control kernel knows. */
static clstep_status upload_row(clstep_optimizer *optimizer, uint32_t index,
                                clstep__enqueue enqueue, void *commands)
{
    const clstep__slot *slot = &optimizer->slots[index];
    const clstep__counted counted = clstep__counted_of(&optimizer->groups[slot->group].rule);
    const size_t words = sizeof(clstep_count_row) / sizeof(uint32_t);
    clstep_count_row row = clstep__count_row(&counted, slot->lr);
    row.tensor = slot->counted;
    row.flags |= slot->draws ? CLSTEP_COUNTS_DRAWS : 0;
    return clstep__table_write(&optimizer->table, optimizer->table.rows + index * words, &row,
                               words, enqueue, commands);
}

/* Which tensors the step leaves out, as step.c counts them on the host. */
static clstep_status upload_absent(clstep_optimizer *optimizer, clstep__enqueue enqueue,
                                   void *commands)
{
    clstep_status status = CLSTEP_OK;
    for (size_t first = 0; status == CLSTEP_OK && first < optimizer->tensor_count; first += 64) {
        uint64_t bits = 0;
        for (size_t i = first; i < first + 64 && i < optimizer->tensor_count; i++)
            bits |= (uint64_t)(optimizer->has_other_inputs && optimizer->tensors[i].left_out)
                    << i % 64;
        status = clstep__table_write(&optimizer->table, optimizer->table.absent + first / 32, &bits,
                                     2, enqueue, commands);
    }
    return status;
}

/* The counts that the host has set: of the tensors, of the optimizer; and the epoch. */
static uint64_t wanted_count(const clstep_optimizer *optimizer, size_t index)
{
    if (index > optimizer->tensor_count)
        return optimizer->counts_epoch + 1;
    const size_t count = optimizer->tensor_count;
    return optimizer->steps - (index < count ? optimizer->tensors[index].steps_left_out : 0);
}

/* The host has set counts. Forgets what the device has: its copy on the host is old. The epoch
 * comes last, and tells a later finish whether they have arrived. */
static clstep_status upload_counts(clstep_optimizer *optimizer, clstep__enqueue enqueue,
                                   void *commands)
{
    clstep__table *table = &optimizer->table;
    clstep_status status = clstep__table_flush(table, enqueue, commands);
    for (size_t i = 0; status == CLSTEP_OK && i <= optimizer->tensor_count + 1; i++) {
        const uint64_t place = table->counts + 2 + 2 * i;
        const uint64_t count = wanted_count(optimizer, i);
        const uint64_t other = ~count;
        memcpy(table->words + place, &other, sizeof other);
        status = clstep__table_write(table, place, &count, 2, enqueue, commands);
    }
    if (status == CLSTEP_OK)
        status = clstep__table_flush(table, enqueue, commands);
    if (status == CLSTEP_OK) {
        optimizer->counts_differ = 0;
        optimizer->counts_epoch++;
    }
    return status;
}

static clstep_status upload_control(clstep_optimizer *optimizer, clstep__enqueue enqueue,
                                    void *commands)
{
    clstep_status status =
        optimizer->counts_differ ? upload_counts(optimizer, enqueue, commands) : CLSTEP_OK;
    for (uint32_t i = 0; status == CLSTEP_OK && i < optimizer->slot_count; i++)
        status = upload_row(optimizer, i, enqueue, commands);
    return status == CLSTEP_OK ? upload_absent(optimizer, enqueue, commands) : status;
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
    if (status == CLSTEP_OK && optimizer->control && optimizer->control_kernel)
        status = upload_control(optimizer, enqueue, commands);
    /* the rest is for the control kernel */
    if (optimizer->control_kernel && table->piece.count <= CLSTEP_CONTROL_WORDS)
        return status;
    return status == CLSTEP_OK ? clstep__table_flush(table, enqueue, commands) : status;
}
