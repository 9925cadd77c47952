/* Numbers of few bits: the formats, and the random bits of their rounding. */
#include "abi/formats.h"
#include "format/bfloat16.h"
#include "format/bits.h"
#include "format/block8.h"
#include "format/float16.h"
#include "format/random_bits.h"

#include "suites.h"

#include <math.h>

enum { BLOCK = 128 };

/* Check tells its parent of every assertion; here there are millions. */
#define want(condition, ...)                                                                       \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ck_abort_msg(__VA_ARGS__);                                                             \
    } while (0)

static uint64_t seed = 88172645463325252ull;

static uint64_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* A finite float of any size. */
static float any_float(void)
{
    float x;
    do
        x = clstep__float_of((uint32_t)(next() >> 20));
    while (!isfinite(x));
    return x;
}

/* ---- 16 bits */

START_TEST(every_number_of_16_bits_stays)
{
    for (uint32_t i = 0; i < 65536; i++) {
        const float wide = clstep__from_bfloat16((uint16_t)i),
                    half = clstep__from_half((uint16_t)i);
        const uint32_t random = (uint32_t)next();
        if (!isnan(wide)) {
            want(clstep__to_bfloat16(wide) == i, "0x%04x", i);
            want(clstep__to_bfloat16_by(wide, random) == i, "0x%04x", i);
        }
        if (!isnan(half)) {
            want(clstep__to_half(half) == i, "0x%04x", i);
            want(clstep__to_half_by(half, random) == i, "0x%04x", i);
        }
    }
}
END_TEST

START_TEST(numbers_that_are_known)
{
    ck_assert_uint_eq(clstep__to_bfloat16(1.00390625f), 0x3f80); /* a tie, to even */
    ck_assert_uint_eq(clstep__to_bfloat16(3.4e38f), 0x7f80);
    ck_assert_uint_eq(clstep__to_half(1.0f), 0x3c00);
    ck_assert_uint_eq(clstep__to_half(-2.0f), 0xc000);
    ck_assert_uint_eq(clstep__to_half(65504.0f), 0x7bff);
    ck_assert_uint_eq(clstep__to_half(65519.996f), 0x7bff);
    ck_assert_uint_eq(clstep__to_half(65520.0f), 0x7c00);
    ck_assert_uint_eq(clstep__to_half(0x1p-24f), 1);
    ck_assert_uint_eq(clstep__to_half(0x1p-25f), 0); /* a tie, to even */
    ck_assert_uint_eq(clstep__to_half(0x1.8p-24f), 2);
    ck_assert_uint_eq(clstep__to_half_by(INFINITY, 0xffffffff), 0x7c00);
    ck_assert_uint_eq(clstep__to_bfloat16_by(-INFINITY, 0xffffffff), 0xff80);
    ck_assert(isnan(clstep__from_half(clstep__to_half_by(-NAN, 0xffffffff))));
    ck_assert(isnan(clstep__from_bfloat16(clstep__to_bfloat16_by(NAN, 0xffffffff))));
}
END_TEST

/* With a residual bf16 is the whole float; fp16 is exact where its exponent reaches. */
START_TEST(residuals)
{
    for (int i = 0; i < 2000000; i++) {
        const float x = any_float();
        uint16_t rest;
        const uint16_t upper = clstep__split_bfloat16(x, &rest);
        const float whole = clstep__join_bfloat16(upper, rest);
        want(clstep__bits_of(whole) == clstep__bits_of(x), "%a becomes %a", (double)x,
             (double)whole);
        const float scaled = (float)ldexp(frexp((double)x, &(int){0}), (int)(next() % 32) - 14);
        const uint16_t half = clstep__split_half(scaled, &rest);
        const float joined = clstep__join_half(half, rest);
        if (fabsf(scaled) >= 65520.0f) {
            want(isinf(joined), "%a becomes %a", (double)scaled, (double)joined);
            continue;
        }
        want(scaled == joined, "%a becomes %a", (double)scaled, (double)joined);
        const float distance = fabsf(clstep__from_half(half) - scaled);
        want(distance <= fabsf(clstep__from_half(clstep__to_half(scaled)) - scaled),
             "%a is not stored as the nearest", (double)scaled);
    }
    /* below 2^-16 multiples of 2^-40 */
    uint16_t rest;
    const uint16_t half = clstep__split_half(0x1.fffffep-20f, &rest);
    ck_assert(clstep__join_half(half, rest) == 0x1.fffffp-20f);
}
END_TEST

/* The mean over all random bits is the number. */
START_TEST(means_of_16_bits)
{
    for (int i = 0; i < 300; i++) {
        const float x = (float)ldexp(1 + (double)(next() % 1000) / 1000, -(int)(next() % 26));
        double upper = 0, half = 0;
        for (uint32_t random = 0; random < 65536; random++) {
            upper += (double)clstep__from_bfloat16(clstep__to_bfloat16_by(x, random << 16));
            half += (double)clstep__from_half(clstep__to_half_by(x, random << 16));
        }
        ck_assert_double_eq_tol(upper / 65536, (double)x, 1e-12 * (double)x);
        ck_assert_double_eq_tol(half / 65536, (double)x, 1e-12 * (double)x + 0x1p-40);
    }
}
END_TEST

/* ---- 8 bits */

/* The greatest number that has a say in the scale: none above the limit, nor one that is further
 * than the others' reach above all of them. */
static float greatest_that_counts(const float *numbers, bool with_sign, size_t count)
{
    const float limit = with_sign ? 0x1p48f : 0x1p96f;
    float greatest = 0, second = 0;
    for (size_t i = 0; i < count; i++) {
        const float size = fabsf(numbers[i]);
        if (!(size <= limit))
            continue;
        second = fmaxf(second, fminf(greatest, size));
        greatest = fmaxf(greatest, size);
    }
    /* by bits: octaves, and parts of them evenly */
    const uint32_t apart = clstep__bits_of(greatest) - clstep__bits_of(second);
    return second > 0 && apart > (with_sign ? 14u : 30u) << 23 ? second : greatest;
}

static void judge(const float *given, const float *decoded, bool with_sign, size_t count)
{
    const float greatest = greatest_that_counts(given, with_sign, count);
    float numbers[BLOCK], least = INFINITY;
    for (size_t i = 0; i < count; i++) {
        const float size = fminf(fabsf(given[i]), greatest);
        numbers[i] = copysignf(size, given[i]);
        if (size > 0)
            least = fminf(least, size);
    }
    /* eight codes to an octave reach at least 15 and 31 octaves down */
    const double floor_ = (double)greatest * (with_sign ? 0x1p-15 : 0x1p-31);
    for (size_t i = 0; i < count; i++) {
        const double x = (double)numbers[i], y = (double)decoded[i];
        if (x == 0 || (!with_sign && y == 0))
            want(x == y, "%g becomes %g", x, y);
        else if (fabs(x) >= floor_ && fabs(x) > 1e-37)
            want(fabs(y - x) <= 0.125 * fabs(x), "%g becomes %g", x, y);
        else
            want(fabs(y) <= floor_ * 2 + 1e-37, "%g becomes %g", x, y);
    }
    if (count > 0 && greatest < 8 * least && greatest > 1e-30f) {
        for (size_t i = 0; i < count; i++) /* few octaves: finer codes */
            want(fabs((double)decoded[i] - (double)numbers[i]) <=
                     (with_sign ? 0.032 : 0.016) * (double)fabsf(numbers[i]),
                 "%g is too far off", (double)numbers[i]);
    }
}

START_TEST(blocks)
{
    for (int i = 0; i < 20000; i++) {
        const bool with_sign = i % 2;
        const size_t count = i % 7 ? BLOCK : (size_t)(next() % (BLOCK + 1));
        const int octaves = (int)(next() % 60) + 1, base = (int)(next() % 100) - 80;
        float numbers[BLOCK], decoded[BLOCK];
        uint32_t random[BLOCK];
        uint8_t codes[BLOCK];
        for (size_t k = 0; k < count; k++) {
            const double part = 1 + (double)(next() % 8192) / 8192;
            numbers[k] = (float)ldexp(part, base + (int)(next() % (unsigned)octaves));
            if (next() % 17 == 0)
                numbers[k] = 0;
            if (with_sign && next() % 2)
                numbers[k] = -numbers[k];
            random[k] = (uint32_t)(next() >> 16);
        }
        const uint32_t scale = clstep__encode_block(numbers, with_sign, count, random, codes);
        clstep__decode_block(codes, scale, with_sign, count, decoded);
        judge(numbers, decoded, with_sign, count);
    }
}
END_TEST

/* What is not finite or beyond all measure gets the largest number of the others, with its sign,
 * and costs them nothing; where there are no others, the limit. */
START_TEST(extremes)
{
    const float numbers[] = {3.4e38f, 1, INFINITY, NAN, -INFINITY, -1, 0};
    const uint32_t random[] = {~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u};
    uint8_t codes[7];
    float decoded[7];
    uint32_t scale = clstep__encode_block(numbers, true, 7, random, codes);
    clstep__decode_block(codes, scale, true, 7, decoded);
    for (int i = 0; i < 6; i++)
        ck_assert(decoded[i] == (i == 4 || i == 5 ? -1.0f : 1.0f));
    ck_assert(decoded[6] == 0);
    scale = clstep__encode_block(numbers, false, 4, random, codes);
    clstep__decode_block(codes, scale, false, 4, decoded);
    for (int i = 0; i < 4; i++)
        ck_assert(decoded[i] == 1);
    scale = clstep__encode_block(numbers + 2, false, 2, random, codes);
    clstep__decode_block(codes, scale, false, 2, decoded);
    ck_assert(decoded[0] == 0x1p96f && decoded[1] == 0x1p96f);
    const float tiny[] = {1e-45f, 0, 1e-38f};
    scale = clstep__encode_block(tiny, false, 3, (const uint32_t[]){0, 0, 0}, codes);
    clstep__decode_block(codes, scale, false, 3, decoded);
    ck_assert(decoded[0] > 0 && decoded[1] == 0 && decoded[2] > 0);
    /* equals are exact: the constant first values of TF1, and what a constant gradient makes */
    const float equals[] = {1, 1, 0, 1};
    scale = clstep__encode_block(equals, false, 4, random, codes);
    clstep__decode_block(codes, scale, false, 4, decoded);
    ck_assert(decoded[0] == 1 && decoded[1] == 1 && decoded[2] == 0 && decoded[3] == 1);
}
END_TEST

/* The mean over all random bits is the number, also below the first code of what has a sign. */
START_TEST(means_of_8_bits)
{
    for (int i = 0; i < 60; i++) {
        float numbers[3] = {1, (float)ldexp(-1.234, -(i % 20)), 1e-9f};
        double sum = 0;
        for (uint32_t bits = 0; bits < 65536; bits++) {
            const uint32_t random[3] = {0, bits << 16 | 0x8000, 0};
            uint8_t codes[3];
            float decoded[3];
            const uint32_t scale = clstep__encode_block(numbers, true, 3, random, codes);
            clstep__decode_block(codes, scale, true, 3, decoded);
            sum += (double)decoded[1];
        }
        ck_assert_double_eq_tol(sum / 65536, (double)numbers[1],
                                1e-5 * fabs((double)numbers[1]) + 0x1p-32);
    }
}
END_TEST

/* ---- random bits */

enum { DRAWS = 1 << 18, WORDS = 1 << 16 };

/* 256 bins of the upper bits of one lane and stream: chi-squared with 255 degrees of freedom. */
START_TEST(random_bits_are_uniform)
{
    for (uint32_t stream = 0; stream < 4; stream++) {
        for (uint64_t lane = 0; lane < CLSTEP_RANDOM_ELEMENTS; lane++) {
            unsigned bins[256] = {0};
            for (uint64_t i = 0; i < DRAWS; i++) {
                const uint64_t key = clstep__random_key(7, i / 1024);
                bins[clstep__random(key, i % 1024 * CLSTEP_RANDOM_ELEMENTS + lane, stream) >> 24]++;
            }
            double chi = 0;
            for (int b = 0; b < 256; b++)
                chi += (bins[b] - DRAWS / 256.0) * (bins[b] - DRAWS / 256.0) / (DRAWS / 256.0);
            ck_assert_msg(chi > 150 && chi < 380, "stream %u, lane %d: %g", stream, (int)lane, chi);
        }
    }
}
END_TEST

static double as_number(uint64_t step, uint64_t element, uint32_t stream)
{
    return (double)(clstep__random(clstep__random_key(7, step), element, stream) >> 16) / 65536 -
           0.5;
}

/* No two streams, lanes or steps go together. */
START_TEST(random_bits_are_independent)
{
    double worst = 0;
    for (uint64_t lane = 0; lane < CLSTEP_RANDOM_ELEMENTS; lane++) {
        for (uint32_t stream = 0; stream < 4; stream++) {
            double lanes = 0, streams = 0, steps = 0, words = 0;
            for (uint64_t i = 0; i < WORDS; i++) {
                const double own = as_number(1, i * CLSTEP_RANDOM_ELEMENTS + lane, stream);
                lanes += own * as_number(1,
                                         i * CLSTEP_RANDOM_ELEMENTS +
                                             (lane + 1 + i % 31) % CLSTEP_RANDOM_ELEMENTS,
                                         stream);
                streams +=
                    own * as_number(1, i * CLSTEP_RANDOM_ELEMENTS + lane, (stream + 1 + i % 3) % 4);
                steps += own * as_number(2, i * CLSTEP_RANDOM_ELEMENTS + lane, stream);
                words += own * as_number(1, (i + 1) * CLSTEP_RANDOM_ELEMENTS + lane, stream);
            }
            worst =
                fmax(worst, fmax(fmax(fabs(lanes), fabs(streams)), fmax(fabs(steps), fabs(words))));
        }
    }
    /* a sum of n products of independent numbers has a deviation of sqrt(n) / 12 */
    ck_assert_double_lt(worst, 5 * sqrt((double)WORDS) / 12);
}
END_TEST

/* Checkpoints are continued by these. */
START_TEST(random_bits_stay)
{
    const uint64_t key = clstep__random_key(42, 1000);
    ck_assert_uint_eq(key, UINT64_C(0xeaa5dda8d503e5a6));
    ck_assert_uint_eq(clstep__random(key, 0, 0), 0x5be59449u);
    ck_assert_uint_eq(clstep__random(key, ((uint64_t)1 << 40) + 37, 3), 0xda0a98b0u);
}
END_TEST

Suite *format_suite(void)
{
    Suite *suite = suite_create("format");
    TCase *tests = tcase_create("format");
    tcase_add_test(tests, every_number_of_16_bits_stays);
    tcase_add_test(tests, numbers_that_are_known);
    tcase_add_test(tests, residuals);
    tcase_add_test(tests, means_of_16_bits);
    tcase_add_test(tests, blocks);
    tcase_add_test(tests, extremes);
    tcase_add_test(tests, means_of_8_bits);
    tcase_add_test(tests, random_bits_are_uniform);
    tcase_add_test(tests, random_bits_are_independent);
    tcase_add_test(tests, random_bits_stay);
    suite_add_tcase(suite, tests);
    return suite;
}
