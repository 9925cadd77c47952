/* Counts results that differ, and whether flushed subnormal numbers or the sign of a zero explain
 * them. verdict.c decides what a device may do. */
#include "selftest/probe_judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static int same(float a, float b)
{
    return bits_of(a) == bits_of(b) || (isnan(a) && isnan(b));
}

/* The place of a number among all fp32 numbers; both zeros are at 0. */
static int64_t place_of(float value)
{
    const int64_t magnitude = bits_of(value) & 0x7fffffffu;
    return signbit(value) ? -magnitude : magnitude;
}

uint64_t clstep__ulps_between(float a, float b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) && isnan(b) ? 0 : UINT64_MAX;
    return (uint64_t)llabs((long long)(place_of(a) - place_of(b)));
}

/* Every build of this file has contraction off, so these results are those of IEEE 754. */
static float compute(int operation, float a, float b, float c)
{
    switch (operation) {
    case CLSTEP__PROBE_DIVIDE:
        return a / b;
    case CLSTEP__PROBE_SQRT:
        return sqrtf(fabsf(a));
    case CLSTEP__PROBE_FMA:
        return fmaf(a, b, c);
    case CLSTEP__PROBE_MULTIPLY:
        return a * b;
    default:
        return a + c;
    }
}

static int is_subnormal(float value)
{
    return fpclassify(value) == FP_SUBNORMAL;
}

static float flushed(float value)
{
    return is_subnormal(value) ? copysignf(0.0f, value) : value;
}

/* Whether `result` is right if some of the subnormal operands, or the result, are flushed to 0,
 * with or without their sign. */
static int is_flush(int operation, const float x[3], float result)
{
    for (unsigned mask = 0; mask < 8; mask++) {
        const float exact =
            compute(operation, mask & 1 ? flushed(x[0]) : x[0], mask & 2 ? flushed(x[1]) : x[1],
                    mask & 4 ? flushed(x[2]) : x[2]);
        const int without_sign = exact == 0 || isinf(exact);
        if (same(result, exact) || (without_sign && same(fabsf(result), fabsf(exact))) ||
            (result == 0 && is_subnormal(exact)))
            return 1;
    }
    return 0;
}

static void count(clstep_selftest_operation *row, float result, float exact)
{
    row->tested++;
    if (same(result, exact))
        return;
    row->different++;
    const uint64_t distance = clstep__ulps_between(result, exact);
    if (distance > row->largest_ulp)
        row->largest_ulp = distance;
}

static void judge(int operation, const float x[3], float result, clstep__probe *probe)
{
    static const unsigned uses[] = {3, 1, 7, 3, 5}; /* bit i: the operation uses x[i] */
    const float exact = compute(operation, x[0], x[1], x[2]);
    int subnormal = is_subnormal(exact), zero = exact == 0;
    for (int k = 0; k < 3; k++) {
        const int used = uses[operation] >> k & 1;
        subnormal |= used && is_subnormal(x[k]);
        zero |= used && x[k] == 0;
    }
    if (subnormal && (same(result, exact) || is_flush(operation, x, result)))
        count(&probe->subnormal[operation], result, exact);
    else if (zero && same(fabsf(result), fabsf(exact)))
        count(&probe->zeros, result, exact);
    else
        count(&probe->operations[operation], result, exact);
}

void clstep__probe_judge(const clstep__probe_operands *operands, const float *results,
                         clstep__probe *probe)
{
    for (int operation = 0; operation < CLSTEP__PROBE_OPERATIONS; operation++) {
        for (size_t i = 0; i < operands->count; i++) {
            const float x[3] = {operands->a[i], operands->b[i], operands->c[i]};
            judge(operation, x, results[(size_t)operation * operands->count + i], probe);
        }
    }
}
