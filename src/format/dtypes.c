/* The table of dtypes, the only one. */
#include "format/dtypes.h"

#include <string.h>

static const clstep_dtype_info infos[] = {
    [CLSTEP_DTYPE_FLOAT32] = {"fp32", "F32", 4, .is_param = 1, .is_grad = 1},
    [CLSTEP_DTYPE_BFLOAT16] = {"bf16", "BF16", 2, .is_param = 1, .is_grad = 1},
    [CLSTEP_DTYPE_FLOAT16] = {"fp16", "F16", 2, .is_param = 1, .is_grad = 1},
    [CLSTEP_DTYPE_FLOAT64] = {"fp64", "F64", 8, .is_param = 1, .is_grad = 1},
    [CLSTEP_DTYPE_UINT8] = {"8bit", "U8", 1, .is_param = 0, .is_grad = 0},
    [CLSTEP_DTYPE_UINT16] = {"uint16", "U16", 2, .is_param = 0, .is_grad = 0},
    [CLSTEP_DTYPE_UINT32] = {"uint32", "U32", 4, .is_param = 0, .is_grad = 0},
};

enum { DTYPES = sizeof infos / sizeof *infos };

const clstep_dtype_info *clstep_dtype_describe(clstep_dtype dtype)
{
    return (int)dtype >= 0 && (int)dtype < DTYPES ? &infos[dtype] : NULL;
}

size_t clstep_dtype_size(clstep_dtype dtype)
{
    const clstep_dtype_info *info = clstep_dtype_describe(dtype);
    return info ? info->size : 0;
}

int32_t clstep_dtype_find(const char *name)
{
    for (int32_t i = 0; name && i < DTYPES; i++) {
        if (strcmp(infos[i].name, name) == 0 || strcmp(infos[i].safetensors, name) == 0)
            return i;
    }
    return -1;
}

bool clstep__has_16_bits(int32_t dtype)
{
    const clstep_dtype_info *info = clstep_dtype_describe((clstep_dtype)dtype);
    return info && info->is_param && info->size == 2;
}
