/* Finds out what is to be updated: rule, tensors, gradients and state. Nothing is computed here. */
#include "cli/apply/job.h"

#include "cli/apply/beside.h"
#include "cli/apply/same_rule.h"
#include "cli/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int out_of_memory(void)
{
    return complain_memory();
}

/* ---- tensors ------------------------------------------------------------------------------- */

static bool same_shape(const clstep_safetensors_tensor *a, const clstep_safetensors_tensor *b)
{
    return a->rank == b->rank &&
           (a->rank == 0 || memcmp(a->shape, b->shape, a->rank * sizeof *a->shape) == 0);
}

/* "[2,3]", cut where it is too long. */
static const char *shape_text(const clstep_safetensors_tensor *tensor, char *text, size_t size)
{
    size_t length = (size_t)snprintf(text, size, "[");
    for (size_t d = 0; d < tensor->rank && length < size; d++)
        length += (size_t)snprintf(text + length, size - length, "%s%" PRIu64, d ? "," : "",
                                   tensor->shape[d]);
    if (length < size)
        snprintf(text + length, size - length, "]");
    return text;
}

/* The format of parameters or gradients, -1 where it is no such. */
static int32_t dtype_of(const char *name)
{
    const int32_t dtype = clstep_dtype_find(name);
    return dtype >= 0 && clstep_dtype_describe((clstep_dtype)dtype)->is_param ? dtype : -1;
}

/* Fills `tensor` from the parameters' file; the index of its gradient is SIZE_MAX without one. */
static int match(const apply_job *job, const apply_options *options, size_t param,
                 apply_tensor *tensor)
{
    clstep_safetensors_tensor old = CLSTEP_SAFETENSORS_TENSOR_INIT;
    clstep_safetensors_tensor grad = CLSTEP_SAFETENSORS_TENSOR_INIT;
    clstep_status status = clstep_safetensors_tensor_at(job->params, param, &old);
    if (status != CLSTEP_OK)
        return complain_status(status);
    *tensor = (apply_tensor){.name = old.name,
                             .shape = old.shape,
                             .rank = old.rank,
                             .count = old.count,
                             .param_dtype = dtype_of(old.dtype),
                             .param = param,
                             .new_param = job->places[param],
                             .grad = clstep_safetensors_find(job->grads, old.name)};
    if (tensor->grad == SIZE_MAX)
        return options->partial
                   ? EXIT_OK
                   : complain(EXIT_FAILED,
                              "%s has no gradient for \"%.80s\"; give one, or --partial to "
                              "keep parameters without a gradient as they are",
                              options->grads, old.name);
    status = clstep_safetensors_tensor_at(job->grads, tensor->grad, &grad);
    if (status != CLSTEP_OK)
        return complain_status(status);
    tensor->grad_dtype = dtype_of(grad.dtype);
    if (tensor->param_dtype < 0 || tensor->param_dtype == CLSTEP_DTYPE_FLOAT64 ||
        tensor->grad_dtype < 0)
        return complain(
            EXIT_FAILED,
            "\"%.80s\" is %s, and its gradient %s; parameters in F32, BF16 and F16 can be "
            "updated, by gradients in these and in F64",
            old.name, old.dtype, grad.dtype);
    char one[128], other[128];
    if (!same_shape(&old, &grad))
        return complain(EXIT_FAILED,
                        "\"%.80s\" has the shape %s in %s, but its gradient has %s in %s; reshape "
                        "the gradient",
                        old.name, shape_text(&old, one, sizeof one), options->params,
                        shape_text(&grad, other, sizeof other), options->grads);
    return EXIT_OK;
}

/* Takes a tensor of the parameters' file into the group that is being filled. */
static int take(apply_job *job, const apply_options *options, apply_group *group, size_t param)
{
    apply_tensor *tensor = &group->tensors[group->tensor_count];
    int code = match(job, options, param, tensor);
    if (code != EXIT_OK)
        return code;
    tensor->is_fresh = true;
    group->tensor_count++;
    job->updated[param] = true;
    if (tensor->grad != SIZE_MAX) {
        job->updates++;
        job->elements += tensor->count;
    }
    return EXIT_OK;
}

/* Whether a tensor of the parameters' file is to be updated. */
static bool is_wanted(const apply_job *job, const apply_options *options, size_t param,
                      const char *name)
{
    return job->places[param] != SIZE_MAX &&
           (!options->partial || clstep_safetensors_find(job->grads, name) != SIZE_MAX);
}

static void list_states(apply_group *group)
{
    const char *name;
    while ((name = clstep_rule_state_name(&group->rule, group->state_count)))
        group->states[group->state_count++] = name;
}

/* ---- beginning anew ------------------------------------------------------------------------ */

static int complain_steps(const apply_job *job, const apply_options *options, uint64_t steps)
{
    if (job->beside)
        return complain(EXIT_FAILED,
                        "%s has taken %" PRIu64 " step%s, and has the state in the same file; give "
                        "--state %s, too, or begin a new state by --new-state",
                        options->params, steps, plural(steps), options->params);
    return complain(EXIT_FAILED,
                    "%s has taken %" PRIu64 " step%s; give the state that belongs to it by "
                    "--state, or begin a new one by --new-state",
                    options->params, steps, plural(steps));
}

/* One group of all parameters that have a gradient. */
static int begin(apply_job *job, const apply_options *options)
{
    apply_group *group = &job->groups[0];
    uint64_t steps;
    if (beside_steps(job->params, job->beside, &steps) && !options->new_state)
        return complain_steps(job, options, steps);
    int code = rule_choose(&options->rule, NULL, &group->rule);
    if (code == EXIT_OK)
        code = check_clip(&group->rule);
    if (code != EXIT_OK)
        return code;
    list_states(group);
    group->param_storage = CLSTEP_PARAM_STOCHASTIC;
    group->tensors = job->tensors;
    for (size_t i = 0; code == EXIT_OK && i < clstep_safetensors_tensor_count(job->params); i++) {
        clstep_safetensors_tensor tensor = CLSTEP_SAFETENSORS_TENSOR_INIT;
        clstep_status status = clstep_safetensors_tensor_at(job->params, i, &tensor);
        if (status != CLSTEP_OK)
            return complain_status(status);
        if (is_wanted(job, options, i, tensor.name))
            code = take(job, options, group, i);
    }
    return code;
}

/* ---- going on ------------------------------------------------------------------------------ */

/* The index of TENSOR.STATE in the state's file, SIZE_MAX where there is none. */
static size_t find_state(const clstep_safetensors *file, const char *tensor, const char *state)
{
    const size_t size = strlen(tensor) + strlen(state) + 2;
    char *name = malloc(size);
    if (!name)
        return SIZE_MAX;
    snprintf(name, size, "%s.%s", tensor, state);
    const size_t index = clstep_safetensors_find(file, name);
    free(name);
    return index;
}

static int find_states(const apply_job *job, const apply_options *options, apply_group *group,
                       apply_tensor *tensor)
{
    const clstep_safetensors *file = clstep_checkpoint_file(job->state);
    for (size_t k = 0; k < group->state_count; k++) {
        tensor->old_state[k] = find_state(file, tensor->name, group->states[k]);
        if (tensor->old_state[k] == SIZE_MAX) /* an open checkpoint has all that its rule keeps */
            return out_of_memory();
        clstep_safetensors_tensor stored = CLSTEP_SAFETENSORS_TENSOR_INIT;
        clstep_status status = clstep_safetensors_tensor_at(file, tensor->old_state[k], &stored);
        if (status != CLSTEP_OK)
            return complain_status(status);
        if (strcmp(stored.dtype, "F32") != 0)
            return complain(EXIT_FAILED,
                            "%s of \"%.80s\" is %s in %s; clstep apply takes only states in F32",
                            group->states[k], tensor->name, stored.dtype, options->state);
        if (stored.count != tensor->count)
            return complain(EXIT_FAILED,
                            "\"%.80s\" has %" PRIu64 " element%s, but its state in %s has %" PRIu64
                            "; give the state that belongs to %s",
                            tensor->name, tensor->count, plural(tensor->count), options->state,
                            stored.count, options->params);
    }
    return EXIT_OK;
}

static int go_on_group(apply_job *job, const apply_options *options, size_t index)
{
    apply_group *group = &job->groups[index];
    clstep_rule stored = CLSTEP_RULE_INIT;
    clstep_status status = clstep_checkpoint_rule(job->state, index, &stored);
    if (status != CLSTEP_OK)
        return complain_status(status);
    clstep_state_storage state_storage = CLSTEP_STATE_FULL;
    status = clstep_checkpoint_storage(job->state, index, &state_storage, &group->param_storage);
    if (status != CLSTEP_OK)
        return complain_status(status);
    if (group->param_storage == CLSTEP_PARAM_MASTER ||
        group->param_storage == CLSTEP_PARAM_RESIDUAL)
        return complain(EXIT_FAILED,
                        "%s has param_master or param_residual beside parameters of 16 bits; "
                        "clstep apply takes only states without them",
                        options->state);
    int code = rule_choose(&options->rule, &stored, &group->rule);
    if (code == EXIT_OK)
        code = check_same_rule(&options->rule, options->state, &stored, &group->rule);
    if (code == EXIT_OK)
        code = check_clip(&group->rule);
    if (code != EXIT_OK)
        return code;
    list_states(group);
    const size_t count = clstep_checkpoint_tensor_count(job->state, index);
    for (size_t i = 0; code == EXIT_OK && i < count; i++) {
        const char *name = clstep_checkpoint_tensor_name(job->state, index, i);
        const size_t param = clstep_safetensors_find(job->params, name);
        if (param == SIZE_MAX)
            return complain(
                EXIT_FAILED,
                "%s has state of \"%.80s\", which %s lacks; give the state that belongs "
                "to %s",
                options->state, name, options->params, options->params);
        code = take(job, options, group, param);
        if (code == EXIT_OK)
            code = find_states(job, options, group, &group->tensors[i]);
        group->tensors[i].steps = clstep_checkpoint_tensor_steps(job->state, index, i);
        group->tensors[i].is_fresh = false;
    }
    return code;
}

/* A tensor that the state lacks: one that was frozen begins now, by the rule of the only group. */
static int begin_tensor(apply_job *job, const apply_options *options, size_t param,
                        const char *name)
{
    if (!options->partial)
        return complain(EXIT_FAILED,
                        "%s has no state of \"%.80s\"; it belongs to another model, or the tensor "
                        "had no gradient before: --partial lets it begin",
                        options->state, name);
    if (job->group_count != 1)
        return complain(EXIT_FAILED,
                        "%s has no state of \"%.80s\", and more than one group that it could begin "
                        "in; give a state that has it, or --new-state instead",
                        options->state, name);
    job->begun = name;
    job->begun_count++;
    return take(job, options, &job->groups[0], param);
}

/* A run that was cut off between its two renames leaves files of different steps. */
static int check_steps(const apply_job *job, const apply_options *options)
{
    uint64_t step;
    if (!beside_steps(job->params, job->beside, &step) || step == job->steps)
        return EXIT_OK;
    return complain(EXIT_FAILED,
                    "%s is of step %" PRIu64 ", but %s of step %" PRIu64
                    "; give parameters and state of the same step",
                    options->params, step, options->state, job->steps);
}

static int go_on(apply_job *job, const apply_options *options)
{
    job->steps = clstep_checkpoint_steps(job->state);
    job->seed = clstep_checkpoint_seed(job->state);
    int code = check_steps(job, options);
    apply_tensor *next = job->tensors;
    for (size_t g = 0; code == EXIT_OK && g < job->group_count; g++) {
        job->groups[g].tensors = next;
        code = go_on_group(job, options, g);
        next += job->groups[g].tensor_count;
    }
    for (size_t i = 0; code == EXIT_OK && i < clstep_safetensors_tensor_count(job->params); i++) {
        clstep_safetensors_tensor tensor = CLSTEP_SAFETENSORS_TENSOR_INIT;
        clstep_status status = clstep_safetensors_tensor_at(job->params, i, &tensor);
        if (status != CLSTEP_OK)
            return complain_status(status);
        if (!job->updated[i] && is_wanted(job, options, i, tensor.name))
            code = begin_tensor(job, options, i, tensor.name);
    }
    return code;
}

/* ---- the whole ----------------------------------------------------------------------------- */

/* A gradient whose parameter is missing is a mistake, whatever --partial says. */
static int check_grads(const apply_job *job, const apply_options *options)
{
    for (size_t i = 0; i < clstep_safetensors_tensor_count(job->grads); i++) {
        clstep_safetensors_tensor grad = CLSTEP_SAFETENSORS_TENSOR_INIT;
        clstep_status status = clstep_safetensors_tensor_at(job->grads, i, &grad);
        if (status != CLSTEP_OK)
            return complain_status(status);
        const size_t param = clstep_safetensors_find(job->params, grad.name);
        if (param == SIZE_MAX || job->places[param] == SIZE_MAX)
            return complain(EXIT_FAILED,
                            "%s has a gradient of \"%.80s\", which %s lacks; remove or rename it",
                            options->grads, grad.name, options->params);
    }
    return EXIT_OK;
}

static int open_files(apply_job *job, const apply_options *options)
{
    clstep_status status = clstep_safetensors_open(&job->params, options->params);
    if (status != CLSTEP_OK)
        return complain_file(status, options->params);
    status = clstep_safetensors_metadata(job->params, "clstep")
                 ? clstep_checkpoint_open(&job->beside, options->params)
                 : CLSTEP_OK;
    if (status != CLSTEP_OK)
        return complain_file(status, options->params);
    status = clstep_safetensors_open(&job->grads, options->grads);
    if (status != CLSTEP_OK)
        return complain_file(status, options->grads);
    if (!options->state)
        return EXIT_OK;
    status = clstep_checkpoint_open(&job->state, options->state);
    return status == CLSTEP_OK ? EXIT_OK : complain_file(status, options->state);
}

int apply_open(apply_job *job, const apply_options *options)
{
    *job = (apply_job){0};
    int code = open_files(job, options);
    if (code != EXIT_OK)
        return code;
    const size_t tensors = clstep_safetensors_tensor_count(job->params);
    job->group_count = job->state ? clstep_checkpoint_group_count(job->state) : 1;
    job->groups = calloc(job->group_count + 1, sizeof *job->groups);
    job->tensors = calloc(tensors + 1, sizeof *job->tensors);
    job->updated = calloc(tensors + 1, sizeof *job->updated);
    job->places = calloc(tensors + 1, sizeof *job->places);
    if (!job->groups || !job->tensors || !job->updated || !job->places)
        return out_of_memory();
    code = beside_place(job->params, job->beside, job->places);
    if (code == EXIT_OK)
        code = check_grads(job, options);
    if (code != EXIT_OK)
        return code;
    return job->state ? go_on(job, options) : begin(job, options);
}

void apply_close(apply_job *job)
{
    clstep_safetensors_close(job->params);
    clstep_safetensors_close(job->grads);
    clstep_checkpoint_close(job->state);
    clstep_checkpoint_close(job->beside);
    free(job->groups);
    free(job->tensors);
    free(job->updated);
    free(job->places);
    *job = (apply_job){0};
}
