/* Forward and backward passes of the network. The optimizer's step is the library's, called by
 * run.c. */
#include "cli/train/network.h"

#include "cli/blas.h"
#include "cli/train/dataset.h"
#include "cli/train/random.h"
#include "cli/workplace.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { GATHER, ADD_BIAS_RELU, RELU_GRADIENT, SOFTMAX_LOSS, MARK_CORRECT, BIAS_GRADIENT };

enum { TILE = 16 }; /* rows of a work-item in gather and add_bias_relu */

static const char *const kernel_names[NETWORK_KERNELS] = {
    [GATHER] = "gather",
    [ADD_BIAS_RELU] = "add_bias_relu",
    [RELU_GRADIENT] = "relu_gradient",
    [SOFTMAX_LOSS] = "softmax_loss",
    [MARK_CORRECT] = "mark_correct",
    [BIAS_GRADIENT] = "bias_gradient",
};

size_t network_weights(const network_shape *shape, size_t layer)
{
    return shape->sizes[layer] * shape->sizes[layer + 1];
}

size_t network_weight_offset(const network_shape *shape, size_t layer)
{
    size_t offset = 0;
    for (size_t i = 0; i < layer; i++)
        offset += network_weights(shape, i) + shape->sizes[i + 1];
    return offset;
}

size_t network_bias_offset(const network_shape *shape, size_t layer)
{
    return network_weight_offset(shape, layer) + network_weights(shape, layer);
}

size_t network_parameters(const network_shape *shape)
{
    return network_weight_offset(shape, shape->layers);
}

/* ---- kernels ------------------------------------------------------------------------------- */

static int build_kernels(network *net)
{
    char options[64];
    snprintf(options, sizeof options, "-cl-std=CL1.2 -DCLASSES=%d -DTILE=%d", DATASET_CLASSES,
             TILE);
    int built = workplace_build(net->place, network_cl, network_cl_size, options, &net->program);
    if (built)
        return built;
    net->work_group = 64;
    for (size_t i = 0; i < NETWORK_KERNELS; i++) {
        cl_int code;
        net->kernels[i] = clCreateKernel(net->program, kernel_names[i], &code);
        if (code != CL_SUCCESS)
            return complain_cl("clCreateKernel", code);
        size_t most = 0;
        code = clGetKernelWorkGroupInfo(net->kernels[i], net->place->device,
                                        CL_KERNEL_WORK_GROUP_SIZE, sizeof most, &most, NULL);
        if (code != CL_SUCCESS)
            return complain_cl("clGetKernelWorkGroupInfo", code);
        if (most > 0 && most < net->work_group)
            net->work_group = most;
    }
    return EXIT_OK;
}

typedef struct argument {
    size_t size;
    const void *value;
} argument;

#define ARGUMENT(object)                                                                           \
    (argument)                                                                                     \
    {                                                                                              \
        sizeof(object), &(object)                                                                  \
    }

/* Launches over `items` x `lines` work-items; the kernels skip those past `items`. */
static int launch(const network *net, size_t kernel, size_t items, size_t lines, size_t count,
                  const argument *arguments)
{
    cl_kernel object = net->kernels[kernel];
    for (size_t i = 0; i < count; i++) {
        cl_int code = clSetKernelArg(object, (cl_uint)i, arguments[i].size, arguments[i].value);
        if (code != CL_SUCCESS)
            return complain_cl("clSetKernelArg", code);
    }
    size_t local[2] = {net->work_group, 1};
    size_t global[2] = {(items + local[0] - 1) / local[0] * local[0], lines};
    cl_int code =
        clEnqueueNDRangeKernel(net->place->queue, object, 2, NULL, global, local, 0, NULL, NULL);
    return code == CL_SUCCESS ? EXIT_OK : complain_cl("clEnqueueNDRangeKernel", code);
}

#define LAUNCH(net, kernel, items, lines, ...)                                                     \
    launch(net, kernel, items, lines, sizeof((argument[]){__VA_ARGS__}) / sizeof(argument),        \
           (const argument[]){__VA_ARGS__})

/* ---- forward and backward ------------------------------------------------------------------ */

static blas_matrix weights(const network *net, size_t layer, bool transposed)
{
    return (blas_matrix){net->parameters, network_weight_offset(&net->shape, layer),
                         net->shape.sizes[layer + 1], transposed};
}

static size_t tiles(size_t rows)
{
    return (rows + TILE - 1) / TILE;
}

static int gather(const network *net, const network_images *images, size_t first_row, size_t count)
{
    cl_uint first = (cl_uint)first_row, rows = (cl_uint)count;
    cl_uint features = (cl_uint)net->shape.sizes[0];
    return LAUNCH(net, GATHER, features, tiles(count), ARGUMENT(images->images),
                  ARGUMENT(images->order), ARGUMENT(first), ARGUMENT(rows), ARGUMENT(features),
                  ARGUMENT(images->mean), ARGUMENT(images->scale), ARGUMENT(net->by_feature[0]),
                  ARGUMENT(net->by_row[0]));
}

/* Up to the logits, to which their bias has not been added. */
static int forward(const network *net, const network_images *images, size_t first, size_t count)
{
    cl_uint rows = (cl_uint)count;
    int code = gather(net, images, first, count);
    for (size_t i = 0; !code && i < net->shape.layers; i++) {
        cl_uint features = (cl_uint)net->shape.sizes[i + 1];
        cl_uint bias = (cl_uint)network_bias_offset(&net->shape, i);
        code =
            blas_multiply(net->place->queue, features, rows, net->shape.sizes[i],
                          weights(net, i, true), (blas_matrix){net->by_feature[i], 0, rows, false},
                          (blas_matrix){net->by_feature[i + 1], 0, rows, false});
        if (!code && i + 1 < net->shape.layers)
            code = LAUNCH(net, ADD_BIAS_RELU, features, tiles(count), ARGUMENT(net->parameters),
                          ARGUMENT(bias), ARGUMENT(rows), ARGUMENT(features),
                          ARGUMENT(net->by_feature[i + 1]), ARGUMENT(net->by_row[i + 1]));
    }
    return code;
}

/* The gradients of a layer's parameters from delta[layer + 1]. */
static int layer_gradients(const network *net, size_t layer, size_t count)
{
    size_t inputs = net->shape.sizes[layer], outputs = net->shape.sizes[layer + 1];
    int code = blas_multiply(
        net->place->queue, inputs, outputs, count,
        (blas_matrix){net->by_row[layer], 0, inputs, true},
        (blas_matrix){net->delta[layer + 1], 0, outputs, false},
        (blas_matrix){net->gradients, network_weight_offset(&net->shape, layer), outputs, false});
    if (code)
        return code;
    cl_uint rows = (cl_uint)count, features = (cl_uint)outputs;
    cl_uint bias = (cl_uint)network_bias_offset(&net->shape, layer);
    return LAUNCH(net, BIAS_GRADIENT, features, 1, ARGUMENT(net->delta[layer + 1]), ARGUMENT(rows),
                  ARGUMENT(features), ARGUMENT(net->gradients), ARGUMENT(bias));
}

/* delta[layer] from delta[layer + 1], through the layer's weights and the ReLU in front of it. */
static int layer_delta(const network *net, size_t layer, size_t rows)
{
    size_t inputs = net->shape.sizes[layer], outputs = net->shape.sizes[layer + 1];
    int code = blas_multiply(net->place->queue, rows, inputs, outputs,
                             (blas_matrix){net->delta[layer + 1], 0, outputs, false},
                             weights(net, layer, true),
                             (blas_matrix){net->delta[layer], 0, inputs, false});
    if (code)
        return code;
    cl_uint count = (cl_uint)(rows * inputs);
    return LAUNCH(net, RELU_GRADIENT, count, 1, ARGUMENT(net->by_row[layer]), ARGUMENT(count),
                  ARGUMENT(net->delta[layer]));
}

int network_learn(const network *net, const network_images *images, size_t first_row, size_t count,
                  cl_mem losses)
{
    size_t layers = net->shape.layers;
    cl_uint first = (cl_uint)first_row, rows = (cl_uint)count;
    cl_uint bias = (cl_uint)network_bias_offset(&net->shape, layers - 1);
    int code = forward(net, images, first_row, count);
    if (!code)
        code = LAUNCH(net, SOFTMAX_LOSS, rows, 1, ARGUMENT(net->by_feature[layers]),
                      ARGUMENT(net->parameters), ARGUMENT(bias), ARGUMENT(images->labels),
                      ARGUMENT(images->order), ARGUMENT(first), ARGUMENT(rows),
                      ARGUMENT(net->delta[layers]), ARGUMENT(losses));
    for (size_t i = layers; !code && i-- > 0;) {
        code = layer_gradients(net, i, count);
        if (!code && i > 0)
            code = layer_delta(net, i, count);
    }
    return code;
}

int network_judge(const network *net, const network_images *images, size_t first_row, size_t count,
                  cl_mem correct)
{
    size_t layers = net->shape.layers;
    cl_uint first = (cl_uint)first_row, rows = (cl_uint)count;
    cl_uint bias = (cl_uint)network_bias_offset(&net->shape, layers - 1);
    int code = forward(net, images, first_row, count);
    if (code)
        return code;
    return LAUNCH(net, MARK_CORRECT, rows, 1, ARGUMENT(net->by_feature[layers]),
                  ARGUMENT(net->parameters), ARGUMENT(bias), ARGUMENT(images->labels),
                  ARGUMENT(first), ARGUMENT(rows), ARGUMENT(correct));
}

/* ---- life ---------------------------------------------------------------------------------- */

int network_start(const network *net, uint64_t seed)
{
    size_t count = network_parameters(&net->shape);
    float *values = calloc(count, sizeof *values);
    if (!values)
        return complain(EXIT_FAILED, "no memory for %zu parameters", count);
    random_stream stream = random_start(seed, 1);
    for (size_t layer = 0; layer < net->shape.layers; layer++) {
        /* sqrt() is exactly rounded everywhere, so the weights have the same bits everywhere. */
        float bound = (float)sqrt(6.0 / (double)net->shape.sizes[layer]);
        float *weight = values + network_weight_offset(&net->shape, layer);
        for (size_t i = network_weights(&net->shape, layer); i > 0; i--)
            *weight++ = (2 * random_unit(&stream) - 1) * bound;
    }
    int code = buffer_write(net->place, net->parameters, count * sizeof *values, values);
    free(values);
    return code;
}

static int create_buffers(network *net)
{
    size_t bytes = network_parameters(&net->shape) * sizeof(float);
    int code = buffer_create(net->place, &net->parameters, bytes, NULL);
    if (!code)
        code = buffer_create(net->place, &net->gradients, bytes, NULL);
    for (size_t i = 0; !code && i <= net->shape.layers; i++) {
        bytes = net->rows * net->shape.sizes[i] * sizeof(float);
        code = buffer_create(net->place, &net->by_feature[i], bytes, NULL);
        if (!code && i < net->shape.layers)
            code = buffer_create(net->place, &net->by_row[i], bytes, NULL);
        if (!code && i > 0)
            code = buffer_create(net->place, &net->delta[i], bytes, NULL);
    }
    return code;
}

int network_create(network *net, const workplace *place, const network_shape *shape, size_t rows)
{
    *net = (network){.place = place, .shape = *shape, .rows = rows};
    int code = build_kernels(net);
    return code ? code : create_buffers(net);
}

void network_destroy(network *net)
{
    for (size_t i = 0; i <= NETWORK_MOST_LAYERS; i++) {
        buffer_release(net->by_feature[i]);
        buffer_release(net->delta[i]);
        if (i < NETWORK_MOST_LAYERS)
            buffer_release(net->by_row[i]);
    }
    buffer_release(net->parameters);
    buffer_release(net->gradients);
    for (size_t i = 0; i < NETWORK_KERNELS; i++)
        if (net->kernels[i])
            clReleaseKernel(net->kernels[i]);
    if (net->program)
        clReleaseProgram(net->program);
    *net = (network){0};
}
