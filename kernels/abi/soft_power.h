/*
 * Powers of doubles with whole exponents, on integers (abi/soft_double.h): beta^t of bias
 * corrections.
 *
 * Squaring and multiplying go on in 128 bits, and only the end is rounded to a double. A product
 * loses less than 2^-127 of itself, and a square doubles what was lost before, so the error before
 * the end is below t 2^-126 of the power: 2^-106 for t = 2^20, 2^-86 for t = 2^40. Powers of at
 * most 128 bits are exact. So the result is the correctly rounded one, unless the exact power lies
 * that close to the middle between two doubles: for t = 2^20 in one of 2^52 cases.
 */
#ifndef CLSTEP_ABI_SOFT_POWER_H
#define CLSTEP_ABI_SOFT_POWER_H

#include "abi/soft_double.h"

/* significand * 2^exponent; the highest bit of the significand is set. */
typedef struct clstep_soft_factor {
    clstep_soft_wide significand;
    int exponent;
} clstep_soft_factor;

/* The upper 128 bits of a product, the lowest of which is sticky. */
static inline clstep_soft_factor clstep_soft_times(clstep_soft_factor a, clstep_soft_factor b)
{
    const clstep_soft_wide p = a.significand, q = b.significand;
    const clstep_soft_wide upper = clstep_soft_product(p.high, q.high);
    const clstep_soft_wide one = clstep_soft_product(p.high, q.low);
    const clstep_soft_wide other = clstep_soft_product(p.low, q.high);
    const clstep_soft_wide lower = clstep_soft_product(p.low, q.low);
    /* Words of the sum from below: lower.low, rest, low, high. A sum that overflows is less than
     * what was added last. */
    clstep_u64 rest = lower.high + one.low;
    clstep_u64 carry = rest < one.low;
    rest += other.low;
    carry += rest < other.low;
    clstep_u64 low = upper.low + carry;
    clstep_u64 high = upper.high + (low < carry);
    low += one.high;
    high += low < one.high;
    low += other.high;
    high += low < other.high;
    const int shift = high >> 63 == 0;
    if (shift) { /* by sums: Oclgrind does not know what compilers make of h << 1 | l >> 63 */
        const clstep_u64 twice_low = low + low, twice_rest = rest + rest;
        high += high + (twice_low < low);
        low = twice_low + (twice_rest < rest);
        rest = twice_rest;
    }
    const clstep_soft_factor product = {{high, low | ((rest | lower.low) != 0)},
                                        a.exponent + b.exponent + 128 - shift};
    return product;
}

/* base^t as pow() has it; for t = 0 it is 1, also of NaN. */
static inline clstep_u64 clstep_soft_power(clstep_u64 base, clstep_u64 t)
{
    const clstep_u64 size = clstep_soft_size(base);
    const clstep_u64 sign = (t & 1) == 1 ? base & CLSTEP_SOFT_SIGN : 0;
    if (t == 0)
        return CLSTEP_SOFT_ONE;
    if (clstep_soft_is_nan(base))
        return CLSTEP_SOFT_NAN;
    if (size == 0 || size == CLSTEP_SOFT_INFINITY)
        return sign | size;
    const clstep_soft_number number = clstep_soft_normal(clstep_soft_unpack(base));
    const clstep_soft_factor factor = {{number.significand, 0}, number.exponent - 64};
    clstep_soft_factor power = factor;
    int bit = 63;
    while (t >> bit == 0)
        bit--;
    while (bit-- > 0) {
        power = clstep_soft_times(power, power);
        if ((t >> bit & 1) == 1)
            power = clstep_soft_times(power, factor);
        /* Far outside of what a double holds, and going on from there leads farther. */
        if (power.exponent > 4096)
            return sign | CLSTEP_SOFT_INFINITY;
        if (power.exponent < -8192)
            return sign;
    }
    return clstep_soft_pack(sign, power.significand.high | (power.significand.low != 0),
                            power.exponent + 64);
}

#endif
