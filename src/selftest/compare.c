/* Compares tensors in fp32 with the reference, within the bounds, and checks the guards. bytes.c
 * compares other formats. */
#include "selftest/compare.h"

#include "base/text.h"
#include "reference/reference.h"
#include "selftest/bytes.h"
#include "selftest/promise.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The numbers of one element before the step, after it by the reference, and after it on the
 * device. The parameter comes first, then the states. */
typedef struct {
    float before[1 + CLSTEP_STATES_MAX];
    float reference[1 + CLSTEP_STATES_MAX];
    float device[1 + CLSTEP_STATES_MAX];
} element;

static const char *name_of(const clstep__trial *trial, size_t number)
{
    return number == 0 ? "p" : clstep_rule_state_name(&trial->rules[0], number - 1);
}

/* Describes the first difference of the preset. */
static void tell(const clstep__trial *trial, const clstep__trial_tensor *tensor, size_t index,
                 size_t number, const element *e)
{
    clstep_selftest_result *result = trial->result;
    if (result->first[0] != '\0')
        return;
    snprintf(result->first, sizeof result->first,
             "%s, %s: step %llu, tensor of %zu element%s, %s[%zu]: %.9g instead of %.9g",
             trial->setting->of->preset, trial->setting->of->name, (unsigned long long)trial->step,
             tensor->count, clstep__plural(tensor->count), name_of(trial, number), index,
             (double)e->device[number], (double)e->reference[number]);
}

static double magnitude_of(const element *e, size_t number)
{
    return fabs((double)e->before[number]) + fabs((double)e->reference[number]);
}

static bool same_bits(const float *a, const float *b, size_t count)
{
    return memcmp(a, b, count * sizeof *a) == 0;
}

/* The data of a group. */
typedef struct {
    clstep__promise promise;
    size_t buffer; /* the momentum buffer's number, 0 if there is none */
    clstep__part parts[1 + CLSTEP_STATES_MAX];
} common;

static void count_element(clstep__trial *trial, const clstep__trial_tensor *tensor, size_t index,
                          const common *of, const element *e)
{
    const size_t numbers = 1 + trial->state_count;
    clstep_selftest_count *count = &trial->result->count;
    if (same_bits(e->device, e->reference, numbers)) {
        count->elements += numbers;
        return;
    }
    for (size_t n = 0; n < numbers; n++) {
        double magnitude = magnitude_of(e, n);
        if (n == 0 && of->buffer)
            magnitude += of->promise.increment * magnitude_of(e, of->buffer);
        const uint64_t outside = count->outside;
        if (clstep__promise_count(&of->promise, of->parts[n], e->device[n], e->reference[n],
                                  magnitude, count))
            tell(trial, tensor, index, n, e);
        trial->result->wrong_zeros +=
            count->outside > outside && e->device[n] == 0 && e->reference[n] == 0;
    }
}

static common common_of(const clstep__trial *trial, size_t group)
{
    const clstep_rule *rule = &trial->rules[group];
    common of = {.promise = clstep__promise_of(rule, trial->lr[group], trial->setting->departs)};
    if (rule->momentum > 0)
        of.buffer = trial->state_count; /* the last */
    of.parts[0] = CLSTEP__PART_PARAMETER;
    for (size_t s = 0; s < trial->state_count; s++)
        of.parts[1 + s] = clstep__part_of(rule, s);
    return of;
}

static void compare_tensor(clstep__trial *trial, const clstep__trial_tensor *tensor)
{
    const common of = common_of(trial, tensor->group);
    const clstep_rule *rule = &trial->rules[tensor->group];
    const float *g = trial->grads[tensor->grad_buffer].host, *read = trial->read;
    float *p = trial->params[tensor->param_buffer].host;
    float *states[CLSTEP_STATES_MAX];
    const float *read_states[CLSTEP_STATES_MAX];
    for (size_t s = 0; s < trial->state_count; s++) {
        states[s] = trial->arrays[s].host;
        read_states[s] = trial->arrays[s].read;
    }
    for (size_t i = 0; i < tensor->count; i++) {
        const size_t at = tensor->element + i, in_buffer = tensor->param_offset + i;
        element e = {.before = {p[in_buffer]}, .device = {read[in_buffer]}};
        for (size_t s = 0; s < trial->state_count; s++) {
            e.before[1 + s] = states[s][at];
            e.device[1 + s] = read_states[s][at];
        }
        memcpy(e.reference, e.before, sizeof e.reference);
        clstep__reference(rule, trial->lr[tensor->group], trial->step, &e.reference[0],
                          g[tensor->grad_offset + i], &e.reference[1]);
        count_element(trial, tensor, i, &of, &e);
        p[in_buffer] = e.device[0];
        for (size_t s = 0; s < trial->state_count; s++)
            states[s][at] = e.device[1 + s];
    }
}

/* The number of elements of `read`, from `begin` to `end`, that differ from the host's. */
static uint64_t count_overwritten(const clstep__trial *trial, const clstep__trial_buffer *buffer,
                                  size_t begin, size_t end)
{
    uint64_t overwritten = 0;
    for (size_t i = begin; i < end; i++)
        overwritten +=
            memcmp(clstep__element_at(buffer->host, buffer->width, i),
                   clstep__element_at(trial->read, buffer->width, i), buffer->width) != 0;
    return overwritten;
}

void clstep__compare_params(clstep__trial *trial, size_t buffer)
{
    const clstep__trial_buffer *param = &trial->params[buffer];
    uint64_t *overwritten = &trial->result->count.overwritten;
    size_t end = 0;
    for (size_t k = 0; k < trial->tensor_count; k++) {
        const clstep__trial_tensor *tensor = &trial->tensors[k];
        if (tensor->param_buffer != buffer)
            continue;
        *overwritten += count_overwritten(trial, param, end, tensor->param_offset);
        end = tensor->param_offset + tensor->count;
        if (trial->by_bytes)
            clstep__compare_bytes(trial, tensor);
        else
            compare_tensor(trial, tensor);
    }
    *overwritten += count_overwritten(trial, param, end, param->size);
}

void clstep__compare_gradients(clstep__trial *trial, size_t buffer)
{
    const clstep__trial_buffer *grad = &trial->grads[buffer];
    trial->result->count.overwritten += count_overwritten(trial, grad, 0, grad->size);
}
