#include "optimizer/selftest_trial.h"

#include "device/failure.h"

/* The first step has a code path of its own in SGD and in bias correction. */
enum { STEPS = 3, QUICK_STEPS = 2 };

/* Groups differ in lr and decay. */
static void choose_rules(clstep__trial *trial)
{
    const clstep_rule *rule = &trial->setting->of->rule;
    trial->group_count = trial->setting->of->scattered ? CLSTEP__TRIAL_GROUPS : 1;
    for (size_t g = 0; g < trial->group_count; g++) {
        trial->rules[g] = *rule;
        trial->rules[g].lr = rule->lr * (double)(1 + g);
        trial->rules[g].weight_decay = rule->weight_decay * (double)(1 + g % 2);
    }
    while (clstep_rule_state_name(rule, trial->state_count))
        trial->state_count++;
}

static clstep_status write_gradients(const clstep__trial *trial)
{
    for (size_t b = 0; b < trial->buffer_count; b++) {
        const clstep__trial_buffer *grad = &trial->grads[b];
        cl_int code = clEnqueueWriteBuffer(trial->setting->queue, grad->device, CL_TRUE, 0,
                                           grad->size * sizeof(float), grad->host, 0, NULL, NULL);
        if (code != CL_SUCCESS)
            return clstep__cl_failed("clEnqueueWriteBuffer", code);
    }
    return CLSTEP_OK;
}

static clstep_status read(const clstep__trial *trial, cl_mem buffer, uint64_t offset, size_t count,
                          cl_event after, float *to)
{
    if (count == 0)
        return CLSTEP_OK;
    cl_int code =
        clEnqueueReadBuffer(trial->setting->queue, buffer, CL_TRUE, (size_t)offset * sizeof *to,
                            count * sizeof *to, to, after != NULL, after ? &after : NULL, NULL);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clEnqueueReadBuffer", code);
}

static clstep_status read_states(clstep__trial *trial, cl_event after)
{
    for (size_t k = 0; k < CLSTEP__TRIAL_TENSORS; k++) {
        const clstep__trial_tensor *tensor = &trial->tensors[k];
        for (size_t s = 0; s < trial->state_count; s++) {
            cl_mem buffer = NULL;
            uint64_t offset = 0;
            clstep_status status = clstep_optimizer_state(
                trial->optimizer, tensor->group, tensor->place,
                clstep_rule_state_name(&trial->rules[0], s), &buffer, &offset);
            if (status == CLSTEP_OK)
                status = read(trial, buffer, offset, tensor->count, after,
                              trial->read_states[s] + tensor->state_offset);
            if (status != CLSTEP_OK)
                return status;
        }
    }
    return CLSTEP_OK;
}

/* The reference is computed meanwhile, element by element, from what the host has. */
static clstep_status compare(clstep__trial *trial, cl_event after)
{
    clstep_status status = read_states(trial, after);
    for (size_t b = 0; b < trial->buffer_count && status == CLSTEP_OK; b++) {
        const clstep__trial_buffer *param = &trial->params[b];
        status = read(trial, param->device, 0, param->size, after, trial->read);
        if (status == CLSTEP_OK)
            clstep__trial_compare(trial, b);
    }
    return status;
}

static clstep_status compare_gradients(clstep__trial *trial)
{
    clstep_status status = CLSTEP_OK;
    for (size_t b = 0; b < trial->buffer_count && status == CLSTEP_OK; b++) {
        const clstep__trial_buffer *grad = &trial->grads[b];
        status = read(trial, grad->device, 0, grad->size, NULL, trial->read);
        if (status == CLSTEP_OK)
            clstep__trial_compare_gradients(trial, b);
    }
    return status;
}

static clstep_status step(clstep__trial *trial)
{
    for (size_t g = 0; g < trial->group_count; g++)
        trial->lr[g] = trial->rules[g].lr / (double)(1 + trial->step + g);
    trial->step++;
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    options.lr = trial->lr;
    options.lr_count = trial->group_count;
    clstep__trial_gradients(trial);
    clstep_status status = write_gradients(trial);
    if (status != CLSTEP_OK)
        return status;
    cl_event done = NULL;
    status =
        clstep_optimizer_step(trial->optimizer, trial->setting->queue, &options, 0, NULL, &done);
    if (status != CLSTEP_OK)
        return status;
    status = compare(trial, done);
    if (status != CLSTEP_OK) /* nothing may still run when the call returns */
        clWaitForEvents(1, &done);
    clReleaseEvent(done);
    return status;
}

clstep_status clstep__trial_run(const clstep__trial_setting *setting,
                                clstep_selftest_result *result)
{
    clstep__trial trial = {.setting = setting, .result = result, .seed = 2012};
    trial.buffer_count = setting->of->scattered ? CLSTEP__TRIAL_BUFFERS : 1;
    choose_rules(&trial);
    clstep_status status = clstep__trial_open(&trial);
    const int steps = setting->quick ? QUICK_STEPS : STEPS;
    for (int i = 0; i < steps && status == CLSTEP_OK; i++)
        status = step(&trial);
    if (status == CLSTEP_OK)
        status = compare_gradients(&trial);
    result->count.cases += status == CLSTEP_OK;
    clstep__trial_close(&trial);
    return status;
}
