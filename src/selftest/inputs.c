/* Makes numbers for every branch of a rule and every format: zeros, constants, subnormal numbers,
 * numbers at the end of a range. */
#include "selftest/inputs.h"

#include "base/random.h"
#include "reference/block8_step.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* The guards around gradients are NaN, so that a result computed from them shows. Those around
 * parameters are a number, because an update would not change NaN. */
static const float param_guard = 0x1.beefp3f;

/* Makes numbers in fp64, with more bits than fp32 has: so a kernel that rounds fp64 to fp32 shows.
 */
static double uniform(uint64_t *seed)
{
    return (double)(clstep__random_next(seed) >> 11) * 0x1p-52 - 1;
}

/* Nine decades with both signs, zeros of both signs, subnormal numbers, numbers whose square is
 * subnormal, and constants, which make v - m^2 almost 0. */
static double gradient(uint64_t *seed, size_t index, bool tiny)
{
    static const double decades[] = {1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 1e1, 1e2, 1e3};
    switch (index % 29) {
    case 3:
        return 0.0;
    case 7:
        return -0.0;
    case 11:
        return (tiny ? 1e-41 : 1e-5) * uniform(seed);
    case 13:
        return (tiny ? 1e-20 : 1e-5) * uniform(seed);
    case 17:
        return 0x1.99999bp-4; /* in the middle of two numbers of fp32 */
    default:
        return uniform(seed) * decades[index % 9];
    }
}

static double parameter(uint64_t *seed, size_t index, bool tiny)
{
    switch (index % 31) {
    case 5:
        return 0.0;
    case 19:
        return (tiny ? 1e-40 : 1e-3) * uniform(seed);
    default:
        return uniform(seed);
    }
}

/* Blocks of 8-bit state that cover all decades, one or none, and that change from one to another.
 * With the lr of these cases, a gradient of 0.25 makes ties in bf16 parameters from 1/2 to 1, and
 * 0.03125 in fp16 parameters. */
static double gradient_in_block(uint64_t *seed, size_t block, size_t index, bool tiny)
{
    switch (block % 4) {
    case 1:
        return block % 8 == 1 ? 0.25 : 0.03125;
    case 2:
        return 0.0;
    case 3:
        return index % 2 ? 0.5 + 0.4 * uniform(seed) : -0.5 - 0.4 * uniform(seed);
    default:
        return gradient(seed, index, tiny);
    }
}

/* ---- numbers that overflow their formats */

/* The largest finite number of a dtype; for fp64 that of fp32, to which it is rounded here. */
static double largest(int32_t dtype)
{
    return dtype == CLSTEP_DTYPE_FLOAT16    ? 65504
           : dtype == CLSTEP_DTYPE_BFLOAT16 ? 0x1.fep127
                                            : (double)FLT_MAX;
}

/* In some blocks the gradients are as large as possible, and the parameters move away from 0 until
 * they become infinite, at once or after some steps. So do master copies, residuals and momentum.
 * Each gradient keeps its sign, because infinity minus infinity is NaN, whose bits are not
 * promised. For the same reason rules that can be centred, which subtracts squares, have no such
 * blocks. */
static bool is_extreme(const clstep__trial *trial, size_t tensor, size_t index)
{
    return trial->by_bytes && !clstep_rule_has(&trial->rules[0], "centered") &&
           (index / CLSTEP_BLOCK8_ELEMENTS + tensor) % 8 == 5;
}

/* Half of these gradients are the largest number of their dtype. The others are smaller and smaller
 * parts of the parameter's largest number, so that lr times the gradient is one unit in its last
 * place, half a unit, and other parts of a unit. So sums in fp32 lie on both sides of the bound at
 * which infinity begins. */
static double extreme_gradient(const clstep__format *format, uint64_t *seed, size_t index)
{
    const double size = index % 4 < 2 ? largest(format->grad)
                                      : ldexp(largest(format->param), -(int)(index / 4 % 8));
    return (index % 2 ? size : -size) * (1 + 0x1p-24 * uniform(seed));
}

static double extreme_parameter(const clstep__format *format, uint64_t *seed, size_t index)
{
    const double size = largest(format->param) * (index % 3 ? 1 : 0.75 + 0.25 * uniform(seed));
    return index % 2 ? -size : size;
}

/* ---- the arrays */

/* If bytes must be equal on a device that flushes subnormal numbers, the numbers must not be or
 * become subnormal. */
static bool has_tiny(const clstep__trial *trial)
{
    return !(trial->by_bytes && (trial->setting->departs & CLSTEP_DEPARTS_SUBNORMALS));
}

void clstep__inputs_gradients(clstep__trial *trial)
{
    const bool tiny = has_tiny(trial);
    const clstep__format *format = &trial->setting->of->format;
    for (size_t k = 0; k < trial->tensor_count; k++) {
        const clstep__trial_tensor *tensor = &trial->tensors[k];
        const clstep__trial_buffer *grad = &trial->grads[tensor->grad_buffer];
        for (size_t i = 0; i < tensor->count; i++) {
            const size_t block = i / CLSTEP_BLOCK8_ELEMENTS + k + (size_t)trial->step;
            const double g = is_extreme(trial, k, i) ? extreme_gradient(format, &trial->seed, i)
                             : trial->by_bytes ? gradient_in_block(&trial->seed, block, i + k, tiny)
                                               : gradient(&trial->seed, i + k, tiny);
            clstep__number_to(format->grad, g,
                              clstep__element_at(grad->host, grad->width, tensor->grad_offset + i));
        }
    }
}

static void fill_buffer(const clstep__trial_buffer *buffer, int32_t dtype, float number)
{
    for (size_t i = 0; i < buffer->size; i++)
        clstep__number_to(dtype, (double)number,
                          clstep__element_at(buffer->host, buffer->width, i));
}

static void fill_params(clstep__trial *trial, size_t k)
{
    const bool tiny = has_tiny(trial);
    const clstep__format *format = &trial->setting->of->format;
    const clstep__trial_tensor *tensor = &trial->tensors[k];
    const clstep__trial_buffer *param = &trial->params[tensor->param_buffer];
    for (size_t i = 0; i < tensor->count; i++) {
        const double p = is_extreme(trial, k, i) ? extreme_parameter(format, &trial->seed, i)
                                                 : parameter(&trial->seed, i, tiny);
        clstep__number_to(format->param, p,
                          clstep__element_at(param->host, param->width, tensor->param_offset + i));
    }
}

static void fill_arrays(clstep__trial *trial, const clstep__trial_tensor *tensor)
{
    const double initial = trial->rules[tensor->group].initial_square_avg;
    for (size_t a = 0; a < trial->array_count; a++) {
        const clstep__trial_array *array = &trial->arrays[a];
        const size_t per = array->form.per;
        clstep__first_value value;
        /* the first state, or its scales */
        const bool is_first = a == 0 || (a == trial->state_count && per > 1);
        clstep__format_first(&array->form, is_first ? initial : 0, &value);
        for (size_t i = 0; i < tensor->count; i += per)
            memcpy(clstep__element_at(array->host, array->width, (tensor->element + i) / per),
                   value.bytes, array->width);
    }
}

void clstep__inputs_fill(clstep__trial *trial)
{
    const clstep__format *format = &trial->setting->of->format;
    for (size_t b = 0; b < trial->buffer_count; b++) {
        fill_buffer(&trial->params[b], format->param, param_guard);
        fill_buffer(&trial->grads[b], format->grad, NAN);
    }
    for (size_t k = 0; k < trial->tensor_count; k++) {
        fill_params(trial, k);
        fill_arrays(trial, &trial->tensors[k]);
    }
}
