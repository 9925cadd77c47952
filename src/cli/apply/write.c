/* Declares the two files that a step makes and copies what it leaves alone. journal.c commits
 * them. */
#include "cli/apply/write.h"

#include "cli/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the parameters' file: as the old one, with the number of the step ---------------------- */

/* Metadata that the parameters' new file does not take over. That file has no state: so it is no
 * checkpoint, even if the old one was, and `clstep train` cannot go on with it. */
static bool is_outdated(const char *key)
{
    return strcmp(key, "clstep.step") == 0 || strcmp(key, "clstep") == 0 ||
           strncmp(key, "clstep.train.", strlen("clstep.train.")) == 0;
}

static clstep_status copy_metadata(const apply_job *job, clstep_writer *writer)
{
    char step[24];
    snprintf(step, sizeof step, "%" PRIu64, job->steps + 1);
    clstep_status status = clstep_writer_set_metadata(writer, "clstep.step", step);
    const char *key;
    for (size_t i = 0;
         status == CLSTEP_OK && (key = clstep_safetensors_metadata_key(job->params, i)); i++) {
        if (!is_outdated(key))
            status = clstep_writer_set_metadata(writer, key,
                                                clstep_safetensors_metadata(job->params, key));
    }
    return status;
}

static clstep_status declare_params(const apply_job *job, clstep_writer *writer)
{
    clstep_status status = copy_metadata(job, writer);
    for (size_t i = 0; status == CLSTEP_OK && i < clstep_safetensors_tensor_count(job->params);
         i++) {
        clstep_safetensors_tensor tensor = CLSTEP_SAFETENSORS_TENSOR_INIT;
        status = clstep_safetensors_tensor_at(job->params, i, &tensor);
        if (status == CLSTEP_OK && job->places[i] != SIZE_MAX)
            status =
                clstep_writer_add(writer, tensor.name, tensor.dtype, tensor.rank, tensor.shape);
    }
    return status;
}

/* ---- the state's file ----------------------------------------------------------------------- */

/* Each tensor counts its own steps. `names`, `steps` and `firsts` have room for the group's
 * tensors.
 */
static void name_group(const apply_group *group, clstep_checkpoint_group *named,
                       clstep_tensor_name *names, uint64_t *steps, uint64_t *firsts)
{
    *named = (clstep_checkpoint_group){.size = sizeof *named,
                                       .rule = &group->rule,
                                       .tensors = names,
                                       .tensor_steps = steps,
                                       .first_elements = group->is_numbered ? firsts : NULL,
                                       .param_storage = group->param_storage,
                                       .tensor_count = group->tensor_count};
    for (size_t i = 0; i < group->tensor_count; i++) {
        const apply_tensor *tensor = &group->tensors[i];
        names[i] = (clstep_tensor_name){
            .name = tensor->name, .shape = tensor->shape, .rank = tensor->rank};
        steps[i] = tensor->steps + (tensor->grad != SIZE_MAX);
        firsts[i] = tensor->first_element;
    }
}

static void number_states(apply_job *job)
{
    size_t next = 0;
    for (size_t g = 0; g < job->group_count; g++) {
        apply_group *group = &job->groups[g];
        for (size_t i = 0; i < group->tensor_count; i++) {
            group->tensors[i].new_state = next;
            next += group->state_count;
        }
    }
}

static clstep_status declare_state(apply_job *job, clstep_writer *writer)
{
    const size_t tensors = clstep_safetensors_tensor_count(job->params);
    clstep_checkpoint_group *groups = calloc(job->group_count + 1, sizeof *groups);
    clstep_tensor_name *names = calloc(tensors + 1, sizeof *names);
    uint64_t *steps = calloc(tensors + 1, sizeof *steps);
    uint64_t *firsts = calloc(tensors + 1, sizeof *firsts);
    clstep_status status = CLSTEP_OK;
    if (groups && names && steps && firsts) {
        size_t next = 0;
        for (size_t g = 0; g < job->group_count; g++) {
            name_group(&job->groups[g], &groups[g], names + next, steps + next, firsts + next);
            next += job->groups[g].tensor_count;
        }
        number_states(job);
        status =
            clstep_checkpoint_declare(writer, job->steps + 1, job->seed, job->group_count, groups);
    } else {
        status =
            clstep_record_error(CLSTEP_OUT_OF_MEMORY, "calloc", 0, "the host is out of memory");
    }
    free(groups);
    free(names);
    free(steps);
    free(firsts);
    return status;
}

/* ---- what no step changes ------------------------------------------------------------------- */

static clstep_status copy_tensor(const clstep_safetensors *from, size_t from_index,
                                 clstep_writer *to, size_t to_index)
{
    static unsigned char piece[1 << 20];
    clstep_safetensors_tensor tensor = CLSTEP_SAFETENSORS_TENSOR_INIT;
    clstep_status status = clstep_safetensors_tensor_at(from, from_index, &tensor);
    for (uint64_t first = 0; status == CLSTEP_OK && first < tensor.bytes; first += sizeof piece) {
        const uint64_t left = tensor.bytes - first;
        const uint64_t count = left < sizeof piece ? left : sizeof piece;
        status = clstep_safetensors_read(from, from_index, first, count, piece);
        if (status == CLSTEP_OK)
            status = clstep_writer_write(to, to_index, first, count, piece);
    }
    return status;
}

static clstep_status copy_unchanged(const apply_outputs *outputs, const apply_job *job)
{
    clstep_status status = CLSTEP_OK;
    for (size_t i = 0; status == CLSTEP_OK && i < clstep_safetensors_tensor_count(job->params);
         i++) {
        if (!job->updated[i] && job->places[i] != SIZE_MAX)
            status = copy_tensor(job->params, i, outputs->params, job->places[i]);
    }
    for (size_t g = 0; g < job->group_count; g++) {
        const apply_group *group = &job->groups[g];
        for (size_t i = 0; status == CLSTEP_OK && i < group->tensor_count; i++) {
            const apply_tensor *tensor = &group->tensors[i];
            if (tensor->grad != SIZE_MAX)
                continue;
            status = copy_tensor(job->params, tensor->param, outputs->params, tensor->new_param);
            for (size_t k = 0; status == CLSTEP_OK && k < group->state_count; k++)
                status = copy_tensor(clstep_checkpoint_file(job->state), tensor->old_state[k],
                                     outputs->state, tensor->new_state + k);
        }
    }
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------ */

int apply_outputs_open(apply_outputs *outputs, apply_job *job, const apply_options *options)
{
    *outputs = (apply_outputs){0};
    clstep_status status = clstep_writer_create(&outputs->params, options->out_params);
    if (status == CLSTEP_OK)
        status = clstep_writer_create(&outputs->state, options->out_state);
    if (status == CLSTEP_OK)
        status = declare_params(job, outputs->params);
    if (status == CLSTEP_OK)
        status = declare_state(job, outputs->state);
    if (status == CLSTEP_OK)
        status = clstep_writer_begin(outputs->params);
    if (status == CLSTEP_OK)
        status = clstep_writer_begin(outputs->state);
    if (status == CLSTEP_OK)
        status = copy_unchanged(outputs, job);
    return status == CLSTEP_OK ? EXIT_OK : complain_status(status);
}

int apply_outputs_sync(const apply_outputs *outputs)
{
    clstep_status status = clstep_writer_sync(outputs->params);
    if (status == CLSTEP_OK)
        status = clstep_writer_sync(outputs->state);
    return status == CLSTEP_OK ? EXIT_OK : complain_status(status);
}

void apply_outputs_close(apply_outputs *outputs)
{
    clstep_writer_destroy(outputs->params);
    clstep_writer_destroy(outputs->state);
    *outputs = (apply_outputs){0};
}
