/* The generator of the inputs, which uses integers only. */
#include "seeded.h"

#include <string.h>

enum { PARAMETER = 255 }; /* in the place of the step */

static uint64_t random_bits(seeded_place at)
{
    uint64_t z = at.model << 56 | at.tensor << 48 | at.t << 32 | at.i;
    z += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static float fp32(uint64_t sign, uint64_t exponent, uint64_t r)
{
    const uint32_t bits = (uint32_t)(sign << 31 | exponent << 23 | (r >> 41 & 0x7fffff));
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* 1e-3 to 16 */
float seeded_parameter(seeded_place at)
{
    at.t = PARAMETER;
    const uint64_t r = random_bits(at);
    return fp32(r & 1, 127 - 10 + (r >> 1) % 14, r);
}

/* Nine decades. */
static float ordinary(uint64_t r, uint64_t flip)
{
    return fp32((r & 1) ^ flip, 127 - 20 + (r >> 1) % 31, r);
}

float seeded_gradient(seeded_place at)
{
    const uint64_t r = random_bits(at);
    const uint64_t t = at.t;
    at.t = 0;
    switch (at.i % 16) {
    case 0: /* always zero */
        return 0.0f;
    case 1: /* constant */
        return ordinary(random_bits(at), 0);
    case 2: /* subnormal */
        return fp32(r & 1, 0, r);
    case 3: /* the sign alternates */
        return ordinary(random_bits(at), t & 1);
    case 4: /* now and then zero */
        return (r >> 8) % 4 == 0 ? 0.0f : ordinary(r, 0);
    default:
        return ordinary(r, 0);
    }
}
