/*
 * Numbers the elements of the tensors. A state's tensors keep the numbers that it tells, so that
 * each step draws what the library's next step draws, whatever the order of the tensors in the
 * files, the pieces, and the tensors that are left out.
 */
#include "cli/apply/number.h"

#include "cli/command.h"

#include <inttypes.h>
#include <stdlib.h>

uint64_t apply_whole_runs(uint64_t count)
{
    return (count + APPLY_RUN - 1) / APPLY_RUN * APPLY_RUN;
}

/* The numbers that all tensors of the parameters' file have in its order. */
static clstep_status number_file(const apply_job *job, uint64_t *numbers)
{
    uint64_t next = 0;
    const clstep_safetensors *params = job->params;
    clstep_status status = CLSTEP_OK;
    for (size_t i = 0; status == CLSTEP_OK && i < clstep_safetensors_tensor_count(params); i++) {
        clstep_safetensors_tensor tensor = CLSTEP_SAFETENSORS_TENSOR_INIT;
        status = clstep_safetensors_tensor_at(params, i, &tensor);
        numbers[i] = next;
        if (job->places[i] != SIZE_MAX)
            next += apply_whole_runs(tensor.count);
    }
    return status;
}

/* What numbering goes through the groups with. */
typedef struct {
    const uint64_t *in_file; /* of each tensor of the parameters' file */
    uint64_t next;           /* in the order of the state, as the library counts */
    uint64_t end;            /* behind all that the state's tensors have */
    bool is_file;            /* all of these have the numbers of the file */
} numbering;

static int number_old(apply_job *job, const apply_options *options, size_t g, numbering *of)
{
    apply_group *group = &job->groups[g];
    for (size_t i = 0; i < clstep_checkpoint_tensor_count(job->state, g); i++) {
        apply_tensor *tensor = &group->tensors[i];
        uint64_t *first = &tensor->first_element;
        if (clstep_checkpoint_first_element(job->state, g, i, first))
            group->is_numbered = true;
        else
            *first = of->next;
        if (*first % APPLY_RUN != 0 || *first >= (uint64_t)1 << 62)
            return complain(EXIT_FAILED,
                            "%s numbers the elements of \"%.80s\" from %" PRIu64
                            " on, which is no multiple of %d below 2^62; the state is damaged",
                            options->state, tensor->name, *first, (int)APPLY_RUN);
        of->next += apply_whole_runs(tensor->count);
        if (of->end < *first + apply_whole_runs(tensor->count))
            of->end = *first + apply_whole_runs(tensor->count);
        of->is_file = of->is_file && *first == of->in_file[tensor->param];
    }
    return EXIT_OK;
}

/* Tensors that begin have the numbers of the file, or come behind those of a state that counts
 * otherwise. */
static void number_fresh(apply_group *group, numbering *of)
{
    for (size_t i = 0; i < group->tensor_count; i++) {
        apply_tensor *tensor = &group->tensors[i];
        group->is_numbered =
            group->is_numbered || (group->param_storage == CLSTEP_PARAM_STOCHASTIC &&
                                   (tensor->param_dtype == CLSTEP_DTYPE_BFLOAT16 ||
                                    tensor->param_dtype == CLSTEP_DTYPE_FLOAT16));
        if (!tensor->is_fresh)
            continue;
        tensor->first_element = of->is_file ? of->in_file[tensor->param] : of->end;
        of->end += apply_whole_runs(tensor->count);
    }
}

int apply_number(apply_job *job, const apply_options *options)
{
    uint64_t *in_file = calloc(clstep_safetensors_tensor_count(job->params) + 1, sizeof *in_file);
    if (!in_file)
        return complain_memory();
    clstep_status status = number_file(job, in_file);
    int code = status == CLSTEP_OK ? EXIT_OK : complain_status(status);
    numbering of = {.in_file = in_file, .is_file = true};
    for (size_t g = 0; code == EXIT_OK && job->state && g < job->group_count; g++)
        code = number_old(job, options, g, &of);
    for (size_t g = 0; code == EXIT_OK && g < job->group_count; g++)
        number_fresh(&job->groups[g], &of);
    free(in_file);
    return code;
}
