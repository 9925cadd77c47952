/* Runs a trial: steps on the device, reads everything back, compares. */
#include "selftest/trial.h"

#include "device/failure.h"
#include "selftest/compare.h"
#include "selftest/inputs.h"

/* The first step has a code path of its own in SGD and in bias correction. */
enum { STEPS = 3, QUICK_STEPS = 2, SCATTERED_GROUPS = 3 };

/* The groups differ in lr and decay. With pointers a launch can have more groups than with buffers.
 */
static void choose_rules(clstep__trial *trial)
{
    const clstep_rule *rule = &trial->setting->of->rule;
    trial->group_count = trial->setting->of->shared      ? CLSTEP__TRIAL_GROUPS
                         : trial->setting->of->scattered ? SCATTERED_GROUPS
                                                         : 1;
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
    clstep_status status = CLSTEP_OK;
    for (size_t b = 0; b < trial->buffer_count && status == CLSTEP_OK; b++)
        status = clstep__tensors_write(trial, &trial->grads[b]);
    return status;
}

/* Offset and size in bytes. */
static clstep_status read(const clstep__trial *trial, cl_mem buffer, size_t offset, size_t size,
                          cl_event after, void *to)
{
    if (size == 0)
        return CLSTEP_OK;
    cl_int code = clEnqueueReadBuffer(trial->setting->queue, buffer, CL_TRUE, offset, size, to,
                                      after != NULL, after ? &after : NULL, NULL);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clEnqueueReadBuffer", code);
}

static clstep_status read_arrays(clstep__trial *trial, const clstep__trial_tensor *tensor,
                                 cl_event after)
{
    clstep_status status = CLSTEP_OK;
    for (size_t a = 0; a < trial->array_count && status == CLSTEP_OK; a++) {
        const clstep__trial_array *array = &trial->arrays[a];
        clstep_state_array found = CLSTEP_STATE_ARRAY_INIT;
        status =
            clstep_optimizer_state_array(trial->optimizer, tensor->group, tensor->place, a, &found);
        if (status == CLSTEP_OK)
            status = read(
                trial, found.buffer, (size_t)found.offset * array->width,
                (size_t)found.count * array->width, after,
                clstep__element_at(array->read, array->width, tensor->element / array->form.per));
    }
    return status;
}

/* Meanwhile compare.c computes the reference, element by element, from the host's numbers. */
static clstep_status compare(clstep__trial *trial, cl_event after)
{
    clstep_status status = CLSTEP_OK;
    for (size_t k = 0; k < trial->tensor_count && status == CLSTEP_OK; k++)
        status = read_arrays(trial, &trial->tensors[k], after);
    for (size_t b = 0; b < trial->buffer_count && status == CLSTEP_OK; b++) {
        const clstep__trial_buffer *param = &trial->params[b];
        status = read(trial, param->device, 0, param->size * param->width, after, trial->read);
        if (status == CLSTEP_OK)
            clstep__compare_params(trial, b);
    }
    return status;
}

static clstep_status compare_gradients(clstep__trial *trial)
{
    clstep_status status = CLSTEP_OK;
    for (size_t b = 0; b < trial->buffer_count && status == CLSTEP_OK; b++) {
        const clstep__trial_buffer *grad = &trial->grads[b];
        status = read(trial, grad->device, 0, grad->size * grad->width, NULL, trial->read);
        if (status == CLSTEP_OK)
            clstep__compare_gradients(trial, b);
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
    clstep__inputs_gradients(trial);
    clstep_status status = write_gradients(trial);
    if (status != CLSTEP_OK)
        return status;
    cl_event done = NULL;
    status =
        clstep_optimizer_step(trial->optimizer, trial->setting->queue, &options, 0, NULL, &done);
    if (status != CLSTEP_OK)
        return status;
    status = compare(trial, done);
    if (status != CLSTEP_OK) /* nothing may run any more when the call returns */
        clWaitForEvents(1, &done);
    clReleaseEvent(done);
    return status;
}

static clstep_status run_steps(clstep__trial *trial)
{
    clstep_status status = CLSTEP_OK;
    const int steps = trial->setting->quick ? QUICK_STEPS : STEPS;
    for (int i = 0; i < steps && status == CLSTEP_OK; i++)
        status = step(trial);
    if (status == CLSTEP_OK)
        status = compare_gradients(trial);
    trial->result->count.cases += status == CLSTEP_OK;
    return status;
}

/* Waits, also after a failure: only then can shared memory be freed. */
static clstep_status finish(clstep__trial *trial, clstep_status status)
{
    const cl_int code = clFinish(trial->setting->queue);
    trial->is_busy = code != CL_SUCCESS;
    return status == CLSTEP_OK && trial->is_busy ? clstep__cl_failed("clFinish", code) : status;
}

clstep_status clstep__trial_run(const clstep__trial_setting *setting,
                                clstep_selftest_result *result)
{
    const clstep__selftest_case *of = setting->of;
    clstep__trial trial = {.setting = setting, .result = result, .seed = 2012};
    trial.tensor_count = of->shared ? CLSTEP__TRIAL_TENSORS_MAX : CLSTEP__TRIAL_TENSORS;
    trial.buffer_count = of->shared      ? CLSTEP__TRIAL_BUFFERS_MAX
                         : of->scattered ? CLSTEP__TRIAL_BUFFERS
                                         : 1;
    trial.by_bytes = of->format.param != CLSTEP_DTYPE_FLOAT32 ||
                     of->format.grad != CLSTEP_DTYPE_FLOAT32 ||
                     of->format.state != CLSTEP_DTYPE_FLOAT32;
    choose_rules(&trial);
    clstep_status status = clstep__tensors_open_host(&trial);
    if (status == CLSTEP_OK) {
        clstep__inputs_fill(&trial);
        status = clstep__tensors_open_device(&trial);
    }
    /* without pointers there would be several launches */
    const bool goes = !of->shared || clstep_optimizer_launches(trial.optimizer) == 1;
    if (status == CLSTEP_OK && goes)
        status = run_steps(&trial);
    if (of->shared)
        status = finish(&trial, status);
    clstep__tensors_close(&trial);
    return status;
}
