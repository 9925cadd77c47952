/* The public calls that tell what is in an open checkpoint. */
#include "base/sized.h"
#include "base/text.h"
#include "checkpoint/checkpoint.h"
#include "safetensors/error.h"

uint64_t clstep_checkpoint_steps(const clstep_checkpoint *checkpoint)
{
    return checkpoint ? checkpoint->steps : 0;
}

size_t clstep_checkpoint_group_count(const clstep_checkpoint *checkpoint)
{
    return checkpoint ? checkpoint->group_count : 0;
}

clstep_status clstep_checkpoint_rule(const clstep_checkpoint *checkpoint, size_t group,
                                     clstep_rule *rule)
{
    static const char call[] = "clstep_checkpoint_rule";
    if (!checkpoint)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call, "checkpoint is NULL");
    if (group >= checkpoint->group_count)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                  "group is %zu, but the checkpoint has %zu group%s", group,
                                  checkpoint->group_count, clstep__plural(checkpoint->group_count));
    if (!clstep__struct_fits(rule, CLSTEP__SIZES(clstep_rule)))
        return clstep__store_fail(
            CLSTEP_INVALID_ARGUMENT, call,
            "rule must point to a clstep_rule that starts as CLSTEP_RULE_INIT");
    clstep__struct_write(rule, &checkpoint->groups[group].rule, sizeof(clstep_rule));
    return CLSTEP_OK;
}

uint64_t clstep_checkpoint_seed(const clstep_checkpoint *checkpoint)
{
    return checkpoint ? checkpoint->seed : 0;
}

clstep_status clstep_checkpoint_storage(const clstep_checkpoint *checkpoint, size_t group,
                                        clstep_state_storage *state_storage,
                                        clstep_param_storage *param_storage)
{
    static const char call[] = "clstep_checkpoint_storage";
    if (!checkpoint || !state_storage || !param_storage)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                  "checkpoint, state_storage and param_storage must not be NULL");
    if (group >= checkpoint->group_count)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                  "group is %zu, but the checkpoint has %zu group%s", group,
                                  checkpoint->group_count, clstep__plural(checkpoint->group_count));
    *state_storage = checkpoint->groups[group].state_storage;
    *param_storage = checkpoint->groups[group].param_storage;
    return CLSTEP_OK;
}

size_t clstep_checkpoint_tensor_count(const clstep_checkpoint *checkpoint, size_t group)
{
    return group < clstep_checkpoint_group_count(checkpoint)
               ? checkpoint->groups[group].tensor_count
               : 0;
}

static const clstep__checkpoint_tensor *tensor_at(const clstep_checkpoint *checkpoint, size_t group,
                                                  size_t tensor)
{
    if (tensor >= clstep_checkpoint_tensor_count(checkpoint, group))
        return NULL;
    return &checkpoint->tensors[checkpoint->groups[group].first_tensor + tensor];
}

const char *clstep_checkpoint_tensor_name(const clstep_checkpoint *checkpoint, size_t group,
                                          size_t tensor)
{
    const clstep__checkpoint_tensor *found = tensor_at(checkpoint, group, tensor);
    return found ? found->name : NULL;
}

uint64_t clstep_checkpoint_tensor_steps(const clstep_checkpoint *checkpoint, size_t group,
                                        size_t tensor)
{
    const clstep__checkpoint_tensor *found = tensor_at(checkpoint, group, tensor);
    return found ? found->steps : 0;
}

int clstep_checkpoint_first_element(const clstep_checkpoint *checkpoint, size_t group,
                                    size_t tensor, uint64_t *first_element)
{
    const clstep__checkpoint_tensor *found = tensor_at(checkpoint, group, tensor);
    if (!found || !first_element || found->first_element == CLSTEP__NOT_TOLD)
        return 0;
    *first_element = found->first_element;
    return 1;
}

const clstep_safetensors *clstep_checkpoint_file(const clstep_checkpoint *checkpoint)
{
    return checkpoint ? checkpoint->file : NULL;
}
