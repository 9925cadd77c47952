/* For the tests of abi/soft_double.h and soft_power.h: doubles, their bits, and bits at random. */
#ifndef TESTS_UNIT_DOUBLES_H
#define TESTS_UNIT_DOUBLES_H

#include "abi/soft_double.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double double_of(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Whether `got` is what the host says, or the one NaN for any of its. */
static inline int is_double(uint64_t got, double wanted)
{
    return got == (isnan(wanted) ? CLSTEP_SOFT_NAN : bits_of(wanted));
}

static inline int is_float(uint32_t got, float wanted)
{
    uint32_t bits;
    memcpy(&bits, &wanted, sizeof bits);
    return got == (isnan(wanted) ? 0x7fc00000u : bits);
}

/* S. Vigna's splitmix64 */
static inline uint64_t next_word(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

#endif
