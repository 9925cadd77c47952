#include "inputs.h"

#include <string.h>
#include <zlib.h>

const size_t tensor_sizes[TENSORS] = {1, 7, 0, 33 * 3, 2 * 3 * 5, LARGE};

enum { PARAMETER = 255 }; /* in the place of the step */

/* Where a number belongs: a model of its own, a tensor in it, a step, an element. */
typedef struct {
    uint64_t model, tensor, t, i;
} place;

static uint64_t random_bits(place at)
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

/* 1e-3 to 8 */
static float parameter(place at)
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

static float gradient(place at)
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

void make_inputs(inputs *in)
{
    size_t at = 0;
    for (size_t k = 0; k < TENSORS; k++) {
        const bool large = k == TENSORS - 1;
        for (uint64_t i = 0; i < tensor_sizes[k]; i++, at++) {
            place where = {large ? 2 : 1, large ? 0 : k, 0, i};
            in->param[at] = parameter(where);
            for (; where.t < STEPS; where.t++)
                in->grad[where.t][at] = gradient(where);
        }
    }
}

void normalise(float *values, size_t count, bool flushed)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        const uint32_t magnitude = bits & 0x7fffffff;
        if (magnitude > 0x7f800000)
            bits = 0x7fc00000;
        if (flushed && magnitude < 0x00800000)
            bits = 0;
        memcpy(&values[i], &bits, sizeof bits);
    }
}

/* Of the little-endian bytes; the hosts on which this test runs are little-endian. */
uint32_t crc_of(const float *values, size_t count)
{
    return (uint32_t)crc32(0, (const unsigned char *)values, (unsigned)(count * sizeof *values));
}
