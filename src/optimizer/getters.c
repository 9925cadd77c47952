/* The get and set calls of an optimizer, and finish. State arrays are in state_arrays.c. */
#include "optimizer/getters.h"
#include "base/error.h"
#include "base/sized.h"
#include "base/text.h"
#include "optimizer/control.h"

#include <string.h>

static clstep_status refuse(const char *call, const char *message)
{
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "%s", message);
}

clstep_status clstep__check_group_index(const char *call, const clstep_optimizer *optimizer,
                                        size_t group)
{
    if (!optimizer)
        return refuse(call, "optimizer is NULL");
    if (group < optimizer->group_count)
        return CLSTEP_OK;
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                        "group is %zu, but the optimizer has %zu group%s", group,
                        optimizer->group_count, clstep__plural(optimizer->group_count));
}

/* Names the first switch that differs. */
static clstep_status refuse_variant(const char *call, const clstep__variant *old,
                                    const clstep__variant *wanted)
{
    const struct {
        const char *name;
        int32_t old, wanted;
    } switches[] = {
        {"algorithm", old->algorithm, wanted->algorithm},
        {"rounding", old->rounding, wanted->rounding},
        {"centered or variance", old->centered, wanted->centered},
        {"momentum", old->momentum, wanted->momentum},
        {"lr_in_momentum", old->lr_in_momentum, wanted->lr_in_momentum},
        {"nesterov", old->nesterov, wanted->nesterov},
        {"eps_inside_sqrt", old->eps_inside_sqrt, wanted->eps_inside_sqrt},
        {"bias_correction", old->bias_correction, wanted->bias_correction},
        {"amsgrad", old->amsgrad, wanted->amsgrad},
        {"decay", old->decay_decoupled, wanted->decay_decoupled},
        {"maximize", old->maximize, wanted->maximize},
        {"clip", old->clip, wanted->clip},
    };
    size_t i = 0;
    while (i + 1 < sizeof switches / sizeof *switches && switches[i].old == switches[i].wanted)
        i++;
    if (strcmp(switches[i].name, "momentum") == 0)
        return refuse(call, "rule.momentum cannot change between 0 and above 0, because the "
                            "momentum_buffer depends on it; create a new optimizer for it");
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                        "rule.%s differs from the group's, and switches cannot change; create a "
                        "new optimizer for it",
                        switches[i].name);
}

clstep_status clstep_optimizer_set_rule(clstep_optimizer *optimizer, size_t group,
                                        const clstep_rule *rule)
{
    static const char call[] = "clstep_optimizer_set_rule";
    clstep_status status = clstep__check_group_index(call, optimizer, group);
    if (status == CLSTEP_OK)
        status = clstep__failed_in(clstep_rule_validate(rule), call);
    if (status != CLSTEP_OK)
        return status;
    clstep_rule own = CLSTEP_RULE_INIT;
    clstep__struct_read(&own, rule, CLSTEP__SIZES(clstep_rule));
    clstep__group *of = &optimizer->groups[group];
    clstep__variant wanted = clstep__variant_of(&own);
    wanted.control = of->variant.control;
    if (!clstep__variant_equal(&wanted, &of->variant))
        return refuse_variant(call, &of->variant, &wanted);
    of->rule = own;
    return CLSTEP_OK;
}

clstep_status clstep_optimizer_get_rule(const clstep_optimizer *optimizer, size_t group,
                                        clstep_rule *rule)
{
    static const char call[] = "clstep_optimizer_get_rule";
    clstep_status status = clstep__check_group_index(call, optimizer, group);
    if (status != CLSTEP_OK)
        return status;
    if (!clstep__struct_fits(rule, CLSTEP__SIZES(clstep_rule)))
        return refuse(call, "rule must point to a clstep_rule that starts as CLSTEP_RULE_INIT");
    clstep__struct_write(rule, &optimizer->groups[group].rule, sizeof(clstep_rule));
    return CLSTEP_OK;
}

size_t clstep_optimizer_group_count(const clstep_optimizer *optimizer)
{
    return optimizer ? optimizer->group_count : 0;
}

size_t clstep_optimizer_tensor_count(const clstep_optimizer *optimizer, size_t group)
{
    return optimizer && group < optimizer->group_count ? optimizer->groups[group].tensor_count : 0;
}

clstep_status clstep__check_tensor_index(const char *call, const clstep_optimizer *optimizer,
                                         size_t group, size_t tensor)
{
    clstep_status status = clstep__check_group_index(call, optimizer, group);
    if (status != CLSTEP_OK)
        return status;
    const size_t count = optimizer->groups[group].tensor_count;
    if (tensor < count)
        return CLSTEP_OK;
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                        "tensor is %zu, but the group has %zu tensor%s", tensor, count,
                        clstep__plural(count));
}

clstep__place clstep__tensor_place(const clstep_optimizer *optimizer, const char *call,
                                   size_t index)
{
    size_t group = 0;
    while (index >= optimizer->groups[group].first_tensor + optimizer->groups[group].tensor_count)
        group++;
    return (clstep__place){call, group, index - optimizer->groups[group].first_tensor,
                           optimizer->tensors[index].name};
}

clstep_status clstep_optimizer_get_tensor(const clstep_optimizer *optimizer, size_t group,
                                          size_t tensor, size_t size, clstep_tensor *into)
{
    static const char call[] = "clstep_optimizer_get_tensor";
    clstep_status status = clstep__check_tensor_index(call, optimizer, group, tensor);
    if (status != CLSTEP_OK)
        return status;
    if (!into)
        return refuse(call, "into is NULL");
    if (size < CLSTEP__FIRST_clstep_tensor || size > 4096)
        return refuse(call, "size must be sizeof(clstep_tensor)");
    const clstep__plan_tensor *from =
        &optimizer->tensors[optimizer->groups[group].first_tensor + tensor];
    const clstep__format *format = &optimizer->kinds[from->kind].format;
    const clstep_tensor own = {.param = from->count ? (cl_mem)from->param : NULL,
                               .grad = from->count ? (cl_mem)from->first_grad : NULL,
                               .param_offset = from->param_offset,
                               .grad_offset = from->first_grad_offset,
                               .count = from->count,
                               .param_dtype = format->param,
                               .grad_dtype = format->grad,
                               .name = from->name,
                               .first_element = from->element};
    memset(into, 0, size);
    memcpy(into, &own, size < sizeof own ? size : sizeof own);
    return CLSTEP_OK;
}

clstep_status clstep_optimizer_get_steps(const clstep_optimizer *optimizer, uint64_t *steps)
{
    static const char call[] = "clstep_optimizer_get_steps";
    if (!optimizer)
        return refuse(call, "optimizer is NULL");
    if (!steps)
        return refuse(call, "steps is NULL");
    *steps = optimizer->steps;
    return CLSTEP_OK;
}

/* What the device has counted must be known before the host sets counts. */
static clstep_status check_counts(const char *call, const clstep_optimizer *optimizer)
{
    return optimizer->counts_are_behind
               ? refuse(call, "the device counts the steps (options.control) and has taken some "
                              "since the last clstep_optimizer_finish(); call that first")
               : CLSTEP_OK;
}

clstep_status clstep_optimizer_set_steps(clstep_optimizer *optimizer, uint64_t steps)
{
    static const char call[] = "clstep_optimizer_set_steps";
    if (!optimizer)
        return refuse(call, "optimizer is NULL");
    if (optimizer->enqueued)
        return refuse(call, "the last step is incomplete; call clstep_optimizer_step() first");
    if (steps >= (uint64_t)1 << 63)
        return refuse(call, "steps is 2^63 or more");
    clstep_status status = check_counts(call, optimizer);
    if (status != CLSTEP_OK)
        return status;
    optimizer->counts_differ = optimizer->control != CLSTEP_CONTROL_NONE;
    optimizer->steps = steps;
    for (size_t i = 0; i < optimizer->tensor_count; i++) {
        optimizer->must_replan |= optimizer->tensors[i].steps_left_out != 0;
        optimizer->tensors[i].steps_left_out = 0;
    }
    return CLSTEP_OK;
}

clstep_status clstep_optimizer_get_tensor_steps(const clstep_optimizer *optimizer, size_t group,
                                                size_t tensor, uint64_t *steps)
{
    static const char call[] = "clstep_optimizer_get_tensor_steps";
    clstep_status status = clstep__check_tensor_index(call, optimizer, group, tensor);
    if (status != CLSTEP_OK)
        return status;
    if (!steps)
        return refuse(call, "steps is NULL");
    *steps = optimizer->steps -
             optimizer->tensors[optimizer->groups[group].first_tensor + tensor].steps_left_out;
    return CLSTEP_OK;
}

clstep_status clstep_optimizer_set_tensor_steps(clstep_optimizer *optimizer, size_t group,
                                                size_t tensor, uint64_t steps)
{
    static const char call[] = "clstep_optimizer_set_tensor_steps";
    clstep_status status = clstep__check_tensor_index(call, optimizer, group, tensor);
    if (status != CLSTEP_OK)
        return status;
    if (optimizer->enqueued)
        return refuse(call, "the last step is incomplete; call clstep_optimizer_step() first");
    if (steps >= (uint64_t)1 << 63)
        return refuse(call, "steps is 2^63 or more");
    status = check_counts(call, optimizer);
    if (status != CLSTEP_OK)
        return status;
    optimizer->counts_differ = optimizer->control != CLSTEP_CONTROL_NONE;
    clstep__plan_tensor *of = &optimizer->tensors[optimizer->groups[group].first_tensor + tensor];
    const uint64_t left_out = optimizer->steps - steps; /* modulo 2^64 if it has taken more */
    optimizer->must_replan |= of->count > 0 && of->steps_left_out != left_out;
    of->steps_left_out = left_out;
    return CLSTEP_OK;
}

clstep_status clstep_optimizer_get_seed(const clstep_optimizer *optimizer, uint64_t *seed)
{
    static const char call[] = "clstep_optimizer_get_seed";
    if (!optimizer)
        return refuse(call, "optimizer is NULL");
    if (!seed)
        return refuse(call, "seed is NULL");
    *seed = optimizer->seed;
    return CLSTEP_OK;
}

clstep_status clstep_optimizer_set_seed(clstep_optimizer *optimizer, uint64_t seed)
{
    static const char call[] = "clstep_optimizer_set_seed";
    if (!optimizer)
        return refuse(call, "optimizer is NULL");
    if (optimizer->enqueued)
        return refuse(call, "the last step is incomplete; call clstep_optimizer_step() first");
    if (seed >= (uint64_t)1 << 63)
        return refuse(call, "seed is 2^63 or more");
    optimizer->seed = seed;
    return CLSTEP_OK;
}

clstep_status clstep_optimizer_get_storage(const clstep_optimizer *optimizer, size_t group,
                                           clstep_state_storage *state_storage,
                                           clstep_param_storage *param_storage)
{
    static const char call[] = "clstep_optimizer_get_storage";
    clstep_status status = clstep__check_group_index(call, optimizer, group);
    if (status != CLSTEP_OK)
        return status;
    if (!state_storage || !param_storage)
        return refuse(call, "state_storage and param_storage must not be NULL");
    *state_storage = optimizer->groups[group].state_storage;
    *param_storage = optimizer->groups[group].param_storage;
    return CLSTEP_OK;
}

clstep_status clstep_optimizer_finish(clstep_optimizer *optimizer)
{
    static const char call[] = "clstep_optimizer_finish";
    if (!optimizer)
        return refuse(call, "optimizer is NULL");
    if (!clstep__process_is_ours(&optimizer->process))
        return clstep__fail(CLSTEP_UNSUPPORTED, call, "the optimizer was made before fork()");
    if (optimizer->enqueued)
        return refuse(call, "the last step is incomplete; call clstep_optimizer_step() first");
    clstep_status status = clstep__events_wait(&optimizer->events, call);
    /* an upload may be among the commands that did not run */
    if (status == CLSTEP_OK && optimizer->events.failure && optimizer->table.upload)
        status = clstep__table_restore(&optimizer->table, optimizer->context, optimizer->device);
    if (status == CLSTEP_OK)
        status = clstep__failed_in(clstep__counts_read(optimizer), call);
    return status == CLSTEP_OK ? clstep__events_report(&optimizer->events, call) : status;
}

size_t clstep_optimizer_launches(const clstep_optimizer *optimizer)
{
    return optimizer ? optimizer->plan.launch_count : 0;
}

uint64_t clstep_optimizer_device_bytes(const clstep_optimizer *optimizer)
{
    return optimizer ? optimizer->device_bytes : 0;
}
