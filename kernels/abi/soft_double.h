/*
 * Double arithmetic on integers: the bits that IEEE binary64 gives, on devices without fp64 as on
 * the host. C and OpenCL C include the same text.
 *
 * Functions take and return the bits of doubles. All round to nearest, ties to even, and handle
 * subnormal numbers, infinities, NaN and signed zeros as IEEE 754 says. Every NaN is taken; the one
 * that is returned is CLSTEP_SOFT_NAN. Loops go bit by bit, because one work-item computes a few
 * constants: short code counts, not speed.
 */
#ifndef CLSTEP_ABI_SOFT_DOUBLE_H
#define CLSTEP_ABI_SOFT_DOUBLE_H

#include "abi/types.h"

#define CLSTEP_SOFT_SIGN     0x8000000000000000ul
#define CLSTEP_SOFT_INFINITY 0x7ff0000000000000ul
#define CLSTEP_SOFT_NAN      0x7ff8000000000000ul
#define CLSTEP_SOFT_ONE      0x3ff0000000000000ul

/* significand * 2^exponent */
typedef struct clstep_soft_number {
    clstep_u64 significand;
    int exponent;
} clstep_soft_number;

/* high * 2^64 + low */
typedef struct clstep_soft_wide {
    clstep_u64 high;
    clstep_u64 low;
} clstep_soft_wide;

/* x without its sign. As integers, sizes compare as the numbers do. */
static inline clstep_u64 clstep_soft_size(clstep_u64 x)
{
    return x & ~CLSTEP_SOFT_SIGN;
}

static inline int clstep_soft_is_nan(clstep_u64 x)
{
    return clstep_soft_size(x) > CLSTEP_SOFT_INFINITY;
}

/* ---- rounding ---- */

/* x / 2^places. The lowest bit becomes 1 if bits are lost, so that rounding sees them: it is a
 * sticky bit. */
static inline clstep_u64 clstep_soft_shift(clstep_u64 x, int places)
{
    if (places > 63)
        return x != 0;
    const clstep_u64 kept = x >> places;
    return kept | (kept << places != x);
}

/* The same number with the highest bit of the significand set, unless it is 0. */
static inline clstep_soft_number clstep_soft_normal(clstep_soft_number x)
{
    while (x.significand != 0 && x.significand >> 63 == 0) {
        x.significand <<= 1;
        x.exponent--;
    }
    return x;
}

/* The bits of a number that is rounded to `fraction_bits` and the largest biased exponent `top`,
 * which is that of infinity. A significand with a sticky bit must have 55 bits or more. */
static inline clstep_u64 clstep_soft_round(clstep_soft_number x, int fraction_bits, int top)
{
    const clstep_soft_number normal = clstep_soft_normal(x);
    const int dropped = 63 - fraction_bits;
    const int exponent = normal.exponent + 63 + top / 2;
    if (normal.significand == 0)
        return 0;
    if (exponent >= top)
        return (clstep_u64)top << fraction_bits;
    const int places = exponent < 1 ? 1 - exponent : 0; /* subnormal: fewer bits */
    const clstep_u64 part = clstep_soft_shift(normal.significand, places);
    const clstep_u64 kept = part >> dropped, rest = part - (kept << dropped);
    const clstep_u64 tie = (clstep_u64)1 << (dropped - 1);
    const clstep_u64 up = rest > tie || (rest == tie && (kept & 1) == 1);
    /* The highest bit of a normal significand adds 1 to the exponent, and so does a carry. */
    return ((clstep_u64)(exponent + places - 1) << fraction_bits) + kept + up;
}

/* `sign` is 0 or CLSTEP_SOFT_SIGN. */
static inline clstep_u64 clstep_soft_pack(clstep_u64 sign, clstep_u64 significand, int exponent)
{
    const clstep_soft_number x = {significand, exponent};
    return sign | clstep_soft_round(x, 52, 2047);
}

/* The size of a finite x. The significand has 53 bits, fewer if x is subnormal. */
static inline clstep_soft_number clstep_soft_unpack(clstep_u64 x)
{
    const clstep_u64 fraction = x & 0x000ffffffffffffful;
    const int exponent = (int)(x >> 52 & 2047);
    const clstep_soft_number subnormal = {fraction, -1074};
    const clstep_soft_number normal = {fraction | 0x0010000000000000ul, exponent - 1075};
    return exponent == 0 ? subnormal : normal;
}

/* ---- other formats ---- */

static inline clstep_u64 clstep_soft_from_integer(clstep_u64 n)
{
    return clstep_soft_pack(0, n, 0);
}

/* The bits of binary32 for x. NaN becomes 0x7fc00000. */
static inline clstep_u32 clstep_soft_narrow(clstep_u64 x)
{
    const clstep_u32 sign = (clstep_u32)(x >> 32) & 0x80000000u;
    if (clstep_soft_is_nan(x))
        return 0x7fc00000u;
    if (clstep_soft_size(x) == CLSTEP_SOFT_INFINITY)
        return sign | 0x7f800000u;
    return sign | (clstep_u32)clstep_soft_round(clstep_soft_unpack(x), 23, 255);
}

/* The double that equals the binary32 number with the bits x. */
static inline clstep_u64 clstep_soft_widen(clstep_u32 x)
{
    const clstep_u64 sign = (clstep_u64)(x & 0x80000000u) << 32;
    const clstep_u32 size = x & 0x7fffffffu;
    if (size > 0x7f800000u)
        return CLSTEP_SOFT_NAN;
    if (size == 0x7f800000u)
        return sign | CLSTEP_SOFT_INFINITY;
    if (size < 0x00800000u)
        return clstep_soft_pack(sign, size, -149);
    return sign | (((clstep_u64)size << 29) + ((clstep_u64)(1023 - 127) << 52));
}

/* ---- arithmetic ---- */

static inline clstep_u64 clstep_soft_add(clstep_u64 x, clstep_u64 y)
{
    const int x_is_large = clstep_soft_size(x) >= clstep_soft_size(y);
    const clstep_u64 large = x_is_large ? x : y, small = x_is_large ? y : x;
    if (clstep_soft_is_nan(large))
        return CLSTEP_SOFT_NAN;
    if (clstep_soft_size(large) == CLSTEP_SOFT_INFINITY)
        return small == (large ^ CLSTEP_SOFT_SIGN) ? CLSTEP_SOFT_NAN : large;
    const clstep_soft_number a = clstep_soft_unpack(large), b = clstep_soft_unpack(small);
    /* 9 bits below, for a tie and a sticky bit, and 2 above, for a carry */
    const clstep_u64 more = a.significand << 9;
    const clstep_u64 less = clstep_soft_shift(b.significand << 9, a.exponent - b.exponent);
    const int differ = ((x ^ y) & CLSTEP_SOFT_SIGN) != 0;
    const clstep_u64 sum = differ ? more - less : more + less;
    const clstep_u64 sign = differ && sum == 0 ? 0 : large & CLSTEP_SOFT_SIGN;
    return clstep_soft_pack(sign, sum, a.exponent - 9);
}

static inline clstep_u64 clstep_soft_subtract(clstep_u64 x, clstep_u64 y)
{
    return clstep_soft_add(x, y ^ CLSTEP_SOFT_SIGN);
}

/* All 128 bits of a product, from halves of 32 bits: OpenCL C has mul_hi(), C has not. */
static inline clstep_soft_wide clstep_soft_product(clstep_u64 a, clstep_u64 b)
{
    const clstep_u64 a_low = (clstep_u32)a, a_high = a >> 32;
    const clstep_u64 b_low = (clstep_u32)b, b_high = b >> 32;
    const clstep_u64 low = a_low * b_low;
    const clstep_u64 middle = a_high * b_low + (low >> 32);
    const clstep_u64 other = a_low * b_high + (clstep_u32)middle;
    const clstep_soft_wide product = {a_high * b_high + (middle >> 32) + (other >> 32),
                                      other << 32 | (clstep_u32)low};
    return product;
}

static inline clstep_u64 clstep_soft_multiply(clstep_u64 x, clstep_u64 y)
{
    const clstep_u64 sign = (x ^ y) & CLSTEP_SOFT_SIGN;
    const clstep_u64 p = clstep_soft_size(x), q = clstep_soft_size(y);
    const int has_infinity = p == CLSTEP_SOFT_INFINITY || q == CLSTEP_SOFT_INFINITY;
    if (clstep_soft_is_nan(x) || clstep_soft_is_nan(y) || (has_infinity && (p == 0 || q == 0)))
        return CLSTEP_SOFT_NAN;
    if (has_infinity)
        return sign | CLSTEP_SOFT_INFINITY;
    const clstep_soft_number a = clstep_soft_normal(clstep_soft_unpack(x));
    const clstep_soft_number b = clstep_soft_normal(clstep_soft_unpack(y));
    const clstep_soft_wide product = clstep_soft_product(a.significand, b.significand);
    return clstep_soft_pack(sign, product.high | (product.low != 0), a.exponent + b.exponent + 64);
}

static inline clstep_u64 clstep_soft_divide(clstep_u64 x, clstep_u64 y)
{
    const clstep_u64 sign = (x ^ y) & CLSTEP_SOFT_SIGN;
    const clstep_u64 p = clstep_soft_size(x), q = clstep_soft_size(y);
    const int has_no_ratio = p == q && (p == 0 || p == CLSTEP_SOFT_INFINITY);
    if (clstep_soft_is_nan(x) || clstep_soft_is_nan(y) || has_no_ratio)
        return CLSTEP_SOFT_NAN;
    if (p == CLSTEP_SOFT_INFINITY || q == 0)
        return sign | CLSTEP_SOFT_INFINITY;
    if (p == 0 || q == CLSTEP_SOFT_INFINITY)
        return sign;
    const clstep_soft_number a = clstep_soft_normal(clstep_soft_unpack(x));
    const clstep_soft_number b = clstep_soft_normal(clstep_soft_unpack(y));
    /* 60 bits; the first may be 0. The rest stays below twice the divisor. */
    const clstep_u64 divisor = b.significand >> 1;
    clstep_u64 rest = a.significand >> 1, quotient = 0;
    for (int bit = 0; bit < 60; bit++) {
        const int fits = rest >= divisor;
        quotient = quotient << 1 | fits;
        rest = (fits ? rest - divisor : rest) << 1;
    }
    return clstep_soft_pack(sign, quotient | (rest != 0), a.exponent - b.exponent - 59);
}

static inline clstep_u64 clstep_soft_square_root(clstep_u64 x)
{
    if (clstep_soft_size(x) == 0 || x == CLSTEP_SOFT_INFINITY)
        return x;
    if (x > CLSTEP_SOFT_INFINITY) /* NaN, or negative */
        return CLSTEP_SOFT_NAN;
    const clstep_soft_number a = clstep_soft_normal(clstep_soft_unpack(x));
    const int odd = a.exponent & 1;
    const clstep_u64 wanted = a.significand >> odd;
    /* The largest root whose square is at most wanted * 2^64, from its highest bit on. */
    clstep_u64 root = 0;
    for (clstep_u64 bit = CLSTEP_SOFT_SIGN; bit != 0; bit >>= 1) {
        const clstep_soft_wide square = clstep_soft_product(root | bit, root | bit);
        if (square.high < wanted || (square.high == wanted && square.low == 0))
            root |= bit;
    }
    const int is_exact = clstep_soft_product(root, root).high == wanted;
    return clstep_soft_pack(0, root | !is_exact, (a.exponent + odd) / 2 - 32);
}

#endif
