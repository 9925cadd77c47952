/* The quotient and root of kernels/update/exact_divide.clh, the same text compiled as C, against
 * the host's own. CLSTEP_QUOTIENTS=N takes N quotients of each kind instead of a second's worth. */
#include "suites.h"

#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static uint32_t bits_of_float(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static uint32_t bits_of_int(uint32_t x)
{
    return x;
}

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

#define FLOATS       float
#define INTS         int32_t
#define UINTS        uint32_t
#define as_FLOATS(x) float_of(x)
#define as_UINTS(x)  _Generic((x), float : bits_of_float, default : bits_of_int)(x)
#define as_INTS(x)   ((int32_t)as_UINTS(x))
#define ALL(x)       (x)
#define fma(a, b, c) fmaf(a, b, c)
#define fabs(x)      fabsf(x)
#define sqrt(x)      sqrtf(x)
#include "update/exact_divide.clh"

enum { THREADS = 2 };

/* What a thread does with words at random, a share of all. */
typedef struct {
    uint64_t state, count, wrong;
    void (*pair)(uint64_t word, uint32_t *a, uint32_t *b);
} job;

static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static int same(float a, float b)
{
    return bits_of_float(a) == bits_of_float(b) || (isnan(a) && isnan(b));
}

static int quotient_is_exact(uint32_t a, uint32_t b)
{
    return same(exact_divide(float_of(a), float_of(b)), float_of(a) / float_of(b));
}

static int root_is_exact(uint32_t x)
{
    return same(exact_sqrt(float_of(x)), sqrtf(float_of(x)));
}

static void any_bits(uint64_t word, uint32_t *a, uint32_t *b)
{
    *a = (uint32_t)word;
    *b = (uint32_t)(word >> 32);
}

static void mild(uint64_t word, uint32_t *a, uint32_t *b)
{
    *a = 0x3f800000u | (word & 0x7fffffu);
    *b = 0x3f800000u | (word >> 32 & 0x7fffffu);
}

/* Quotients that are subnormal, or nearly. */
static void small_quotients(uint64_t word, uint32_t *a, uint32_t *b)
{
    const uint32_t exponent = 1 + (uint32_t)(word >> 23) % 30;
    *a = exponent << 23 | (word & 0x7fffffu);
    *b = (exponent + 125 + (uint32_t)(word >> 55) % 26) << 23 | (word >> 32 & 0x7fffffu);
}

static void subnormal_dividend(uint64_t word, uint32_t *a, uint32_t *b)
{
    *a = word & 0x7fffffu;
    *b = (107 + (uint32_t)(word >> 55) % 40) << 23 | (word >> 32 & 0x7fffffu);
}

static void *divide_all(void *of)
{
    job *mine = of;
    for (uint64_t i = 0; i < mine->count; i++) {
        uint32_t a, b;
        mine->pair(next(&mine->state), &a, &b);
        mine->wrong += !quotient_is_exact(a, b);
    }
    return NULL;
}

static uint64_t quotients(void)
{
    const char *wanted = getenv("CLSTEP_QUOTIENTS");
    return wanted ? strtoull(wanted, NULL, 10) : 4000000;
}

START_TEST(random_quotients)
{
    void (*const pairs[])(uint64_t, uint32_t *, uint32_t *) = {any_bits, mild, small_quotients,
                                                               subnormal_dividend};
    job jobs[THREADS];
    pthread_t threads[THREADS];
    for (uint64_t i = 0; i < THREADS; i++) {
        jobs[i] = (job){.state = 0x5eed + i, .count = quotients() / THREADS, .pair = pairs[_i]};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, divide_all, &jobs[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_uint_eq(jobs[i].wrong, 0);
    }
}
END_TEST

/* Reciprocals of all mantissas: what the quotient's proof rests on. */
START_TEST(all_reciprocals)
{
    for (uint32_t m = 0; m < 1u << 23; m++) {
        const float b = float_of(0x3f800000u | m);
        if (exact_reciprocal(b) != 1.0f / b)
            ck_abort_msg("1 / %a is %a", (double)b, (double)exact_reciprocal(b));
    }
}
END_TEST

/* Every exponent with every other, at the ends of their mantissas, both signs; zeros, infinities
 * and NaN among them. */
START_TEST(all_exponents)
{
    static const uint32_t mantissas[] = {0, 1, 0x400000, 0x7fffff};
    for (uint32_t a = 0; a < 1024; a++) {
        for (uint32_t b = 0; b < 1024; b++) {
            const uint32_t x = a / 4 << 23 | mantissas[a % 4], y = b / 4 << 23 | mantissas[b % 4];
            const uint32_t signs = (a ^ b >> 1) << 31;
            if (!quotient_is_exact(x | signs, y))
                ck_abort_msg("%08x / %08x", x | signs, y);
        }
    }
}
END_TEST

START_TEST(all_roots)
{
    for (uint32_t m = 0; m < 1u << 24; m++) { /* mantissas of an even and an odd exponent */
        if (!root_is_exact(0x3f800000u + m))
            ck_abort_msg("the root of %a", (double)float_of(0x3f800000u + m));
    }
    for (uint32_t x = 0; x < 1u << 24; x += 3) { /* subnormal numbers and the least normal ones */
        if (!root_is_exact(x))
            ck_abort_msg("the root of %a", (double)float_of(x));
    }
    for (uint32_t exponent = 0; exponent < 512; exponent++) {
        if (!root_is_exact(exponent << 23) || !root_is_exact(exponent << 23 | 0x7fffff))
            ck_abort_msg("a root of exponent %u", exponent);
    }
}
END_TEST

Suite *exact_divide_suite(void)
{
    Suite *suite = suite_create("exact_divide");
    TCase *tests = tcase_create("exact_divide");
    tcase_add_loop_test(tests, random_quotients, 0, 4);
    tcase_add_test(tests, all_reciprocals);
    tcase_add_test(tests, all_exponents);
    tcase_add_test(tests, all_roots);
    suite_add_tcase(suite, tests);
    return suite;
}
