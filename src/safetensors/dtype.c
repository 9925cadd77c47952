/* The format's dtypes, and the bytes of a shape. The library computes with a few of them only. */
#include "safetensors/dtype.h"

#include <string.h>

static const clstep__dtype dtypes[] = {
    {"BOOL", 8},        {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"U8", 8},
    {"I8", 8},          {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8},
    {"F8_E5M2FNUZ", 8}, {"I16", 16},    {"U16", 16},    {"F16", 16},    {"BF16", 16},
    {"I32", 32},        {"U32", 32},    {"F32", 32},    {"C64", 64},    {"F64", 64},
    {"I64", 64},        {"U64", 64},
};

const clstep__dtype *clstep__dtype_find(const char *name)
{
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
        if (strcmp(dtypes[i].name, name) == 0)
            return &dtypes[i];
    }
    return NULL;
}

static bool multiply(uint64_t *product, uint64_t factor)
{
    if (*product && factor > UINT64_MAX / *product)
        return false;
    *product *= factor;
    return true;
}

bool clstep__shape_size(const clstep__dtype *dtype, size_t rank, const uint64_t *shape,
                        uint64_t *count, uint64_t *bytes, bool *partial_byte)
{
    *count = 1;
    for (size_t i = 0; i < rank; i++) {
        if (!multiply(count, shape[i]))
            return false;
    }
    uint64_t bits = *count;
    if (!multiply(&bits, dtype->bits))
        return false;
    *bytes = bits / 8;
    *partial_byte = bits % 8 != 0;
    return true;
}
