/* Steps fp32 tensors on the device and by the scalar reference, and compares every element. */
#include "trial.h"

#include "reference/reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What stands between the ranges, and must stay. */
static const unsigned canary = 0x7fc0beefu;

static unsigned bits_of(float value)
{
    unsigned bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float canary_value(void)
{
    float value;
    memcpy(&value, &canary, sizeof value);
    return value;
}

/* Equal bits, or both NaN: which NaN an operation gives is not defined. */
static int same(float a, float b)
{
    return bits_of(a) == bits_of(b) || (isnan(a) && isnan(b));
}

static unsigned long long next_random(unsigned long long *seed)
{
    unsigned long long z = (*seed += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static float uniform(unsigned long long *seed)
{
    return (float)((double)(next_random(seed) >> 40) / 8388608.0 - 1.0);
}

/* Nine decades, both signs, zeros of both signs, subnormals, and constants that make v - m^2
 * vanish. */
static float gradient(unsigned long long *seed, size_t index)
{
    switch (index % 29) {
    case 3:
        return 0.0f;
    case 7:
        return -0.0f;
    case 11:
        return 1e-41f * uniform(seed);
    case 17:
        return 0.1f;
    default:
        return uniform(seed) * powf(10.0f, (float)(index % 9) - 5.0f);
    }
}

void trial_standard(trial *t, const char *name, const clstep_rule *rule)
{
    static const size_t sizes[] = {0, 1, 3, 15, 16, 17, 63, 64, 65, 1000, 4097, 65539, 0, 5, 7};
    /* Oclgrind and sanitizers are slow: what is large is left to the plain run. */
    const size_t most = getenv("CLSTEP_QUICK") ? 100 : 65539;
    *t = (trial){.name = name, .engine = the.engine, .group_count = 1, .rules = {*rule}};
    t->tensor_count = sizeof sizes / sizeof *sizes;
    for (size_t i = 0; i < t->tensor_count; i++)
        t->tensors[i].count = sizes[i] <= most ? sizes[i] : 33;
}

void trial_own_buffers(trial *t)
{
    for (size_t i = t->tensor_count; i < TRIAL_TENSORS_MAX; i++)
        t->tensors[i].count = i;
    t->tensor_count = TRIAL_TENSORS_MAX;
    for (size_t i = 0; i < t->tensor_count; i++) {
        t->tensors[i].param_buffer = i;
        t->tensors[i].grad_buffer = i;
    }
}

/* Odd gaps, so that every alignment of parameter and gradient occurs. */
static void lay_out(trial *t)
{
    for (size_t i = 0; i < t->tensor_count; i++) {
        trial_tensor *tensor = &t->tensors[i];
        size_t *param_end = &t->param_size[tensor->param_buffer];
        size_t *grad_end = &t->grad_size[tensor->grad_buffer];
        tensor->param_offset = *param_end + 5 + i % 3 * 4 + i % 2;
        tensor->grad_offset = *grad_end + 5 + i % 3 * 4 + (i % 5 == 4 ? 2 : i % 2);
        *param_end = tensor->param_offset + tensor->count;
        *grad_end = tensor->grad_offset + tensor->count;
        if (tensor->param_buffer >= t->buffer_count)
            t->buffer_count = tensor->param_buffer + 1;
        if (tensor->grad_buffer >= t->buffer_count)
            t->buffer_count = tensor->grad_buffer + 1;
    }
    for (size_t b = 0; b < t->buffer_count; b++) {
        t->param_size[b] += 64;
        t->grad_size[b] += 64;
    }
}

static cl_mem guarded_buffer(size_t count)
{
    float *contents = malloc(count * sizeof *contents);
    for (size_t i = 0; i < count; i++)
        contents[i] = canary_value();
    cl_mem buffer = make_buffer(contents, count);
    free(contents);
    return buffer;
}

static void start_tensor(trial *t, trial_tensor *tensor)
{
    const clstep_rule *rule = &t->rules[tensor->group];
    tensor->param = calloc(tensor->count + 1, sizeof(float));
    tensor->grad = calloc(tensor->count + 1, sizeof(float));
    for (size_t i = 0; i < tensor->count; i++)
        tensor->param[i] = uniform(&t->seed);
    for (size_t k = 0; clstep_rule_state_name(rule, k); k++) {
        tensor->state[k] = calloc(tensor->count + 1, sizeof(float));
        for (size_t i = 0; k == 0 && i < tensor->count; i++)
            tensor->state[k][i] = (float)rule->initial_square_avg;
    }
    if (tensor->count)
        write_buffer(t->params[tensor->param_buffer], tensor->param_offset, tensor->param,
                     tensor->count);
}

static void create_optimizer(trial *t)
{
    clstep_tensor described[TRIAL_GROUPS_MAX][TRIAL_TENSORS_MAX];
    clstep_group groups[TRIAL_GROUPS_MAX];
    memset(described, 0, sizeof described);
    memset(groups, 0, sizeof groups);
    for (size_t i = 0; i < t->tensor_count; i++) {
        const trial_tensor *tensor = &t->tensors[i];
        clstep_group *group = &groups[tensor->group];
        described[tensor->group][group->tensor_count++] =
            (clstep_tensor){.param = t->params[tensor->param_buffer],
                            .grad = t->grads[tensor->grad_buffer],
                            .param_offset = tensor->param_offset,
                            .grad_offset = tensor->grad_offset,
                            .count = tensor->count};
    }
    for (size_t g = 0; g < t->group_count; g++) {
        groups[g].size = sizeof *groups;
        groups[g].tensor_size = sizeof **described;
        groups[g].rule = &t->rules[g];
        groups[g].tensors = described[g];
    }
    clstep_status status = clstep_optimizer_create(&t->optimizer, t->engine, the.queue,
                                                   t->group_count, groups, NULL, NULL);
    ck_assert_msg(status == CLSTEP_OK, "%s: %s", t->name, clstep_last_error()->message);
}

void trial_open(trial *t)
{
    t->seed = 20120229;
    lay_out(t);
    for (size_t b = 0; b < t->buffer_count; b++) {
        t->params[b] = guarded_buffer(t->param_size[b]);
        t->grads[b] = guarded_buffer(t->grad_size[b]);
    }
    for (size_t i = 0; i < t->tensor_count; i++)
        start_tensor(t, &t->tensors[i]);
    create_optimizer(t);
}

void trial_new_gradients(trial *t)
{
    for (size_t k = 0; k < t->tensor_count; k++) {
        trial_tensor *tensor = &t->tensors[k];
        for (size_t i = 0; i < tensor->count; i++)
            tensor->grad[i] = gradient(&t->seed, i + k);
        if (tensor->count)
            write_buffer(t->grads[tensor->grad_buffer], tensor->grad_offset, tensor->grad,
                         tensor->count);
    }
}

void trial_expect_step(trial *t, const double *lr)
{
    t->step++;
    for (size_t k = 0; k < t->tensor_count; k++) {
        trial_tensor *tensor = &t->tensors[k];
        const clstep_rule *rule = &t->rules[tensor->group];
        for (size_t i = 0; i < tensor->count; i++) {
            float state[3] = {0};
            for (int s = 0; s < 3 && tensor->state[s]; s++)
                state[s] = tensor->state[s][i];
            clstep__reference(rule, lr ? lr[tensor->group] : rule->lr, t->step, &tensor->param[i],
                              tensor->grad[i], state);
            for (int s = 0; s < 3 && tensor->state[s]; s++)
                tensor->state[s][i] = state[s];
        }
    }
}

static void report(const trial *t, size_t tensor, const char *what, size_t index, float device,
                   float reference)
{
    fprintf(stderr,
            "%s: step %u, tensor %zu (%zu elements), %s[%zu]: device %.9g, reference %.9g\n",
            t->name, t->step, tensor, t->tensors[tensor].count, what, index, (double)device,
            (double)reference);
}

/* Compares a run; tells the first difference. */
static size_t compare_run(const trial *t, size_t tensor, const char *what, const float *device,
                          const float *reference)
{
    size_t different = 0;
    for (size_t i = 0; i < t->tensors[tensor].count; i++) {
        if (same(device[i], reference[i]))
            continue;
        if (different++ == 0)
            report(t, tensor, what, i, device[i], reference[i]);
    }
    totals->compared += t->tensors[tensor].count;
    return different;
}

static size_t compare_states(const trial *t, size_t index, size_t place_in_group)
{
    const trial_tensor *tensor = &t->tensors[index];
    float *device = malloc((tensor->count + 1) * sizeof *device);
    size_t different = 0;
    for (size_t k = 0; k < 3 && tensor->state[k]; k++) {
        const char *name = clstep_rule_state_name(&t->rules[tensor->group], k);
        clstep_state_array array = CLSTEP_STATE_ARRAY_INIT;
        ck_ok(clstep_optimizer_find_state_array(t->optimizer, tensor->group, place_in_group, name,
                                                &array));
        if (tensor->count)
            read_buffer(array.buffer, (size_t)array.offset, device, tensor->count);
        different += compare_run(t, index, name, device, tensor->state[k]);
    }
    free(device);
    return different;
}

/* Compares the tensors of a buffer, and sees that nothing between them has changed. */
static size_t compare_buffer(const trial *t, size_t buffer)
{
    float *image = malloc((t->param_size[buffer] + 1) * sizeof *image);
    read_buffer(t->params[buffer], 0, image, t->param_size[buffer]);
    size_t different = 0;
    size_t end = 0;
    for (size_t k = 0; k <= t->tensor_count; k++) {
        const trial_tensor *tensor = k < t->tensor_count ? &t->tensors[k] : NULL;
        if (tensor && tensor->param_buffer != buffer)
            continue;
        const size_t begin = tensor ? tensor->param_offset : t->param_size[buffer];
        for (; end < begin; end++)
            ck_assert_msg(bits_of(image[end]) == canary,
                          "%s: element %zu of buffer %zu, outside "
                          "every tensor, was overwritten",
                          t->name, end, buffer);
        if (tensor) {
            different += compare_run(t, k, "p", image + begin, tensor->param);
            end += tensor->count;
        }
    }
    free(image);
    return different;
}

void trial_compare(trial *t)
{
    size_t different = 0;
    size_t places[TRIAL_GROUPS_MAX] = {0};
    for (size_t b = 0; b < t->buffer_count; b++)
        different += compare_buffer(t, b);
    for (size_t k = 0; k < t->tensor_count; k++)
        different += compare_states(t, k, places[t->tensors[k].group]++);
    totals->different += different;
    ck_assert_msg(different == 0, "%s: %zu elements differ from the reference in step %u", t->name,
                  different, t->step);
}

void trial_step(trial *t)
{
    double lr[TRIAL_GROUPS_MAX];
    for (size_t g = 0; g < t->group_count; g++)
        lr[g] = t->rules[g].lr / (1.0 + t->step + g);
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    options.lr = lr;
    options.lr_count = t->group_count;
    trial_new_gradients(t);
    ck_ok(clstep_optimizer_step(t->optimizer, the.queue, &options, 0, NULL, NULL));
    trial_expect_step(t, lr);
    trial_compare(t);
}

void trial_close(trial *t)
{
    clstep_optimizer_destroy(t->optimizer);
    for (size_t b = 0; b < t->buffer_count; b++) {
        clReleaseMemObject(t->params[b]);
        clReleaseMemObject(t->grads[b]);
    }
    for (size_t k = 0; k < t->tensor_count; k++) {
        free(t->tensors[k].param);
        free(t->tensors[k].grad);
        for (int s = 0; s < 3; s++)
            free(t->tensors[k].state[s]);
    }
    totals->cases++;
}
