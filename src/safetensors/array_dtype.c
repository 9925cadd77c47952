/* The dtypes of arrays by their names in files. Arrays are listed in arrays.c. */
#include "safetensors/array_dtype.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

const char *clstep__dtype_name(int32_t dtype)
{
    const clstep_dtype_info *info = clstep_dtype_describe((clstep_dtype)dtype);
    return info ? info->safetensors : NULL;
}

int32_t clstep__dtype_of(const char *name)
{
    const char *known;
    for (int32_t dtype = 0; (known = clstep__dtype_name(dtype)); dtype++) {
        if (strcmp(known, name) == 0)
            return dtype;
    }
    return -1;
}

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* An element as fp32. Codes and residuals are always in order; a scale stands for the largest
 * number of its block, which is NaN if one is. */
static float element(int32_t dtype, const unsigned char *elements, size_t i)
{
    uint16_t half;
    uint32_t word;
    double wide;
    switch (dtype) {
    case CLSTEP_DTYPE_FLOAT32:
        memcpy(&word, elements + i * sizeof word, sizeof word);
        return float_of(word);
    case CLSTEP_DTYPE_FLOAT64:
        memcpy(&wide, elements + i * sizeof wide, sizeof wide);
        /* fp64 also holds what would be zero or infinite in fp32 */
        return !isfinite(wide) ? (float)wide : wide < 0 ? -1 : 0;
    case CLSTEP_DTYPE_BFLOAT16:
        memcpy(&half, elements + i * sizeof half, sizeof half);
        return float_of((uint32_t)half << 16);
    case CLSTEP_DTYPE_UINT32:
        memcpy(&word, elements + i * sizeof word, sizeof word);
        return float_of((word & ~31u) + (255u << (word & 31)));
    default:
        return 0;
    }
}

/* In fp32, which is most of all, by a loop without a call for each element: that took 10 s for a
 * hundred million. */
size_t clstep__array_find_bad(const char *state, int32_t dtype, const void *elements, size_t count,
                              float *value)
{
    const bool in_place = dtype == CLSTEP_DTYPE_FLOAT32 && (uintptr_t)elements % sizeof *value == 0;
    const bool squares = !clstep_state_is_signed(state);
    size_t i = 0;
    if (in_place) {
        i = clstep_state_find_bad(state, elements, count);
        *value = i < count ? ((const float *)elements)[i] : 0;
        return i;
    }
    for (; i < count; i++) {
        *value = element(dtype, elements, i);
        if (!isfinite(*value) || (squares && *value < 0))
            break;
    }
    return i;
}
