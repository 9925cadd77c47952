/* Learning rates and weight decays of a step: checks them, and finds out whether the slots fit
 * them. inputs.c sorts tensors into slots, constants.c computes with the numbers. */
#include "optimizer/rates.h"

#include "base/error.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

/* Refuses a wrong count of `numbers`, which may be NULL, and a number that no rule may have. */
static clstep_status check(const char *call, const char *name, const double *numbers, size_t count,
                           size_t wanted, const char *of)
{
    if (!numbers)
        return CLSTEP_OK;
    if (count != wanted)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "options.%s_count is %zu, but the optimizer has %zu %s%s", name, count,
                            wanted, of, clstep__plural(wanted));
    for (size_t i = 0; i < count; i++) {
        if (!(numbers[i] >= 0) || !isfinite((float)numbers[i]))
            return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                                "options.%s[%zu] is %g; it must be a finite fp32 number of at "
                                "least 0",
                                name, i, numbers[i]);
    }
    return CLSTEP_OK;
}

clstep_status clstep__rates_check(const char *call, const clstep_optimizer *optimizer,
                                  const clstep_step_options *options)
{
    clstep_status status =
        check(call, "lr", options->lr, options->lr_count, optimizer->group_count, "group");
    if (status == CLSTEP_OK)
        status = check(call, "tensor_lr", options->tensor_lr, options->tensor_lr_count,
                       optimizer->tensor_count, "tensor");
    if (status == CLSTEP_OK)
        status = check(call, "tensor_weight_decay", options->tensor_weight_decay,
                       options->tensor_weight_decay_count, optimizer->tensor_count, "tensor");
    return status;
}

bool clstep__rates_are_apart(const clstep_step_options *options)
{
    return options->tensor_lr || options->tensor_weight_decay;
}

clstep__rates clstep__rates_of(const clstep_optimizer *optimizer,
                               const clstep_step_options *options, uint32_t group, size_t tensor)
{
    const clstep_rule *rule = &optimizer->groups[group].rule;
    clstep__rates rates = {options->lr ? options->lr[group] : rule->lr, rule->weight_decay};
    if (options->tensor_lr && tensor < optimizer->tensor_count)
        rates.lr = options->tensor_lr[tensor];
    if (options->tensor_weight_decay && tensor < optimizer->tensor_count)
        rates.weight_decay = options->tensor_weight_decay[tensor];
    return rates;
}

bool clstep__rates_equal(const clstep__rates *a, const clstep__rates *b)
{
    return memcmp(a, b, sizeof *a) == 0; /* 0 and -0 differ */
}

bool clstep__rates_fit_slots(clstep_optimizer *optimizer, const clstep_step_options *options)
{
    for (uint32_t i = 0; i < optimizer->slot_count; i++)
        optimizer->slots[i].tensor = SIZE_MAX;
    for (size_t i = 0; i < optimizer->tensor_count; i++) {
        const clstep__plan_tensor *tensor = &optimizer->tensors[i];
        if (tensor->count == 0 || optimizer->inputs[i].left_out)
            continue;
        clstep__slot *slot = &optimizer->slots[tensor->slot];
        if (slot->tensor == SIZE_MAX)
            slot->tensor = i;
        const clstep__rates rates = clstep__rates_of(optimizer, options, slot->group, i);
        const clstep__rates others =
            clstep__rates_of(optimizer, options, slot->group, slot->tensor);
        if (!clstep__rates_equal(&rates, &others))
            return false;
    }
    return true;
}
