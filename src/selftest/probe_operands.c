/* Chooses operands with which devices round wrongly, flush, or lose the sign of a zero. */
#include "selftest/probe_operands.h"

#include "base/random.h"

#include <math.h>

/* A random mantissa and sign, and an exponent in [least, most]. */
static float any_float(uint64_t *seed, int least, int most)
{
    const float mantissa = 1.0f + (float)(clstep__random_next(seed) >> 41) / 8388608.0f;
    const int exponent = least + (int)(clstep__random_next(seed) % (uint64_t)(most - least + 1));
    return ldexpf(clstep__random_next(seed) & 1 ? -mantissa : mantissa, exponent);
}

/* Their quotients and roots are exact, or lie close to the middle between two fp32 numbers. */
static const float hard[] = {1.0f,           0x1.000002p0f,  0x1.fffffep-1f, 0x1.fffffep0f,
                             0x1.555556p-2f, 0x1.99999ap-4f, 3.0f,           7.0f,
                             10.0f,          0x1.000006p0f,  0x1.fffffap0f,  0x1.6a09e6p0f,
                             0x1.6a09e8p0f,  0x1.800002p1f,  0x1.fffffcp9f,  16777215.0f};

/* Their sums and products are often zeros, of both signs. */
static const float zeros[] = {0.0f, -0.0f, 1.0f, -1.0f, 0.5f, -0.5f, 0x1p20f, -0x1p20f};

/* First all pairs of hard numbers, then all triples of zeros. */
enum {
    HARD = sizeof hard / sizeof *hard,
    ZEROS = sizeof zeros / sizeof *zeros,
    HARD_END = HARD * HARD,
    ZEROS_END = HARD_END + ZEROS * ZEROS * ZEROS
};

/* A number for each case in which a subnormal number is an operand or a result. */
static float around_subnormal(uint64_t *seed)
{
    switch (clstep__random_next(seed) % 5) {
    case 0:
        return any_float(seed, -149, -127); /* subnormal; ldexpf rounds */
    case 1:
        return any_float(seed, -126, -100);
    case 2:
        return any_float(seed, -75, -55);
    case 3:
        return any_float(seed, -20, 20);
    default:
        return any_float(seed, 30, 60);
    }
}

/* In every second case the third operand cancels the product of the others except for its last
 * bits. If a device rounds the product separately, every bit is wrong then. */
void clstep__probe_choose(clstep__probe_operands *operands)
{
    uint64_t seed = 754;
    for (size_t i = 0; i < operands->count; i++) {
        float *const a = &operands->a[i], *const b = &operands->b[i];
        if (i < HARD_END) {
            *a = hard[i / HARD];
            *b = hard[i % HARD];
        } else if (i < ZEROS_END) {
            *a = zeros[(i - HARD_END) / (ZEROS * ZEROS)];
            *b = zeros[(i - HARD_END) / ZEROS % ZEROS];
        } else if (i % 4 == 3) {
            *a = around_subnormal(&seed);
            *b = around_subnormal(&seed);
        } else {
            *a = any_float(&seed, -30, 30);
            *b = any_float(&seed, -30, 30);
        }
        const float product = *a * *b;
        if (i >= HARD_END && i < ZEROS_END)
            operands->c[i] = zeros[(i - HARD_END) % ZEROS];
        else if (i % 4 == 3 && i >= ZEROS_END)
            operands->c[i] = i % 8 == 3 ? around_subnormal(&seed) : -*a * 0.75f;
        else
            operands->c[i] = i % 2 ? -product : any_float(&seed, -30, 30);
    }
}
