#include "optimizer/selftest_trial.h"

#include "rule/reference_block.h"

#include <math.h>
#include <string.h>

/* Around gradients stands NaN, so that whatever is computed from there shows; around parameters a
 * number, since NaN would stay what it is. */
static const float param_guard = 0x1.beefp3f;

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
static float gradient(uint64_t *seed, size_t index, bool tiny)
{
    static const float decades[] = {1e-5f, 1e-4f, 1e-3f, 1e-2f, 1e-1f, 1.0f, 1e1f, 1e2f, 1e3f};
    switch (index % 29) {
    case 3:
        return 0.0f;
    case 7:
        return -0.0f;
    case 11:
        return (tiny ? 1e-41f : 1e-5f) * uniform(seed);
    case 13:
        return (tiny ? 1e-20f : 1e-5f) * uniform(seed);
    case 17:
        return 0.1f;
    default:
        return uniform(seed) * decades[index % 9];
    }
}

static float parameter(uint64_t *seed, size_t index, bool tiny)
{
    switch (index % 31) {
    case 5:
        return 0.0f;
    case 19:
        return (tiny ? 1e-40f : 1e-3f) * uniform(seed);
    default:
        return uniform(seed);
    }
}

/* Blocks of 8-bit state that reach over all decades, over one and over none, and that come from one
 * to the other. With the lr of these cases a quarter makes ties of bf16 parameters from 1/2 to 1,
 * the other of fp16. */
static float gradient_in_block(uint64_t *seed, size_t block, size_t index, bool tiny)
{
    switch (block % 4) {
    case 1:
        return block % 8 == 1 ? 0.25f : 0.03125f;
    case 2:
        return 0.0f;
    case 3:
        return index % 2 ? 0.5f + 0.4f * uniform(seed) : -0.5f - 0.4f * uniform(seed);
    default:
        return gradient(seed, index, tiny);
    }
}

/* What is held to equal bytes on a device that flushes subnormal numbers has none, nor makes any.
 */
static bool has_tiny(const clstep__trial *trial)
{
    return !(trial->by_bytes && (trial->setting->departs & CLSTEP_DEPARTS_SUBNORMALS));
}

void clstep__trial_gradients(clstep__trial *trial)
{
    const bool tiny = has_tiny(trial);
    for (size_t k = 0; k < CLSTEP__TRIAL_TENSORS; k++) {
        const clstep__trial_tensor *tensor = &trial->tensors[k];
        const clstep__trial_buffer *grad = &trial->grads[tensor->grad_buffer];
        for (size_t i = 0; i < tensor->count; i++) {
            const size_t block = i / CLSTEP_BLOCK + k + (size_t)trial->step;
            const float g = trial->by_bytes ? gradient_in_block(&trial->seed, block, i + k, tiny)
                                            : gradient(&trial->seed, i + k, tiny);
            clstep__number_to(trial->setting->of->format.grad, (double)g,
                              clstep__trial_at(grad->host, grad->width, tensor->grad_offset + i));
        }
    }
}

static void fill_buffer(const clstep__trial_buffer *buffer, int32_t dtype, float number)
{
    for (size_t i = 0; i < buffer->size; i++)
        clstep__number_to(dtype, (double)number, clstep__trial_at(buffer->host, buffer->width, i));
}

static void fill_tensor(clstep__trial *trial, const clstep__trial_tensor *tensor)
{
    const bool tiny = has_tiny(trial);
    const clstep__trial_buffer *param = &trial->params[tensor->param_buffer];
    const double initial = trial->rules[tensor->group].initial_square_avg;
    for (size_t i = 0; i < tensor->count; i++)
        clstep__number_to(trial->setting->of->format.param,
                          (double)parameter(&trial->seed, i, tiny),
                          clstep__trial_at(param->host, param->width, tensor->param_offset + i));
    for (size_t a = 0; a < trial->array_count; a++) {
        const clstep__trial_array *array = &trial->arrays[a];
        const size_t per = array->form.per;
        clstep__first_value value;
        /* the first state, or its scales */
        const bool is_first = a == 0 || (a == trial->state_count && per > 1);
        clstep__format_first(&array->form, is_first ? initial : 0, &value);
        for (size_t i = 0; i < tensor->count; i += per)
            memcpy(clstep__trial_at(array->host, array->width, (tensor->element + i) / per),
                   value.bytes, array->width);
    }
}

void clstep__trial_fill(clstep__trial *trial)
{
    const clstep__format *format = &trial->setting->of->format;
    for (size_t b = 0; b < trial->buffer_count; b++) {
        fill_buffer(&trial->params[b], format->param, param_guard);
        fill_buffer(&trial->grads[b], format->grad, NAN);
    }
    for (size_t k = 0; k < CLSTEP__TRIAL_TENSORS; k++)
        fill_tensor(trial, &trial->tensors[k]);
}
