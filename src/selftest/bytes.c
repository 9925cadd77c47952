/* Compares tensors of other formats than fp32 with the scalar reference, byte by byte. */
#include "selftest/bytes.h"

#include "base/text.h"
#include "format/dtypes.h"
#include "reference/block8_step.h"

#include <stdio.h>
#include <string.h>

/* The elements of one array of a tensor: the reference's and the device's. */
typedef struct {
    const char *name;
    size_t count;
    size_t width;
    bool has_sign; /* a float: the highest bit is the sign */
    unsigned char *host;
    const unsigned char *read;
} run;

/* The bytes of an element as one number; host and device have the same byte order. */
static unsigned long long bits_of(const unsigned char *bytes, size_t width)
{
    uint64_t wide = 0;
    uint32_t word = 0;
    uint16_t low = 0;
    switch (width) {
    case sizeof wide:
        memcpy(&wide, bytes, sizeof wide);
        return wide;
    case sizeof word:
        memcpy(&word, bytes, sizeof word);
        return word;
    case sizeof low:
        memcpy(&low, bytes, sizeof low);
        return low;
    default:
        return *bytes;
    }
}

/* Describes the first difference of all. */
static void tell(const clstep__trial *trial, const clstep__trial_tensor *tensor, const run *of,
                 size_t index)
{
    clstep_selftest_result *result = trial->result;
    if (result->first[0] != '\0')
        return;
    const int digits = (int)(2 * of->width);
    snprintf(result->first, sizeof result->first,
             "%s, %s: step %llu, tensor of %zu element%s, %s[%zu]: 0x%0*llx instead of 0x%0*llx",
             trial->setting->of->preset, trial->setting->of->name, (unsigned long long)trial->step,
             tensor->count, clstep__plural(tensor->count), of->name, index, digits,
             bits_of(of->read + index * of->width, of->width), digits,
             bits_of(of->host + index * of->width, of->width));
}

static bool is_floating(int32_t dtype)
{
    return dtype == CLSTEP_DTYPE_FLOAT32 || dtype == CLSTEP_DTYPE_FLOAT64 ||
           clstep__has_16_bits(dtype);
}

/* One is 0 and the other -0. */
static bool differ_by_sign(const run *of, size_t index)
{
    const uint64_t sign = UINT64_C(1) << (8 * of->width - 1);
    const uint64_t host = bits_of(of->host + index * of->width, of->width);
    const uint64_t read = bits_of(of->read + index * of->width, of->width);
    return of->has_sign && ((host | read) & ~sign) == 0 && host != read;
}

/* Compares, then takes over the device's bytes. */
static void compare_run(clstep__trial *trial, const clstep__trial_tensor *tensor, const run *of)
{
    clstep_selftest_count *count = &trial->result->count;
    for (size_t i = 0; i < of->count; i++) {
        if (memcmp(of->host + i * of->width, of->read + i * of->width, of->width) == 0)
            continue;
        count->different++;
        count->outside++;
        trial->result->wrong_zeros += differ_by_sign(of, i);
        tell(trial, tensor, of, i);
    }
    count->elements += of->count;
    memcpy(of->host, of->read, of->count * of->width);
}

static void expect_block(const clstep__trial *trial, const clstep__trial_tensor *tensor,
                         size_t first, size_t count)
{
    const clstep__trial_buffer *param = &trial->params[tensor->param_buffer];
    const clstep__trial_buffer *grad = &trial->grads[tensor->grad_buffer];
    clstep__block block = {
        .rule = &trial->rules[tensor->group],
        .lr = trial->lr[tensor->group],
        .t = trial->step,
        .seed = clstep__trial_seed,
        .format = trial->setting->of->format,
        .element = tensor->element + first,
        .count = count,
        .param = clstep__element_at(param->host, param->width, tensor->param_offset + first),
        .grad = clstep__element_at(grad->host, grad->width, tensor->grad_offset + first)};
    for (size_t a = 0; a < trial->array_count; a++) {
        const clstep__trial_array *array = &trial->arrays[a];
        block.arrays[a] = clstep__element_at(array->host, array->width,
                                             (tensor->element + first) / array->form.per);
    }
    clstep__reference_block(&block);
}

void clstep__compare_bytes(clstep__trial *trial, const clstep__trial_tensor *tensor)
{
    for (size_t i = 0; i < tensor->count; i += CLSTEP_BLOCK8_ELEMENTS) {
        const size_t left = tensor->count - i;
        expect_block(trial, tensor, i,
                     left < CLSTEP_BLOCK8_ELEMENTS ? left : CLSTEP_BLOCK8_ELEMENTS);
    }
    const clstep__trial_buffer *param = &trial->params[tensor->param_buffer];
    run of = {"p",
              tensor->count,
              param->width,
              true,
              clstep__element_at(param->host, param->width, tensor->param_offset),
              clstep__element_at(trial->read, param->width, tensor->param_offset)};
    compare_run(trial, tensor, &of);
    for (size_t a = 0; a < trial->array_count; a++) {
        const clstep__trial_array *array = &trial->arrays[a];
        const size_t per = array->form.per;
        of = (run){array->form.name,
                   (tensor->count + per - 1) / per,
                   array->width,
                   is_floating(array->form.dtype),
                   clstep__element_at(array->host, array->width, tensor->element / per),
                   clstep__element_at(array->read, array->width, tensor->element / per)};
        compare_run(trial, tensor, &of);
    }
}
