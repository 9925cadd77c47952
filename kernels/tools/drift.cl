/*
 * The moving task of `clstep train --drift`: every weight has a target that wanders to and fro, and
 * a gradient whose size wanders as well. The host has the same formulas in drift_task.c.
 */
#pragma OPENCL FP_CONTRACT OFF

/* From -1 to 1 and back while x grows by 1. */
float triangle(float x)
{
    return 4.0f * fabs(x - floor(x) - 0.5f) - 1.0f;
}

/* Evenly spread over [-0.5, 0.5): the finalizer of MurmurHash3. */
float noise(uint word)
{
    word ^= word >> 16;
    word *= 0x85ebca6bU;
    word ^= word >> 13;
    word *= 0xc2b2ae35U;
    word ^= word >> 16;
    return (float)(word >> 8) * 0x1p-24f - 0.5f;
}

/* `waves` has for each of `elements` weights the speed and the place of its target, then those of
 * its gradient's size; each learning rate has all weights. `step` begins at 0. */
kernel void drift_gradient(global const float *params, global const float4 *waves, uint elements,
                           uint step, global float *grads)
{
    size_t i = get_global_id(0);
    uint weight = (uint)i % elements;
    float4 wave = waves[weight];
    float target = triangle(wave.x * (float)step + wave.y);
    float size = exp2(EXPONENT * triangle(wave.z * (float)step + wave.w));
    grads[i] = size * (params[i] - target + noise(step * elements + weight));
}
