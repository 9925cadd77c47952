/* The inputs of a step: gradients and left-out tensors. Checks them, compares them with those of
 * the step before, and plans again if they differ. plan.c makes the plan. */
#include "optimizer/inputs.h"

#include "base/error.h"
#include "base/text.h"
#include "device/device_pointers.h"
#include "device/failure.h"
#include "optimizer/constants.h"
#include "optimizer/control.h"
#include "optimizer/getters.h"
#include "optimizer/kernels.h"
#include "optimizer/range.h"
#include "optimizer/rates.h"

#include <stdbool.h>
#include <string.h>

static const char call[] = "clstep_optimizer_step";

/* ---- checking */

static clstep_status check_counts(const clstep_optimizer *optimizer,
                                  const clstep_step_options *options)
{
    const size_t count = optimizer->tensor_count;
    if (options->gradients && options->gradient_count != count)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "options.gradient_count is %zu, but the optimizer has %zu tensor%s",
                            options->gradient_count, count, clstep__plural(count));
    if (options->leave_out && options->leave_out_count != count)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "options.leave_out_count is %zu, but the optimizer has %zu tensor%s",
                            options->leave_out_count, count, clstep__plural(count));
    for (size_t i = 0; options->leave_out && i < count; i++) {
        if (options->leave_out[i] > 1)
            return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                                "options.leave_out[%zu] is %u; it must be 0 or 1", i,
                                (unsigned)options->leave_out[i]);
    }
    return CLSTEP_OK;
}

/* A step never takes a gradient that the caller has not given. */
static clstep_status refuse_missing(const clstep_optimizer *optimizer, size_t index)
{
    const clstep__place at = clstep__tensor_place(optimizer, call, index);
    char where[CLSTEP__WHERE_SIZE];
    clstep__say_where(where, &at);
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                        "%s was created without a gradient; give it one in options.gradients, or "
                        "leave it out",
                        where);
}

static clstep_status check_grad(const clstep_optimizer *optimizer, const clstep__place *at,
                                const clstep__range *range, clstep__buffer_info *known)
{
    clstep__run run = {.of = *at, .as = "buffer"};
    clstep_status status = clstep__range_check(at, "buffer", "offset", optimizer->context, range,
                                               CL_MEM_WRITE_ONLY, known);
    if (status == CLSTEP_OK)
        status = clstep__run_of(range, &run);
    return status == CLSTEP_OK
               ? clstep__run_check(optimizer->written, optimizer->written_count, &run)
               : status;
}

/* A kernel with pointers cannot reach a buffer without an address. */
static clstep_status check_address(const clstep_optimizer *optimizer, const clstep__place *at,
                                   const clstep__plan_tensor *tensor, const clstep__input *input)
{
    char where[CLSTEP__WHERE_SIZE];
    if (optimizer->plan.bindings[tensor->kind] != CLSTEP_BINDING_POINTERS || input->address)
        return CLSTEP_OK;
    clstep__say_where(where, at);
    return clstep__fail(
        CLSTEP_UNSUPPORTED, call,
        "%s.buffer is not in shared virtual memory and has no device address, unlike the gradients "
        "given to create; give a buffer of their kind, or create the optimizer with grad NULL",
        where);
}

/* Reads a gradient that differs from that of the step before. */
static clstep_status read_grad(const clstep_optimizer *optimizer, size_t index,
                               const clstep_buffer *given, clstep__buffer_info *known,
                               clstep__input *input)
{
    const clstep__plan_tensor *tensor = &optimizer->tensors[index];
    const clstep_dtype dtype = optimizer->kinds[tensor->kind].format.grad;
    const clstep__place at = {call, SIZE_MAX, index, tensor->name};
    const clstep__range range = {given->buffer, dtype, given->offset, tensor->count};
    clstep_status status = check_grad(optimizer, &at, &range, known);
    if (status != CLSTEP_OK)
        return status;
    input->offset = given->offset;
    if (input->grad == given->buffer)
        return CLSTEP_OK;
    input->grad = given->buffer;
    input->misaligned = (uint32_t)clstep__is_misaligned(given->buffer, dtype);
    input->address = optimizer->pointers ? clstep__address(optimizer->context, optimizer->device,
                                                           optimizer->pointers, given->buffer)
                                         : NULL;
    return check_address(optimizer, &at, tensor, input);
}

static clstep_status read_input(const clstep_optimizer *optimizer, size_t index,
                                const clstep_step_options *options, clstep__buffer_info *known,
                                clstep__input *input)
{
    const clstep__plan_tensor *tensor = &optimizer->tensors[index];
    *input = (clstep__input){.grad = tensor->grad,
                             .offset = tensor->grad_offset,
                             .address = tensor->grad_address,
                             .misaligned = tensor->grad_misaligned};
    const clstep_buffer wanted =
        options->gradients ? options->gradients[index]
                           : (clstep_buffer){(cl_mem)tensor->first_grad, tensor->first_grad_offset};
    input->left_out =
        (options->leave_out && options->leave_out[index]) || (options->gradients && !wanted.buffer);
    if (input->left_out || tensor->count == 0)
        return CLSTEP_OK;
    if (!wanted.buffer)
        return refuse_missing(optimizer, index);
    if (wanted.buffer == tensor->grad && wanted.offset == tensor->grad_offset)
        return CLSTEP_OK;
    return read_grad(optimizer, index, &wanted, known, input);
}

clstep_status clstep__inputs_read(clstep_optimizer *optimizer, const clstep_step_options *options,
                                  int *differ)
{
    *differ = optimizer->must_replan;
    clstep_status status = check_counts(optimizer, options);
    if (status != CLSTEP_OK)
        return status;
    if (!options->gradients && !options->leave_out && !optimizer->has_other_inputs &&
        !clstep__rates_are_apart(options) && !*differ)
        return CLSTEP_OK;
    clstep__buffer_info known = {0};
    for (size_t i = 0; i < optimizer->tensor_count; i++) {
        const clstep__plan_tensor *tensor = &optimizer->tensors[i];
        clstep__input *input = &optimizer->inputs[i];
        status = read_input(optimizer, i, options, &known, input);
        if (status != CLSTEP_OK)
            return status;
        *differ |= input->grad != tensor->grad || input->offset != tensor->grad_offset ||
                   input->left_out != tensor->left_out;
    }
    if (clstep__rates_are_apart(options))
        *differ |= !clstep__rates_fit_slots(optimizer, options);
    return CLSTEP_OK;
}

/* ---- taking over */

/* Whether the tensor's gradient is retained by inputs_take(), not by create. */
static bool is_held(const clstep__plan_tensor *tensor)
{
    return tensor->grad && tensor->grad != tensor->first_grad && tensor->grad != tensor;
}

static void release(const clstep_optimizer *optimizer, size_t count, bool inputs)
{
    for (size_t i = 0; i < count; i++) {
        const clstep__plan_tensor *tensor = &optimizer->tensors[i];
        const void *grad = inputs ? optimizer->inputs[i].grad : tensor->grad;
        if (inputs ? grad != tensor->grad && grad != tensor->first_grad : is_held(tensor))
            clReleaseMemObject((cl_mem)grad);
    }
}

static clstep_status retain(const clstep_optimizer *optimizer)
{
    for (size_t i = 0; i < optimizer->tensor_count; i++) {
        const clstep__plan_tensor *tensor = &optimizer->tensors[i];
        const void *grad = optimizer->inputs[i].grad;
        if (grad == tensor->grad || grad == tensor->first_grad)
            continue;
        const cl_int code = clRetainMemObject((cl_mem)grad);
        if (code != CL_SUCCESS) {
            release(optimizer, i, true);
            return clstep__cl_failed("clRetainMemObject", code);
        }
    }
    return CLSTEP_OK;
}

/* A new buffer may get the handle of a released one. So forget which gradients are set as
 * arguments. */
static void forget_arguments(clstep_optimizer *optimizer)
{
    for (size_t i = 0; i < optimizer->kernel_count; i++)
        memset(optimizer->kernels[i].grads, 0, sizeof optimizer->kernels[i].grads);
}

static void take(clstep_optimizer *optimizer)
{
    bool has_released = false;
    optimizer->has_other_inputs = 0;
    for (size_t i = 0; i < optimizer->tensor_count; i++) {
        clstep__plan_tensor *tensor = &optimizer->tensors[i];
        const clstep__input *input = &optimizer->inputs[i];
        if (input->grad != tensor->grad && is_held(tensor)) {
            clReleaseMemObject((cl_mem)tensor->grad);
            has_released = true;
        }
        tensor->grad = input->grad;
        tensor->grad_offset = input->offset;
        tensor->grad_address = input->address;
        tensor->grad_misaligned = input->misaligned;
        tensor->left_out = input->left_out;
        if (tensor->count > 0 && (tensor->left_out || tensor->grad != tensor->first_grad ||
                                  tensor->grad_offset != tensor->first_grad_offset))
            optimizer->has_other_inputs = 1;
    }
    if (has_released)
        forget_arguments(optimizer);
}

static bool has_place(const clstep_optimizer *optimizer, const clstep_step_options *options,
                      const clstep__slot *slot, size_t index)
{
    const clstep__rates rates = clstep__rates_of(optimizer, options, slot->group, index);
    const clstep__rates others = clstep__rates_of(optimizer, options, slot->group, slot->tensor);
    return slot->steps_left_out == optimizer->tensors[index].steps_left_out &&
           slot->history == optimizer->tensors[index].history &&
           clstep__rates_equal(&rates, &others);
}

/* Tensors of a group that count the same number of steps and have the same numbers share a slot,
 * unless each is clipped by its own norm. */
static void sort_into_slots(clstep_optimizer *optimizer, const clstep_step_options *options)
{
    optimizer->slot_count = 0;
    for (uint32_t g = 0; g < optimizer->group_count; g++) {
        const clstep__group *group = &optimizer->groups[g];
        const uint32_t first = optimizer->slot_count;
        for (size_t i = 0; i < group->tensor_count; i++) {
            const size_t index = group->first_tensor + i;
            clstep__plan_tensor *tensor = &optimizer->tensors[index];
            if (tensor->left_out || tensor->count == 0)
                continue;
            /* a norm of its own makes a factor of its own */
            const bool is_alone = clstep__has_norm_of_tensor(&group->variant);
            uint32_t slot = is_alone ? optimizer->slot_count : first;
            while (slot < optimizer->slot_count &&
                   !has_place(optimizer, options, &optimizer->slots[slot], index))
                slot++;
            if (slot == optimizer->slot_count)
                optimizer->slots[optimizer->slot_count++] =
                    (clstep__slot){.group = g,
                                   .tensor = index,
                                   .counted = index,
                                   .steps_left_out = tensor->steps_left_out,
                                   .history = tensor->history};
            tensor->slot = slot;
        }
    }
}

clstep_status clstep__inputs_take(clstep_optimizer *optimizer, const clstep_step_options *options)
{
    clstep_status status = retain(optimizer);
    if (status != CLSTEP_OK)
        return status;
    take(optimizer);
    clstep__histories_split(optimizer);
    sort_into_slots(optimizer, options);
    clstep__plan_again(&optimizer->plan, optimizer->tensors, optimizer->tensor_count);
    clstep__mark_slots(optimizer);
    clstep__kernels_assign(optimizer);
    optimizer->is_replanned = 1;
    optimizer->chunks_differ = 1;
    optimizer->must_replan = 0;
    return CLSTEP_OK;
}

void clstep__inputs_release(clstep_optimizer *optimizer)
{
    release(optimizer, optimizer->tensor_count, false);
}
