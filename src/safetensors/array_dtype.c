/* The dtypes of arrays by their names in files, and the search for bad numbers in arrays. */
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

/* An element as fp32. Codes and residuals cannot be bad. A scale stands for the largest number of
 * its block, which is NaN if a number of the block is. */
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
        /* do not narrow: fp64 has numbers that would be 0 or infinite in fp32 */
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

/* Arrays in fp32, the usual case, have a loop of their own: with a call for each element a hundred
 * million took 10 s. */
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
