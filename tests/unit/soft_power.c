/*
 * Powers on integers (kernels/abi/soft_power.h): against exact powers, against long double where
 * exact ones would be too long, and against pow() in what step constants make of them. pow() itself
 * is not always correctly rounded.
 */
#include "abi/soft_power.h"

#include "doubles.h"
#include "suites.h"

#include <float.h>
#include <stdlib.h>

static const double bases[] = {
    0.9, 0.95, 0.98, 0.99, 0.999, 0.9999, 0.99999, 0.5, 0.1, 0x1.fffffffffffffp-1, 0.8765432109876,
};
enum { BASES = sizeof bases / sizeof *bases };

/* Besides: powers that are ties, that overflow, and that vanish at once. */
static const double others[] = {0.75, 0x1.8p-20, 1, 1.5, 1.001, 0x1p-1074, 0x1.23456789abcdep-1023};
enum { OTHERS = sizeof others / sizeof *others };

enum { T_MAX = 2000 };

/* ---- exact powers */

/* A number of any length: words from below, times 2^exponent. The lowest two are 0. */
typedef struct {
    int exponent;
    size_t count;
    uint32_t words[2 * T_MAX + 6];
} exact;

static exact begin(void)
{
    return (exact){.exponent = -64, .count = 3, .words = {0, 0, 1}};
}

/* Multiplies by a number of two words. */
static void multiply(exact *n, uint64_t factor, int exponent)
{
    const uint64_t low = (uint32_t)factor, high = factor >> 32;
    uint64_t carry = 0, before = 0;
    n->words[n->count++] = 0;
    n->words[n->count++] = 0;
    for (size_t i = 0; i < n->count; i++) {
        const uint64_t word = n->words[i];
        const uint64_t first = word * low + (uint32_t)carry;
        const uint64_t second = before * high + (uint32_t)first;
        n->words[i] = (uint32_t)second;
        carry = (carry >> 32) + (first >> 32) + (second >> 32);
        before = word;
    }
    while (n->words[n->count - 1] == 0)
        n->count--;
    n->exponent += exponent;
}

/* The upper 64 bits; the lowest is set if any bit below them is. They count 2^*exponent. */
static uint64_t upper_bits(const exact *n, int *exponent)
{
    const uint32_t *top = n->words + n->count - 3;
    int shift = 0;
    while (top[2] << shift >> 31 == 0)
        shift++;
    const uint64_t below = (uint64_t)top[0] << shift;
    const uint64_t upper = ((uint64_t)top[2] << 32 | top[1]) << shift | below >> 32;
    int is_sticky = (uint32_t)below != 0;
    for (size_t i = n->count - 3; i > 0 && !is_sticky; i--)
        is_sticky = n->words[i - 1] != 0;
    *exponent = n->exponent + 32 * (int)(n->count - 2) - shift;
    return upper | is_sticky;
}

/* The nearest double; of two, the even one. */
static double rounded(const exact *n)
{
    int exponent;
    const uint64_t upper = upper_bits(n, &exponent);
    const int dropped = exponent + 11 < -1074 ? -1074 - exponent : 11;
    if (dropped > 63)
        return dropped == 64 && upper > UINT64_C(1) << 63 ? 0x1p-1074 : 0;
    const uint64_t rest = upper & ((UINT64_C(1) << dropped) - 1);
    const uint64_t tie = UINT64_C(1) << (dropped - 1);
    uint64_t kept = upper >> dropped;
    kept += rest > tie || (rest == tie && kept % 2 == 1);
    return ldexp((double)kept, exponent + dropped);
}

START_TEST(exact_powers)
{
    const uint64_t t_max = getenv("CLSTEP_QUICK") ? 100 : T_MAX;
    const double base = _i < BASES ? bases[_i] : others[_i - BASES];
    int exponent;
    const uint64_t significand = (uint64_t)ldexp(frexp(base, &exponent), 53);
    exact power = begin();
    for (uint64_t t = 1; t <= t_max; t++) {
        multiply(&power, significand, exponent - 53);
        const uint64_t got = clstep_soft_power(bits_of(base), t);
        if (!is_double(got, rounded(&power)))
            ck_abort_msg("%a^%llu is %a instead of %a", base, (unsigned long long)t, double_of(got),
                         rounded(&power));
    }
}
END_TEST

/* ---- long double */

#if LDBL_MANT_DIG >= 64
/* Whether powl() leaves no doubt about the double; its error is below 4 units. */
static int decides(long double power, double *wanted)
{
    const long double doubt = power * 4 * LDBL_EPSILON;
    *wanted = (double)power;
    return (double)(power - doubt) == (double)(power + doubt);
}

/* Bases below 1 by 2^-1 to 2^-45, with powers that are neither 1 nor 0. */
START_TEST(long_powers)
{
    const int count = getenv("CLSTEP_QUICK") ? 1000 : 50000;
    const volatile long double tiny = 0x1p-60L;
    if (1 + tiny == 1)
        return; /* valgrind computes long double as double */
    uint64_t state = 0x90e4;
    int decided = 0;
    for (int i = 0; i < count; i++) {
        const uint64_t word = next_word(&state);
        const int apart = 1 + (int)(word % 45);
        const double base = 1 - ldexp((double)(next_word(&state) >> 11), -53 - apart);
        const uint64_t t = 1 + (next_word(&state) >> (64 - 5 - apart)) % (UINT64_C(1) << 40);
        double wanted;
        if (!decides(powl((long double)base, (long double)t), &wanted))
            continue;
        decided++;
        const uint64_t got = clstep_soft_power(bits_of(base), t);
        if (!is_double(got, wanted))
            ck_abort_msg("%a^%llu is %a instead of %a", base, (unsigned long long)t, double_of(got),
                         wanted);
    }
    ck_assert_int_gt(decided, count / 100 * 95);
}
END_TEST
#endif

/* ---- what step constants make of powers */

static void check_constants(double base, uint64_t t)
{
    const double lr = 1e-3, correction = 1 - pow(base, (double)t);
    const uint64_t soft =
        clstep_soft_subtract(CLSTEP_SOFT_ONE, clstep_soft_power(bits_of(base), t));
    ck_assert_msg(is_float(clstep_soft_narrow(soft), (float)correction), "1 - %a^%llu", base,
                  (unsigned long long)t);
    ck_assert_msg(
        is_float(clstep_soft_narrow(clstep_soft_square_root(soft)), (float)sqrt(correction)),
        "sqrt(1 - %a^%llu)", base, (unsigned long long)t);
    ck_assert_msg(is_float(clstep_soft_narrow(clstep_soft_divide(bits_of(lr), soft)),
                           (float)(lr / correction)),
                  "lr / (1 - %a^%llu)", base, (unsigned long long)t);
}

START_TEST(step_constants)
{
    for (uint64_t t = 1; t <= T_MAX; t++)
        check_constants(bases[_i], t);
    for (uint64_t t = 10000; t <= UINT64_C(1000000000000); t *= 10)
        check_constants(bases[_i], t);
}
END_TEST

/* ---- products of 128 bits, whose last bits no double shows */

/* The same from words of 32 bits, as by hand. */
static clstep_soft_factor multiplied(clstep_soft_factor a, clstep_soft_factor b)
{
    const clstep_soft_wide p = a.significand, q = b.significand;
    const uint64_t of_a[] = {(uint32_t)p.low, p.low >> 32, (uint32_t)p.high, p.high >> 32};
    const uint64_t of_b[] = {(uint32_t)q.low, q.low >> 32, (uint32_t)q.high, q.high >> 32};
    uint64_t halves[8] = {0}, words[4];
    for (size_t i = 0; i < 4; i++) {
        uint64_t carry = 0;
        for (size_t k = 0; k < 4; k++) {
            carry += of_a[i] * of_b[k] + halves[i + k];
            halves[i + k] = (uint32_t)carry;
            carry >>= 32;
        }
        halves[i + 4] = carry;
    }
    for (size_t i = 0; i < 4; i++)
        words[i] = halves[2 * i + 1] << 32 | halves[2 * i];
    const int shift = words[3] >> 63 == 0;
    for (size_t i = 3; i > 0 && shift; i--)
        words[i] = words[i] << 1 | words[i - 1] >> 63;
    const uint64_t below = shift ? words[0] << 1 : words[0];
    return (clstep_soft_factor){{words[3], words[2] | ((words[1] | below) != 0)},
                                a.exponent + b.exponent + 128 - shift};
}

/* Random words, and such as make carries and zeros. */
static clstep_soft_factor some_factor(uint64_t *state)
{
    static const uint64_t some[] = {
        0, 1, UINT64_C(1) << 32, UINT32_MAX, UINT64_C(1) << 63, UINT64_MAX - 1, UINT64_MAX};
    enum { SOME = sizeof some / sizeof *some };
    const uint64_t which = next_word(state), high = next_word(state), low = next_word(state);
    const size_t i = which % (2 * SOME), k = (which >> 32) % (2 * SOME);
    return (clstep_soft_factor){
        {(i < SOME ? some[i] : high) | CLSTEP_SOFT_SIGN, k < SOME ? some[k] : low},
        (int)(which >> 16 & 255)};
}

START_TEST(products)
{
    const int count = getenv("CLSTEP_QUICK") ? 10000 : 1000000;
    uint64_t state = 0x9a0d;
    for (int i = 0; i < count; i++) {
        const clstep_soft_factor a = some_factor(&state), b = some_factor(&state);
        const clstep_soft_factor got = clstep_soft_times(a, b), wanted = multiplied(a, b);
        if (got.significand.high != wanted.significand.high ||
            got.significand.low != wanted.significand.low || got.exponent != wanted.exponent)
            ck_abort_msg("%016llx%016llx * %016llx%016llx", (unsigned long long)a.significand.high,
                         (unsigned long long)a.significand.low,
                         (unsigned long long)b.significand.high,
                         (unsigned long long)b.significand.low);
    }
}
END_TEST

/* ---- special values */

static void check_special(double base, uint64_t t)
{
    const uint64_t got = clstep_soft_power(bits_of(base), t);
    ck_assert_msg(is_double(got, pow(base, (double)t)), "%a^%llu is %a", base,
                  (unsigned long long)t, double_of(got));
}

START_TEST(special_powers)
{
    static const double some[] = {0, 1, 2, 0.5, 1e300, 1e-300, 0x1p-1074, DBL_MAX, INFINITY, NAN};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        for (int bit = 0; bit < 64; bit++) {
            const uint64_t t = UINT64_C(1) << bit;
            check_special(some[i], t);
            check_special(-some[i], t);
            if (bit > 53) /* t - 1 is no double */
                continue;
            check_special(some[i], t - 1);
            check_special(-some[i], t - 1);
        }
    }
    ck_assert_uint_eq(clstep_soft_power(bits_of(-1), UINT64_MAX), bits_of(-1));
    ck_assert_uint_eq(clstep_soft_power(bits_of(1e300), UINT64_MAX), CLSTEP_SOFT_INFINITY);
    ck_assert_uint_eq(clstep_soft_power(bits_of(0x1.fffffffffffffp-1), UINT64_MAX), 0);
    ck_assert_uint_eq(clstep_soft_power(bits_of(0x1.0000000000001p0), UINT64_MAX),
                      CLSTEP_SOFT_INFINITY);
}
END_TEST

Suite *soft_power_suite(void)
{
    Suite *suite = suite_create("soft_power");
    TCase *tests = tcase_create("soft_power");
    tcase_add_loop_test(tests, exact_powers, 0, BASES + OTHERS);
#if LDBL_MANT_DIG >= 64
    tcase_add_test(tests, long_powers);
#endif
    tcase_add_loop_test(tests, step_constants, 0, BASES);
    tcase_add_test(tests, products);
    tcase_add_test(tests, special_powers);
    suite_add_tcase(suite, tests);
    return suite;
}
