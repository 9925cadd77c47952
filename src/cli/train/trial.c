/* Makes the optimizer of a trial, and steps with it. The gradients are the caller's to compute. */
#include "cli/train/trial.h"

#include <stdlib.h>
#include <string.h>

static int create_buffers(trial *run, const float *start, size_t elements)
{
    float *all = malloc(run->count * sizeof *all);
    if (!all)
        return complain_memory();
    for (size_t first = 0; first < run->count; first += elements)
        memcpy(all + first, start, elements * sizeof *all);
    const size_t bytes = run->count * sizeof *all;
    int code = buffer_create(run->place, &run->params, bytes, all);
    if (!code)
        code = buffer_create(run->place, &run->grads, bytes, NULL);
    free(all);
    return code;
}

int trial_open(trial *run, const workplace *place, clstep_engine *engine, const char *preset,
               const double *rates, size_t rate_count, const float *start, size_t elements)
{
    clstep_rule rules[TRIAL_MOST_RATES];
    clstep_tensor tensors[TRIAL_MOST_RATES];
    clstep_group groups[TRIAL_MOST_RATES];
    *run = (trial){.place = place, .count = rate_count * elements};
    int code = create_buffers(run, start, elements);
    if (code)
        return code;
    clstep_status status = CLSTEP_OK;
    for (size_t i = 0; status == CLSTEP_OK && i < rate_count; i++) {
        rules[i] = (clstep_rule)CLSTEP_RULE_INIT;
        status = clstep_rule_preset(&rules[i], preset);
        rules[i].lr = rates[i];
        tensors[i] = (clstep_tensor){.param = run->params,
                                     .grad = run->grads,
                                     .param_offset = i * elements,
                                     .grad_offset = i * elements,
                                     .count = elements};
        groups[i] = (clstep_group){CLSTEP_GROUP_SIZES, .rule = &rules[i], .tensors = &tensors[i],
                                   .tensor_count = 1};
    }
    if (status == CLSTEP_OK)
        status = clstep_optimizer_create(&run->optimizer, engine, place->queue, rate_count, groups,
                                         NULL, NULL);
    return status == CLSTEP_OK ? EXIT_OK : complain_status(status);
}

int trial_step(const trial *run)
{
    clstep_status status =
        clstep_optimizer_step(run->optimizer, run->place->queue, NULL, 0, NULL, NULL);
    return status == CLSTEP_OK ? EXIT_OK : complain_status(status);
}

int trial_read(const trial *run, float *params)
{
    return buffer_read(run->place, run->params, run->count * sizeof *params, params);
}

void trial_close(trial *run)
{
    if (run->place)
        clFinish(run->place->queue);
    clstep_optimizer_destroy(run->optimizer);
    buffer_release(run->params);
    buffer_release(run->grads);
    *run = (trial){0};
}
