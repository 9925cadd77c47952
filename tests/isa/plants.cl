/*
 * What scripts/check-isa must find, in kernels of the update's form: PLANT 1 spills registers, 2 keeps
 * an array on the stack, 3 has lost its wide accesses, 4 asks for them through pointers to float,
 * which NVIDIA's compiler does not give.
 */
#pragma OPENCL FP_CONTRACT OFF

enum { LIVE = 160 }; /* times 4 registers; no GPU gives a work-item more than 512 */

#if PLANT == 4
typedef float unit;
#else
typedef float4 unit;
#endif

__kernel __attribute__((reqd_work_group_size(256, 1, 1))) void
planted(__global unit *a, __global const unit *b, const uint count)
{
#if PLANT == 1
    float4 x[LIVE];
#pragma unroll
    for (uint k = 0; k < LIVE; k++)
        x[k] = b[k];
    for (uint i = (uint)get_local_id(0); i < count; i += 256) {
        float4 sum = a[i];
#pragma unroll
        for (uint k = 0; k < LIVE; k++)
            sum = fma(sum, x[k], x[(k * 7 + 3) % LIVE]);
#pragma unroll
        for (uint k = 0; k < LIVE; k++)
            x[k] = fma(x[k], sum, x[(k + 1) % LIVE]);
        a[i] = sum + x[0] + b[i];
    }
#elif PLANT == 2
    float4 x[LIVE];
    for (uint k = 0; k < LIVE; k++)
        x[k] = b[k];
    for (uint i = (uint)get_local_id(0); i < count; i += 256)
        a[i] = a[i] + b[i] * x[(uint)a[i].x % LIVE];
#elif PLANT == 4
    for (uint i = (uint)get_local_id(0); i < count; i += 256)
        vstore4(vload4(i, a) + vload4(i, b), i, a);
#else
    /* volatile keeps compilers from joining them */
    for (uint i = (uint)get_local_id(0); i < count; i += 256) {
        volatile __global float *to = (volatile __global float *)(a + i);
        volatile __global const float *from = (volatile __global const float *)(b + i);
        for (uint k = 0; k < 4; k++)
            to[k] = to[k] + from[k];
    }
#endif
}
