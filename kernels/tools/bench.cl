/*
 * What `clstep bench` needs beside the limit.
 */

/* What a launch costs by itself. */
__kernel void nothing(void)
{
}

/* As in update.cl. */
typedef struct {
    ulong first_chunk;
    ulong table;
    ulong key;
    float constants[16];
} clstep_launch;

/* The same with the arguments of plain RMSprop's update. */
__kernel void nothing_of_update(__global const ulong *chunks, const clstep_launch launch,
                                __global float *v, __global float *p, __global const float *g)
{
}

/* t = g / sqrt(v + eps), or / (sqrt(v) + eps): what is left of RMSprop where the rest is calls of a
 * BLAS. Four elements to a work-item; the last takes what is left. */
__kernel void divide_by_root(const ulong count, const float eps, const uint inside,
                             __global const float *g, __global const float *v, __global float *t)
{
    const size_t i = get_global_id(0);
    if (4 * i + 4 <= count) {
        const float4 average = vload4(i, v);
        const float4 root = inside ? sqrt(average + eps) : sqrt(average) + eps;
        vstore4(vload4(i, g) / root, i, t);
        return;
    }
    for (size_t k = 4 * i; k < count; k++)
        t[k] = g[k] / (inside ? sqrt(v[k] + eps) : sqrt(v[k]) + eps);
}
