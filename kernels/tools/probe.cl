/*
 * The probe kernel of the self-test: the operations of updates, on operands from the host, to find
 * out how this device rounds. It is built with the options of the update kernel, and uses its
 * divide and square root. A work-item takes WIDTH elements, once as a vector and once one by one,
 * because compilers use other instructions for each.
 *
 * `results` has `count` floats for each of divide, sqrt, fma, multiply and add, made by vectors;
 * then the same again, one by one.
 */
#pragma OPENCL FP_CONTRACT OFF
#define PARAM 0
#define GRAD  0
#include "abi/formats.h"
#include "update/types.clh"
#include "update/divide.clh"
#if WIDTH == 1
#define LOAD(i, from)   ((from)[i])
#define STORE(x, i, to) ((to)[i] = (x))
#else
#define LOAD(i, from)   PASTE(vload, WIDTH)(i, from)
#define STORE(x, i, to) PASTE(vstore, WIDTH)(x, i, to)
#endif

__kernel void clstep_probe(__global const float *as, __global const float *bs,
                           __global const float *cs, __global float *results, const ulong count)
{
    const size_t at = get_global_id(0);
    const floatN a = LOAD(at, as), b = LOAD(at, bs), c = LOAD(at, cs);
    STORE(divide(a, b), at, results);
    STORE(square_root(fabs(a)), at, results + count);
    STORE(fma(a, b, c), at, results + 2 * count);
    STORE(a * b, at, results + 3 * count);
    STORE(a + c, at, results + 4 * count);
    results += 5 * count;
    for (size_t i = at * WIDTH; i < at * WIDTH + WIDTH; i++) {
        /* divide() and square_root() take vectors only: here all lanes are the same */
        const floatN quotient = divide((floatN)as[i], (floatN)bs[i]);
        const floatN root = square_root((floatN)fabs(as[i]));
        results[i] = ((const float *)&quotient)[0];
        results[i + count] = ((const float *)&root)[0];
        results[i + 2 * count] = fma(as[i], bs[i], cs[i]);
        results[i + 3 * count] = as[i] * bs[i];
        results[i + 4 * count] = as[i] + cs[i];
    }
}
