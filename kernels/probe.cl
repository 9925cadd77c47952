/*
 * The operations that updates are made of, on operands of the host's, for the self-test: how does this
 * device round? Built with the options of the update kernel. One work-item takes WIDTH elements, once
 * as a vector and once one by one, since compilers use other instructions for each.
 *
 * `results` has `count` floats for each of divide, sqrt, fma, multiply and add, made by vectors; then
 * the same again, one by one.
 */
#pragma OPENCL FP_CONTRACT OFF
#define PASTE2(a, b) a##b
#define PASTE(a, b)  PASTE2(a, b)

#if WIDTH > 1
#define VECTOR          PASTE(float, WIDTH)
#define LOAD(i, from)   PASTE(vload, WIDTH)(i, from)
#define STORE(x, i, to) PASTE(vstore, WIDTH)(x, i, to)
#else
#define VECTOR          float
#define LOAD(i, from)   ((from)[i])
#define STORE(x, i, to) ((to)[i] = (x))
#endif

__kernel void clstep_probe(__global const float *as, __global const float *bs,
                           __global const float *cs, __global float *results, const ulong count)
{
    const size_t at = get_global_id(0);
    const VECTOR a = LOAD(at, as);
    const VECTOR b = LOAD(at, bs);
    const VECTOR c = LOAD(at, cs);
    STORE(a / b, at, results);
    STORE(sqrt(fabs(a)), at, results + count);
    STORE(fma(a, b, c), at, results + 2 * count);
    STORE(a * b, at, results + 3 * count);
    STORE(a + c, at, results + 4 * count);
    results += 5 * count;
    for (size_t i = at * WIDTH; i < at * WIDTH + WIDTH; i++) {
        results[i] = as[i] / bs[i];
        results[i + count] = sqrt(fabs(as[i]));
        results[i + 2 * count] = fma(as[i], bs[i], cs[i]);
        results[i + 3 * count] = as[i] * bs[i];
        results[i + 4 * count] = as[i] + cs[i];
    }
}
