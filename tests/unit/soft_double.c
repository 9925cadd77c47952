/* Double arithmetic on integers (kernels/abi/soft_double.h) against the host's own, bit for bit. */
#include "doubles.h"
#include "suites.h"

#include <stdlib.h>

/* ---- one operation, one pair */

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void check_pair(uint64_t x, uint64_t y)
{
    const double a = double_of(x), b = double_of(y);
    if (!is_double(clstep_soft_add(x, y), a + b))
        ck_abort_msg("%a + %a is %016llx", a, b, (unsigned long long)clstep_soft_add(x, y));
    if (!is_double(clstep_soft_subtract(x, y), a - b))
        ck_abort_msg("%a - %a is %016llx", a, b, (unsigned long long)clstep_soft_subtract(x, y));
    if (!is_double(clstep_soft_multiply(x, y), a * b))
        ck_abort_msg("%a * %a is %016llx", a, b, (unsigned long long)clstep_soft_multiply(x, y));
    if (!is_double(clstep_soft_divide(x, y), a / b))
        ck_abort_msg("%a / %a is %016llx", a, b, (unsigned long long)clstep_soft_divide(x, y));
}

static void check_one(uint64_t x)
{
    const double a = double_of(x);
    if (!is_double(clstep_soft_square_root(x), sqrt(a)))
        ck_abort_msg("the root of %a is %016llx", a,
                     (unsigned long long)clstep_soft_square_root(x));
    if (!is_float(clstep_soft_narrow(x), (float)a))
        ck_abort_msg("%a becomes the float %08x", a, clstep_soft_narrow(x));
}

static void check_widen(uint32_t x)
{
    if (!is_double(clstep_soft_widen(x), (double)float_of(x)))
        ck_abort_msg("%a becomes the double %016llx", (double)float_of(x),
                     (unsigned long long)clstep_soft_widen(x));
}

static void check_integer(uint64_t n)
{
    if (!is_double(clstep_soft_from_integer(n), (double)n))
        ck_abort_msg("%llu becomes %016llx", (unsigned long long)n,
                     (unsigned long long)clstep_soft_from_integer(n));
}

/* ---- special values */

/* Zero, subnormal numbers, the ends of the normal ones, neighbours of powers of two, infinity, NaN
 * of both kinds; then numbers at and beside the middle of two floats. */
static const uint64_t specials[] = {
    0,
    1,
    2,
    3,
    0x0008000000000000,
    0x000ffffffffffffe,
    0x000fffffffffffff,
    0x0010000000000000,
    0x0010000000000001,
    0x001fffffffffffff,
    0x0020000000000000,
    0x0020000000000001,
    0x0360000000000000, /* 2^-969, 2^-970: whose products with 2^-53 end near the least normal */
    0x0350000000000001,
    0x1e60000000000000, /* 2^-537, 2^-538: their squares are at the least subnormal number */
    0x1e50000000000000,
    0x1e56a09e667f3bcd,
    0x2000000000000000, /* 2^-511, 2^-512 */
    0x1ff0000000000001,
    0x3c90000000000000, /* 2^-54, 2^-53, and beside them */
    0x3c90000000000001,
    0x3c9fffffffffffff,
    0x3ca0000000000000,
    0x3ca0000000000001,
    0x3cb0000000000000,
    0x3fd5555555555555,
    0x3fe0000000000000,
    0x3fefffffffffffff,
    0x3ff0000000000000,
    0x3ff0000000000001,
    0x3ff0000000000002,
    0x3ff8000000000000,
    0x3fffffffffffffff,
    0x4000000000000000,
    0x4008000000000000,
    0x4330000000000000, /* 2^52, 2^53, 2^54, and beside them */
    0x433fffffffffffff,
    0x4340000000000000,
    0x4340000000000001,
    0x4350000000000000,
    0x4350000000000001,
    0x5fe0000000000000, /* 2^511, 2^512 */
    0x5ff0000000000000,
    0x5fefffffffffffff,
    0x7c90000000000000, /* the last that can, and cannot, change the largest number */
    0x7c8fffffffffffff,
    0x7c80000000000000,
    0x7fdfffffffffffff,
    0x7fe0000000000000,
    0x7feffffffffffffe,
    0x7fefffffffffffff,
    0x7ff0000000000000,
    0x7ff0000000000001,
    0x7ff8000000000000,
    0x7fffffffffffffff,
    0x3ff0000010000000, /* 1 + 2^-24, and beside it; 1 + 3 * 2^-24 */
    0x3ff000000fffffff,
    0x3ff0000010000001,
    0x3ff0000030000000,
    0x3fffffffefffffff, /* up to 2 */
    0x3ffffffff0000000,
    0x47efffffefffffff, /* up to infinity */
    0x47effffff0000000,
    0x47efffffe0000000,
    0x47f0000000000000,
    0x380fffffe0000000, /* up to the least normal float */
    0x380fffffc0000000,
    0x380ffffff0000000,
    0x380fffffffffffff,
    0x3810000000000000,
    0x3690000000000000, /* 2^-150, and beside it; 2^-149; 3 * 2^-150 */
    0x3690000000000001,
    0x368fffffffffffff,
    0x36a0000000000000,
    0x36a8000000000000,
    0x36a7ffffffffffff,
};
enum { SPECIALS = sizeof specials / sizeof *specials };

START_TEST(special_values)
{
    const uint64_t x_sign = (uint64_t)_i << 63;
    for (size_t i = 0; i < SPECIALS; i++) {
        check_one(specials[i] | x_sign);
        for (size_t k = 0; k < SPECIALS; k++) {
            check_pair(specials[i] | x_sign, specials[k]);
            check_pair(specials[i] | x_sign, specials[k] | CLSTEP_SOFT_SIGN);
        }
    }
}
END_TEST

/* The ends and the middle of the fractions at every exponent, with neighbours and with 1. */
START_TEST(all_exponents)
{
    static const uint64_t fractions[] = {0, 1, 0x8000000000000, 0xfffffffffffff};
    for (uint64_t i = 0; i < UINT64_C(4) * 2047; i++) {
        const uint64_t x = i / 4 << 52 | fractions[i % 4];
        check_one(x);
        check_pair(x, CLSTEP_SOFT_ONE);
        check_pair(CLSTEP_SOFT_ONE, x);
        for (uint64_t k = 0; k < 16; k++)
            check_pair(x, ((i / 4 + k / 4) << 52 | fractions[k % 4]) ^ (k % 2) << 63);
    }
}
END_TEST

START_TEST(special_floats)
{
    static const uint32_t fractions[] = {0, 1, 0x400000, 0x7fffff};
    for (uint32_t exponent = 0; exponent < 512; exponent++) {
        for (size_t k = 0; k < 4; k++)
            check_widen(exponent << 23 | fractions[k]);
    }
}
END_TEST

/* Powers of two, their sums, and what is beside them. */
START_TEST(special_integers)
{
    for (int high = 0; high < 64; high++) {
        for (int low = 0; low <= high; low++) {
            const uint64_t n = ((uint64_t)1 << high) + ((uint64_t)1 << low);
            check_integer(n);
            check_integer(n - 1);
            check_integer(n + 1);
        }
    }
    check_integer(0);
}
END_TEST

/* ---- at random */

typedef struct {
    uint64_t x, y;
} pair;

static pair any_bits(uint64_t *state)
{
    return (pair){next_word(state), next_word(state)};
}

/* Exponents at most 63 apart: sums that cancel, carry, or lose all bits but the sticky one. */
static pair near_exponents(uint64_t *state)
{
    const pair p = any_bits(state);
    const uint64_t exponent = (p.x >> 52 & 2047) + (next_word(state) & 63);
    const uint64_t y = p.y & (CLSTEP_SOFT_SIGN | 0xfffffffffffff);
    return (pair){p.x, y | (exponent & 2047) << 52};
}

/* The lowest `count` bits set or cleared. */
static uint64_t evened(uint64_t x, uint64_t count, uint64_t set)
{
    const uint64_t low = ((uint64_t)1 << count) - 1;
    return set & 1 ? x | low : x & ~low;
}

/* Numbers of few bits and with long runs of equal bits: ties. */
static pair few_bits(uint64_t *state)
{
    const uint64_t word = next_word(state);
    const pair p = near_exponents(state);
    return (pair){evened(p.x, word % 53, word >> 62), evened(p.y, (word >> 8) % 53, word >> 63)};
}

/* Products that are subnormal, or nearly. */
static pair small_products(uint64_t *state)
{
    const pair p = any_bits(state);
    const uint64_t x_exponent = (p.x >> 52) % 960, sum = 960 + next_word(state) % 70;
    return (pair){(p.x & ~CLSTEP_SOFT_INFINITY) | x_exponent << 52,
                  (p.y & ~CLSTEP_SOFT_INFINITY) | (sum - x_exponent) << 52};
}

/* Quotients that are subnormal, or nearly. */
static pair small_quotients(uint64_t *state)
{
    const pair p = any_bits(state);
    const uint64_t x_exponent = (p.x >> 52) % 1000, apart = 1018 + next_word(state) % 60;
    const uint64_t y_exponent = x_exponent + apart < 2046 ? x_exponent + apart : 2046;
    return (pair){(p.x & ~CLSTEP_SOFT_INFINITY) | x_exponent << 52,
                  (p.y & ~CLSTEP_SOFT_INFINITY) | y_exponent << 52};
}

/* Numbers near the ends of fp32, many of which lie in the middle of two floats. */
static pair near_float_ends(uint64_t *state)
{
    const uint64_t word = next_word(state);
    const pair p = any_bits(state);
    const uint64_t x = evened(p.x, 28 + word % 25, word >> 63);
    return (pair){(x & ~CLSTEP_SOFT_INFINITY) | (1023 - 152 + (word >> 8) % 30) << 52,
                  (p.y & ~CLSTEP_SOFT_INFINITY) | (1023 + 120 + (word >> 16) % 10) << 52};
}

static pair (*const kinds[])(uint64_t *) = {any_bits,       near_exponents,  few_bits,
                                            small_products, small_quotients, near_float_ends};

START_TEST(random_pairs)
{
    const int count = getenv("CLSTEP_QUICK") ? 10000 : 350000;
    uint64_t state = 0x50f7 + (uint64_t)_i;
    for (int i = 0; i < count; i++) {
        const pair p = kinds[_i](&state);
        check_pair(p.x, p.y);
        check_one(p.x & ~CLSTEP_SOFT_SIGN);
        check_one(p.y);
        check_widen((uint32_t)p.x);
        check_integer(p.y >> (p.x & 63));
    }
}
END_TEST

Suite *soft_double_suite(void)
{
    Suite *suite = suite_create("soft_double");
    TCase *tests = tcase_create("soft_double");
    tcase_add_loop_test(tests, special_values, 0, 2);
    tcase_add_test(tests, all_exponents);
    tcase_add_test(tests, special_floats);
    tcase_add_test(tests, special_integers);
    tcase_add_loop_test(tests, random_pairs, 0, sizeof kinds / sizeof *kinds);
    suite_add_tcase(suite, tests);
    return suite;
}
