/*
 * Kernels of `clstep bench`, besides the limit.
 */

/* For the time of a launch alone. */
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

/* The same with the arguments of the update of RMSprop without momentum. */
__kernel void nothing_of_update(__global const ulong *chunks, const clstep_launch launch,
                                __global float *v, __global float *p, __global const float *g)
{
}

/* t = g / sqrt(v + eps), or g / (sqrt(v) + eps): the part of RMSprop that a BLAS does not have.
 * Four elements for each work-item; the last takes the remainder. */
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
