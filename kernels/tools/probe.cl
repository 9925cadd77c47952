/*
 * The operations that updates are made of, on operands of the host's, for the self-test: how does this
 * device round? Built with the options of the update kernel. One work-item takes WIDTH elements, once
 * as a vector and once one by one, since compilers use other instructions for each.
 *
 * `results` has `count` floats for each of divide, sqrt, fma, multiply and add, made by vectors; then
 * the same again, one by one.
 */
#pragma OPENCL FP_CONTRACT OFF
#include "update/arithmetic.clh"
#define PASTE2(a, b) a##b
#define PASTE(a, b)  PASTE2(a, b)

#if WIDTH > 1
#define VECTOR          PASTE(float, WIDTH)
#define LOAD(i, from)   PASTE(vload, WIDTH)(i, from)
#define STORE(x, i, to) PASTE(vstore, WIDTH)(x, i, to)
#else
#define VECTOR          FLOAT
#define LOAD(i, from)   ((from)[i])
#define STORE(x, i, to) ((to)[i] = (x))
#endif
#define SIZE(x) fabs(x)

__kernel void clstep_probe(__global const FLOAT *as, __global const FLOAT *bs,
                           __global const FLOAT *cs, __global FLOAT *results, const ulong count)
{
    const size_t at = get_global_id(0);
    const VECTOR a = LOAD(at, as);
    const VECTOR b = LOAD(at, bs);
    const VECTOR c = LOAD(at, cs);
    STORE(DIV(a, b), at, results);
    STORE(SQRT(SIZE(a)), at, results + count);
    STORE(FMA(a, b, c), at, results + 2 * count);
    STORE(MUL(a, b), at, results + 3 * count);
    STORE(ADD(a, c), at, results + 4 * count);
    results += 5 * count;
    for (size_t i = at * WIDTH; i < at * WIDTH + WIDTH; i++) {
        results[i] = DIV(as[i], bs[i]);
        results[i + count] = SQRT(SIZE(as[i]));
        results[i + 2 * count] = FMA(as[i], bs[i], cs[i]);
        results[i + 3 * count] = MUL(as[i], bs[i]);
        results[i + 4 * count] = ADD(as[i], cs[i]);
    }
}
