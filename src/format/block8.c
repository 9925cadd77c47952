/* 8-bit block state on the host, with the bits of kernels/block8. */
#include "format/block8.h"

#include "abi/block8.h"
#include "format/bits.h"

#include <math.h>

static float decode(uint8_t code, uint32_t scale, bool with_sign)
{
    const uint32_t number = with_sign ? code & 127 : code;
    const uint32_t shift = scale % 32;
    const uint32_t origin = scale - shift;
    const uint32_t sign = with_sign && code > 127 ? 0x80000000u : 0;
    return clstep__float_of(sign | (number ? origin + (number << shift) : 0));
}

void clstep__decode_block(const uint8_t *codes, uint32_t scale, bool with_sign, size_t count,
                          float *numbers)
{
    for (size_t i = 0; i < count; i++)
        numbers[i] = decode(codes[i], scale, with_sign);
}

/* The range that the codes of a block must cover: sizes (bits without the sign) above 0, from
 * `least` to `greatest`. Both are 0 if all numbers are 0. */
typedef struct {
    uint32_t least;
    uint32_t greatest;
} reach;

static uint32_t size_of(float x)
{
    return clstep__bits_of(x) & 0x7fffffffu;
}

/* Numbers above the limit do not count, nor does the greatest if it is far above all others: one
 * outlier must not cost the others their precision. */
static reach find_reach(const float *numbers, size_t count, bool with_sign)
{
    const uint32_t limit = CLSTEP_BLOCK8_LIMIT(with_sign);
    uint32_t least = UINT32_MAX, greatest = 0, second = 0;
    bool beyond = false;
    for (size_t i = 0; i < count; i++) {
        const uint32_t size = size_of(numbers[i]);
        beyond = beyond || size > limit;
        if (size == 0 || size > limit)
            continue;
        least = size < least ? size : least;
        if (size > greatest) {
            second = greatest;
            greatest = size;
        } else if (size > second) {
            second = size;
        }
    }
    if (greatest == 0)
        return beyond ? (reach){limit, limit} : (reach){0, 0};
    if (second > 0 && greatest - second > CLSTEP_BLOCK8_APART(with_sign))
        greatest = second;
    return (reach){least, greatest};
}

/* The scale with the least shift, from 5 to 20, with which `codes` codes cover the range, and a
 * little more. */
static uint32_t choose_scale(reach of, uint32_t codes)
{
    uint32_t shift = 5;
    if (of.greatest == 0)
        return shift;
    const uint32_t apart = (of.greatest - of.least) + (of.greatest - of.least) / 32;
    while (shift < 20 && apart >> shift > codes)
        shift++;
    const uint32_t top = (of.greatest >> shift) + (of.greatest % (1u << shift) != 0);
    return (top > codes ? (top - codes) << shift : 0) + shift;
}

/* The code of a number that is not below the first code. */
static uint8_t cut(uint32_t size, uint32_t scale, uint32_t random)
{
    const uint32_t shift = scale % 32;
    const uint32_t above = size - (scale - shift);
    return (uint8_t)((above + (random >> (32 - shift))) >> shift);
}

static uint8_t encode(float x, uint32_t scale, uint32_t greatest, bool with_sign, uint32_t random)
{
    const uint32_t shift = scale % 32;
    const uint32_t first = (scale - shift) + (1u << shift);
    const uint32_t size = size_of(x) < greatest ? size_of(x) : greatest;
    if (!with_sign)
        return size == 0 ? 0 : size < first ? 1 : cut(size, scale, random);
    const uint8_t sign = signbit(x) ? 128 : 0;
    if (size >= first)
        return sign | cut(size, scale, random);
    const float part = 2 * (clstep__float_of(first) * 0x1p-17f);
    return sign | (((float)(random >> 16) + 0.5f) * part < clstep__float_of(size));
}

uint32_t clstep__encode_block(const float *numbers, bool with_sign, size_t count,
                              const uint32_t *random, uint8_t *codes)
{
    const reach of = find_reach(numbers, count, with_sign);
    const uint32_t scale = choose_scale(of, with_sign ? 127 : 255);
    for (size_t i = 0; i < count; i++)
        codes[i] = encode(numbers[i], scale, of.greatest, with_sign, random[i]);
    return scale;
}
