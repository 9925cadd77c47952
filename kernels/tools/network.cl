/*
 * Kernels of the network of `clstep train`, besides the matrix products. A matrix is stored by
 * feature (element (feature, row) at feature * rows + row) or by row (at row * features + feature);
 * network.h says why. Every sum has one fixed order: no atomics, and no tree that depends on a
 * work-group size.
 */
#pragma OPENCL FP_CONTRACT OFF

/*
 * In the next two kernels a work-item takes one feature of TILE rows, so that a work-group fills
 * whole cache lines in both layouts. For 128 images of 784 pixels on PoCL, gather takes 0.15 ms;
 * with one row for each work-item it took 0.61 ms.
 */

/* Rows first ... first + rows of the epoch's order, normalised, in both layouts. */
kernel void gather(global const uchar *images, global const uint *order, uint first, uint rows,
                   uint features, float mean, float scale, global float *by_feature,
                   global float *by_row)
{
    size_t feature = get_global_id(0), row = get_global_id(1) * TILE;
    size_t end = min(row + TILE, (size_t)rows);
    if (feature >= features)
        return;
    for (; row < end; row++) {
        uchar pixel = images[(size_t)order[first + row] * features + feature];
        float value = ((float)pixel - mean) * scale;
        by_feature[feature * rows + row] = value;
        by_row[row * features + feature] = value;
    }
}

/* In place by feature, and a copy by row. */
kernel void add_bias_relu(global const float *parameters, uint bias, uint rows, uint features,
                          global float *by_feature, global float *by_row)
{
    size_t feature = get_global_id(0), row = get_global_id(1) * TILE;
    size_t end = min(row + TILE, (size_t)rows);
    if (feature >= features)
        return;
    for (; row < end; row++) {
        float value = by_feature[feature * rows + row] + parameters[bias + feature];
        value = value < 0.0f ? 0.0f : value; /* not fmax(), which would hide a NaN */
        by_feature[feature * rows + row] = value;
        by_row[row * features + feature] = value;
    }
}

/* The gradient passes if the activation is above 0. Both are stored by row. */
kernel void relu_gradient(global const float *activation, uint count, global float *delta)
{
    size_t i = get_global_id(0);
    if (i < count && !(activation[i] > 0.0f))
        delta[i] = 0.0f;
}

/* The cross-entropy of the softmax of each row's logits, and the gradient of the rows' mean. */
kernel void softmax_loss(global const float *logits, global const float *parameters, uint bias,
                         global const uchar *labels, global const uint *order, uint first,
                         uint rows, global float *delta, global float *losses)
{
    size_t row = get_global_id(0);
    if (row >= rows)
        return;
    uint label = labels[order[first + row]];
    float value[CLASSES];
    float most = -INFINITY;
    for (uint i = 0; i < CLASSES; i++) {
        value[i] = logits[i * rows + row] + parameters[bias + i];
        most = fmax(most, value[i]);
    }
    float own = 0.0f, sum = 0.0f;
    for (uint i = 0; i < CLASSES; i++) {
        float shifted = value[i] - most;
        own = i == label ? shifted : own;
        value[i] = exp(shifted);
        sum += value[i];
    }
    losses[first + row] = log(sum) - own;
    for (uint i = 0; i < CLASSES; i++)
        delta[row * CLASSES + i] = (value[i] / sum - (i == label ? 1.0f : 0.0f)) / (float)rows;
}

/* 1 if the largest logit is that of the label. */
kernel void mark_correct(global const float *logits, global const float *parameters, uint bias,
                         global const uchar *labels, uint first, uint rows, global uchar *correct)
{
    size_t row = get_global_id(0);
    if (row >= rows)
        return;
    uint best = 0;
    float most = logits[row] + parameters[bias];
    for (uint i = 1; i < CLASSES; i++) {
        float value = logits[i * rows + row] + parameters[bias + i];
        if (value > most) {
            most = value;
            best = i;
        }
    }
    correct[first + row] = best == labels[first + row];
}

/* Sums a gradient (by row) over the rows, in the order of the rows. */
kernel void bias_gradient(global const float *delta, uint rows, uint features,
                          global float *gradients, uint bias)
{
    size_t feature = get_global_id(0);
    if (feature >= features)
        return;
    float sum = 0.0f;
    for (uint row = 0; row < rows; row++)
        sum += delta[(size_t)row * features + feature];
    gradients[bias + feature] = sum;
}
