/*
 * A multi-layer perceptron on the device: ReLU between the layers, softmax and cross-entropy at the
 * end. All parameters lie in one cl_mem and all gradients in another, at equal offsets.
 *
 * CLBlast multiplies fastest where the first matrix is transposed and the second is not: for a
 * batch of 128 and 784 x 128 weights on PoCL, 59 Gflop/s against 30 with neither and 21 with the
 * second transposed. Weights therefore lie as inputs x outputs. The forward pass takes activations
 * by feature, the weights' gradient takes them by row; the kernels write what is needed in both
 * layouts.
 */
#ifndef CLSTEP_CLI_TRAIN_NETWORK_H
#define CLSTEP_CLI_TRAIN_NETWORK_H

#include "cli/workplace.h"

#include <stddef.h>

enum { NETWORK_MOST_HIDDEN = 8, NETWORK_MOST_LAYERS = NETWORK_MOST_HIDDEN + 1 };
enum { NETWORK_KERNELS = 6 };

/* kernels/tools/network.cl */
extern const unsigned char network_cl[];
extern const size_t network_cl_size;

/* Sizes of the inputs, of the hidden layers and of the output; `layers` is one less than there are
 * sizes. Parameters of layer i: sizes[i] * sizes[i + 1] weights, then sizes[i + 1] biases. */
typedef struct network_shape {
    size_t layers;
    size_t sizes[NETWORK_MOST_LAYERS + 1];
} network_shape;

size_t network_weights(const network_shape *shape, size_t layer);
size_t network_weight_offset(const network_shape *shape, size_t layer);
size_t network_bias_offset(const network_shape *shape, size_t layer);
size_t network_parameters(const network_shape *shape);

/* Images on the device, and the order in which they are taken. */
typedef struct network_images {
    cl_mem images; /* uchar, sizes[0] for each */
    cl_mem labels; /* uchar */
    cl_mem order;  /* uint */
    float mean;
    float scale;
} network_images;

typedef struct network {
    const workplace *place;
    network_shape shape;
    size_t rows; /* the most of one batch */
    size_t work_group;
    cl_program program;
    cl_kernel kernels[NETWORK_KERNELS];
    cl_mem parameters;
    cl_mem gradients;
    cl_mem by_feature[NETWORK_MOST_LAYERS + 1]; /* activations; the last are the logits */
    cl_mem by_row[NETWORK_MOST_LAYERS];
    cl_mem
        delta[NETWORK_MOST_LAYERS + 1]; /* by row: d loss / d output of a layer; [0] is not used */
} network;

/* Destroy accepts what a failed create has left. */
int network_create(network *net, const workplace *place, const network_shape *shape, size_t rows);
void network_destroy(network *net);

/* He-uniform weights (K. He et al., arXiv:1502.01852) and zero biases. */
int network_start(const network *net, uint64_t seed);

/* Both only enqueue. Gradients of the mean loss of rows first ... first + rows of the order, and
 * the loss of each row into `losses` (float) from element `first`. */
int network_learn(const network *net, const network_images *images, size_t first, size_t rows,
                  cl_mem losses);
/* 1 or 0 into `correct` (uchar) from element `first`; `images->order` has to be 0, 1, 2, ... */
int network_judge(const network *net, const network_images *images, size_t first, size_t rows,
                  cl_mem correct);

#endif
