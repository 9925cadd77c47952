/* The bits of fp32 numbers, and residuals as signed numbers. */
#include "format/bits.h"

#include <string.h>

uint32_t clstep__bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

float clstep__float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

int32_t clstep__signed16(uint16_t rest)
{
    return rest < 0x8000 ? rest : rest - 0x10000;
}
