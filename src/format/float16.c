/* fp16 on the host, with the bits of kernels/update/float16.clh. */
#include "format/float16.h"

#include "format/bits.h"

#include <math.h>

static uint16_t sign_of(float x)
{
    return signbit(x) ? 0x8000 : 0;
}

/* The distance between neighbouring fp16 numbers near `size`, which is below 2^16. */
static double unit_of(double size)
{
    int exponent;
    frexp(size, &exponent);
    return ldexp(1, exponent > -13 ? exponent - 11 : -24);
}

/* The bits of `size`, which is an fp16 number or too large for one. */
static uint16_t pack(double size)
{
    if (size >= 65536)
        return 0x7c00;
    int exponent;
    if (size < ldexp(1, -14))
        return (uint16_t)ldexp(size, 24);
    const double part = frexp(size, &exponent); /* in [1/2, 1) */
    return (uint16_t)((exponent + 14) << 10 | ((int)ldexp(part, 11) & 0x3ff));
}

uint16_t clstep__to_half(float x)
{
    if (isnan(x))
        return (uint16_t)(sign_of(x) | 0x7e00);
    const double size = fabs((double)x);
    if (size >= 65536)
        return (uint16_t)(sign_of(x) | 0x7c00);
    const double unit = unit_of(size);
    return (uint16_t)(sign_of(x) | pack(nearbyint(size / unit) * unit));
}

uint16_t clstep__to_half_by(float x, uint32_t random)
{
    if (isnan(x))
        return (uint16_t)(sign_of(x) | 0x7e00);
    const double size = fabs((double)x);
    if (size >= 65536)
        return (uint16_t)(sign_of(x) | 0x7c00);
    /* fp16 has 13 bits fewer than fp32; a subnormal number loses more, but only 16 of them count */
    const double unit = unit_of(size);
    const double parts = size < ldexp(1, -14) ? 65536 : 8192;
    const double added = (double)(size < ldexp(1, -14) ? random >> 16 : random >> 19);
    return (uint16_t)(sign_of(x) |
                      pack(floor((floor(size / unit * parts) + added) / parts) * unit));
}

float clstep__from_half(uint16_t x)
{
    const uint32_t sign = (uint32_t)(x & 0x8000) << 16;
    const int exponent = x >> 10 & 31;
    const int part = x & 0x3ff;
    if (exponent == 31)
        return clstep__float_of(sign | 0x7f800000 | (uint32_t)part << 13);
    const double size = exponent ? ldexp(1024 + part, exponent - 25) : ldexp(part, -24);
    return (float)(sign ? -size : size);
}

/* Counts in units of the last place / 2^16. A normal fp32 number has 13 bits after that place. */
uint16_t clstep__split_half(float x, uint16_t *rest)
{
    *rest = 0;
    if (isnan(x))
        return (uint16_t)(sign_of(x) | 0x7e00);
    const uint32_t size = clstep__bits_of(fabsf(x));
    if (fabsf(x) >= 65520.0f)
        return (uint16_t)(sign_of(x) | 0x7c00);
    uint32_t units;
    if (size < 0x38800000)
        units = (uint32_t)ldexp((double)fabsf(x), 40);
    else
        units = (size - 0x38000000) << 3;
    *rest = (uint16_t)units;
    return (uint16_t)(sign_of(x) | (units + 0x8000) >> 16);
}

float clstep__join_half(uint16_t x, uint16_t rest)
{
    const int32_t units = ((x & 0x7fff) << 16) + clstep__signed16(rest);
    const uint32_t sign = (uint32_t)(x & 0x8000) << 16;
    if ((x & 0x7fff) >= 0x7c00)
        return clstep__float_of(sign | (((uint32_t)(x & 0x7fff) << 13) + 0x70000000));
    if (units < 0x4000000)
        return clstep__float_of(clstep__bits_of((float)ldexp(units, -40)) | sign);
    const int32_t left = clstep__signed16(rest) >> 3;
    return clstep__float_of(sign | (uint32_t)(((x & 0x7fff) << 13) + 0x38000000 + left));
}
