#include "optimizer/selftest_trial.h"

#include "base/error.h"
#include "base/memory.h"
#include "device/failure.h"
#include "optimizer/engine.h"

#include <math.h>
#include <string.h>

/* At a vector's, a work-group's and a chunk's end, and around. */
static const size_t sizes[CLSTEP__TRIAL_TENSORS] = {0,  1,    3,    15,    16, 17, 63, 64,
                                                    65, 1000, 4097, 65539, 0,  5,  7};

enum { QUICK_SIZE_MOST = 1000, QUICK_SIZE = 33, GUARD = 64 };

/* Around gradients stands NaN, so that whatever is computed from there shows; around parameters a
 * number, since NaN would stay what it is. */
static const float param_guard = 0x1.beefp3f;

/* ---- numbers */

/* SplitMix64 (G. Steele, D. Lea, C. Flood, OOPSLA 2014). */
static uint64_t next_random(uint64_t *seed)
{
    uint64_t z = (*seed += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static float uniform(uint64_t *seed)
{
    return (float)(next_random(seed) >> 40) / 8388608.0f - 1.0f;
}

/* Nine decades, both signs and zeros of both, subnormal numbers, numbers whose square is subnormal,
 * and constants, which make v - m^2 vanish. */
static float gradient(uint64_t *seed, size_t index)
{
    static const float decades[] = {1e-5f, 1e-4f, 1e-3f, 1e-2f, 1e-1f, 1.0f, 1e1f, 1e2f, 1e3f};
    switch (index % 29) {
    case 3:
        return 0.0f;
    case 7:
        return -0.0f;
    case 11:
        return 1e-41f * uniform(seed);
    case 13:
        return 1e-20f * uniform(seed);
    case 17:
        return 0.1f;
    default:
        return uniform(seed) * decades[index % 9];
    }
}

static float parameter(uint64_t *seed, size_t index)
{
    switch (index % 31) {
    case 5:
        return 0.0f;
    case 19:
        return 1e-40f * uniform(seed);
    default:
        return uniform(seed);
    }
}

void clstep__trial_gradients(clstep__trial *trial)
{
    for (size_t k = 0; k < CLSTEP__TRIAL_TENSORS; k++) {
        const clstep__trial_tensor *tensor = &trial->tensors[k];
        float *g = trial->grads[tensor->grad_buffer].host + tensor->grad_offset;
        for (size_t i = 0; i < tensor->count; i++)
            g[i] = gradient(&trial->seed, i + k);
    }
}

/* ---- places */

/* Odd gaps, so that every alignment of parameter and gradient occurs. */
static void lay_out(clstep__trial *trial)
{
    const clstep__trial_setting *setting = trial->setting;
    const bool scattered = setting->of->scattered;
    size_t places[CLSTEP__TRIAL_GROUPS] = {0};
    for (size_t k = 0; k < CLSTEP__TRIAL_TENSORS; k++) {
        clstep__trial_tensor *tensor = &trial->tensors[k];
        tensor->count =
            setting->quick && sizes[k] > QUICK_SIZE_MOST ? (size_t)QUICK_SIZE : sizes[k];
        tensor->group = k % trial->group_count;
        tensor->place = places[tensor->group]++;
        tensor->param_buffer = scattered ? k % CLSTEP__TRIAL_BUFFERS : 0;
        tensor->grad_buffer = scattered ? k * 3 % CLSTEP__TRIAL_BUFFERS : 0;
        clstep__trial_buffer *param = &trial->params[tensor->param_buffer];
        clstep__trial_buffer *grad = &trial->grads[tensor->grad_buffer];
        tensor->param_offset = param->size + 5 + k % 3 * 4 + k % 2;
        tensor->grad_offset = grad->size + 5 + k % 3 * 4 + (k % 5 == 4 ? 2 : k % 2);
        param->size = tensor->param_offset + tensor->count;
        grad->size = tensor->grad_offset + tensor->count;
        tensor->state_offset = trial->elements;
        trial->elements += tensor->count;
    }
}

static clstep_status no_memory(void)
{
    return clstep__fail(CLSTEP_OUT_OF_MEMORY, "clstep_selftest", "the host is out of memory");
}

static clstep_status open_host(clstep__trial_buffer *buffer, float guard)
{
    buffer->size += GUARD;
    buffer->host = clstep__allocate(buffer->size, sizeof *buffer->host);
    if (!buffer->host)
        return no_memory();
    for (size_t i = 0; i < buffer->size; i++)
        buffer->host[i] = guard;
    return CLSTEP_OK;
}

static clstep_status open_device(const clstep__trial *trial, clstep__trial_buffer *buffer)
{
    cl_int code;
    buffer->device =
        clCreateBuffer(trial->setting->context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR,
                       buffer->size * sizeof *buffer->host, buffer->host, &code);
    return buffer->device ? CLSTEP_OK : clstep__cl_failed("clCreateBuffer", code);
}

static clstep_status allocate(clstep__trial *trial)
{
    size_t largest = 0;
    clstep_status status = CLSTEP_OK;
    for (size_t b = 0; b < trial->buffer_count && status == CLSTEP_OK; b++) {
        status = open_host(&trial->params[b], param_guard);
        if (status == CLSTEP_OK)
            status = open_host(&trial->grads[b], NAN);
        if (trial->params[b].size > largest)
            largest = trial->params[b].size;
        if (trial->grads[b].size > largest)
            largest = trial->grads[b].size;
    }
    if (status != CLSTEP_OK)
        return status;
    trial->read = clstep__allocate(largest, sizeof(float));
    for (size_t s = 0; s < trial->state_count; s++) {
        trial->states[s] = clstep__allocate(trial->elements, sizeof(float));
        trial->read_states[s] = clstep__allocate(trial->elements, sizeof(float));
        if (!trial->states[s] || !trial->read_states[s])
            return no_memory();
    }
    return trial->read ? CLSTEP_OK : no_memory();
}

static void fill(clstep__trial *trial)
{
    for (size_t k = 0; k < CLSTEP__TRIAL_TENSORS; k++) {
        const clstep__trial_tensor *tensor = &trial->tensors[k];
        const float initial = (float)trial->rules[tensor->group].initial_square_avg;
        float *p = trial->params[tensor->param_buffer].host + tensor->param_offset;
        for (size_t i = 0; i < tensor->count; i++) {
            p[i] = parameter(&trial->seed, i);
            if (trial->state_count > 0)
                trial->states[0][tensor->state_offset + i] = initial;
        }
    }
}

static clstep_status create_optimizer(clstep__trial *trial)
{
    clstep_tensor tensors[CLSTEP__TRIAL_GROUPS][CLSTEP__TRIAL_TENSORS];
    clstep_group groups[CLSTEP__TRIAL_GROUPS];
    memset(tensors, 0, sizeof tensors);
    memset(groups, 0, sizeof groups);
    for (size_t k = 0; k < CLSTEP__TRIAL_TENSORS; k++) {
        const clstep__trial_tensor *tensor = &trial->tensors[k];
        tensors[tensor->group][tensor->place] =
            (clstep_tensor){.param = trial->params[tensor->param_buffer].device,
                            .grad = trial->grads[tensor->grad_buffer].device,
                            .param_offset = tensor->param_offset,
                            .grad_offset = tensor->grad_offset,
                            .count = tensor->count};
        groups[tensor->group].tensor_count++;
    }
    for (size_t g = 0; g < trial->group_count; g++) {
        groups[g].rule = &trial->rules[g];
        groups[g].tensors = tensors[g];
    }
    return clstep_optimizer_create(&trial->optimizer, trial->setting->engine, trial->setting->queue,
                                   trial->group_count, groups, NULL, NULL);
}

clstep_status clstep__trial_open(clstep__trial *trial)
{
    lay_out(trial);
    clstep_status status = allocate(trial);
    if (status != CLSTEP_OK)
        return status;
    fill(trial);
    for (size_t b = 0; b < trial->buffer_count && status == CLSTEP_OK; b++) {
        status = open_device(trial, &trial->params[b]);
        if (status == CLSTEP_OK)
            status = open_device(trial, &trial->grads[b]);
    }
    return status == CLSTEP_OK ? create_optimizer(trial) : status;
}

static void close_buffer(clstep__trial_buffer *buffer)
{
    if (buffer->device)
        clReleaseMemObject(buffer->device);
    clstep__free(buffer->host);
}

void clstep__trial_close(clstep__trial *trial)
{
    clstep_optimizer_destroy(trial->optimizer);
    for (size_t b = 0; b < trial->buffer_count; b++) {
        close_buffer(&trial->params[b]);
        close_buffer(&trial->grads[b]);
    }
    for (size_t s = 0; s < trial->state_count; s++) {
        clstep__free(trial->states[s]);
        clstep__free(trial->read_states[s]);
    }
    clstep__free(trial->read);
}
