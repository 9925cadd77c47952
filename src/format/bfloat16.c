/* bf16 on the host, with the bits of kernels/update/bfloat16.clh. */
#include "format/bfloat16.h"

#include "format/bits.h"

#include <math.h>

uint16_t clstep__to_bfloat16(float x)
{
    const uint32_t bits = clstep__bits_of(x);
    if (isnan(x))
        return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16 | 0x7fc0);
    const uint32_t low = bits & 0xffff;
    const uint32_t high = bits >> 16;
    return (uint16_t)(high + (low > 0x8000 || (low == 0x8000 && high % 2 == 1)));
}

uint16_t clstep__to_bfloat16_by(float x, uint32_t random)
{
    return (uint16_t)((clstep__bits_of(x) + (isnan(x) ? 0 : random >> 16)) >> 16);
}

float clstep__from_bfloat16(uint16_t x)
{
    return clstep__float_of((uint32_t)x << 16);
}

uint16_t clstep__split_bfloat16(float x, uint16_t *rest)
{
    const uint32_t bits = isnan(x) ? 0x7fc00000 : clstep__bits_of(x);
    *rest = (uint16_t)bits;
    return (uint16_t)((bits + 0x8000) >> 16);
}

float clstep__join_bfloat16(uint16_t x, uint16_t rest)
{
    return clstep__float_of(((uint32_t)x << 16) + (uint32_t)clstep__signed16(rest));
}
