#include "format/block8.h"

#include "format/low16.h"

#include <math.h>

/* The largest numbers: what eight codes to an octave still reach, infinity, NaN. */
static const uint32_t reachable = 0x7f700000, infinite = 0x7f800000, not_a_number = 0x7fc00000;

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

/* The bits of a number without its sign, of what can be coded. */
static uint32_t size_of(float x)
{
    const uint32_t size = clstep__bits_of(fabsf(x));
    if (isnan(x))
        return not_a_number;
    return size == infinite || size < reachable ? size : reachable;
}

/* The least shift from 5 to 20 with which `codes` codes reach from the least number to the
 * greatest, with some to spare. */
static uint32_t choose_scale(const float *numbers, size_t count, uint32_t codes)
{
    uint32_t greatest = 0, least = UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        const uint32_t size = size_of(numbers[i]);
        greatest = size > greatest ? size : greatest;
        least = size > 0 && size < least ? size : least;
    }
    uint32_t shift = 5;
    if (greatest == 0)
        return shift;
    const uint32_t apart = (greatest - least) + (greatest - least) / 32;
    while (shift < 20 && apart >> shift > codes)
        shift++;
    const uint32_t top = (greatest >> shift) + (greatest % (1u << shift) != 0);
    return (top > codes ? (top - codes) << shift : 0) + shift;
}

/* Of a number that is not below the first code. */
static uint8_t cut(uint32_t size, uint32_t scale, uint32_t chance)
{
    const uint32_t shift = scale % 32;
    const uint32_t above = size - (scale - shift);
    return (uint8_t)((above + (chance >> (32 - shift))) >> shift);
}

static uint8_t encode(float x, uint32_t scale, bool with_sign, uint32_t chance)
{
    const uint32_t shift = scale % 32;
    const uint32_t first = (scale - shift) + (1u << shift);
    const uint32_t size = size_of(x);
    if (!with_sign)
        return size == 0 ? 0 : size < first ? 1 : cut(size, scale, chance);
    const uint8_t sign = signbit(x) ? 128 : 0;
    if (size >= first)
        return sign | cut(size, scale, chance);
    const float part = clstep__float_of(first) * 0x1p-16f;
    return sign | (((float)(chance >> 16) + 0.5f) * part < clstep__float_of(size));
}

uint32_t clstep__encode_block(const float *numbers, bool with_sign, size_t count,
                              const uint32_t *chances, uint8_t *codes)
{
    const uint32_t scale = choose_scale(numbers, count, with_sign ? 127 : 255);
    for (size_t i = 0; i < count; i++)
        codes[i] = encode(numbers[i], scale, with_sign, chances[i]);
    return scale;
}
