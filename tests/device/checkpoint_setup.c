/* Makes and trains a model in any format. The tests check the results. */
#include "checkpoint_setup.h"

#include "format/bfloat16.h"
#include "format/float16.h"

#include <stdio.h>

#include <stdlib.h>
#include <string.h>

const char *const setup_names[SETUP_TENSORS] = {"a", "b", "empty"};
const size_t setup_counts[SETUP_TENSORS] = {SETUP_A, SETUP_B, 0};
static const size_t offsets[SETUP_TENSORS] = {0, 384, SETUP_ELEMENTS};

static float draw(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    const float size = (float)(*seed >> 8) / 8388608.0f - 1.0f;
    return *seed % 7 == 0 ? size * 1e-3f : size;
}

static void encode(clstep_dtype dtype, float x, unsigned char *to)
{
    const uint16_t half =
        dtype == CLSTEP_DTYPE_BFLOAT16 ? clstep__to_bfloat16(x) : clstep__to_half(x);
    const double wide = (double)x;
    if (dtype == CLSTEP_DTYPE_FLOAT32)
        memcpy(to, &x, sizeof x);
    else if (dtype == CLSTEP_DTYPE_FLOAT64)
        memcpy(to, &wide, sizeof wide);
    else
        memcpy(to, &half, sizeof half);
}

void setup_open(setup *b, const clstep_rule *rule, setup_format format, unsigned seed)
{
    const size_t size = clstep_dtype_size(format.param_dtype);
    unsigned char *contents = malloc(SETUP_ELEMENTS * size);
    for (size_t i = 0; i < SETUP_ELEMENTS; i++)
        encode(format.param_dtype, draw(&seed), contents + i * size);
    cl_int code;
    *b = (setup){.format = format, .rule = *rule};
    b->params = clCreateBuffer(the.context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR,
                               SETUP_ELEMENTS * size, contents, &code);
    ck_cl(code);
    b->grads = make_buffer(NULL, SETUP_ELEMENTS);
    clstep_tensor tensors[SETUP_TENSORS] = {{0}};
    for (size_t i = 0; i < SETUP_TENSORS; i++)
        tensors[i] = (clstep_tensor){.param = b->params,
                                     .grad = b->grads,
                                     .param_offset = offsets[i],
                                     .grad_offset = offsets[i],
                                     .count = setup_counts[i],
                                     .param_dtype = format.param_dtype,
                                     .name = setup_names[i]};
    const clstep_group group = {CLSTEP_GROUP_SIZES,
                                .rule = &b->rule,
                                .tensors = tensors,
                                .tensor_count = SETUP_TENSORS,
                                .state_storage = format.state_storage,
                                .param_storage = format.param_storage};
    ck_ok(clstep_optimizer_create(&b->optimizer, the.engine, the.queue, 1, &group, NULL, NULL));
    free(contents);
}

void setup_close(setup *b)
{
    clstep_optimizer_destroy(b->optimizer);
    clReleaseMemObject(b->params);
    clReleaseMemObject(b->grads);
}

void setup_train(setup *b, unsigned first, unsigned count)
{
    static float grads[SETUP_ELEMENTS];
    for (unsigned step = first; step < first + count; step++) {
        unsigned seed = 1000 + step;
        for (size_t i = 0; i < SETUP_ELEMENTS; i++)
            grads[i] = draw(&seed) * (i % 128 < 5 ? 1e-4f : 1);
        ck_ok(clstep_optimizer_finish(b->optimizer));
        write_buffer(b->grads, 0, grads, SETUP_ELEMENTS);
        ck_ok(clstep_optimizer_step(b->optimizer, the.queue, NULL, 0, NULL, NULL));
    }
    ck_ok(clstep_optimizer_finish(b->optimizer));
}

unsigned char *setup_array(const setup *b, size_t tensor, const char *state, size_t *bytes)
{
    clstep_state_array array = CLSTEP_STATE_ARRAY_INIT;
    size_t offset = offsets[tensor] * clstep_dtype_size(b->format.param_dtype);
    *bytes = setup_counts[tensor] * clstep_dtype_size(b->format.param_dtype);
    if (state) {
        ck_ok(clstep_optimizer_find_state_array(b->optimizer, 0, tensor, state, &array));
        offset = (size_t)array.offset * clstep_dtype_size(array.dtype);
        *bytes = (size_t)array.count * clstep_dtype_size(array.dtype);
    }
    unsigned char *values = malloc(*bytes + 1);
    if (*bytes)
        ck_cl(clEnqueueReadBuffer(the.queue, state ? array.buffer : b->params, CL_TRUE, offset,
                                  *bytes, values, 0, NULL, NULL));
    return values;
}

unsigned char *setup_stored(const clstep_checkpoint *checkpoint, size_t tensor, const char *state,
                            size_t *bytes)
{
    char name[80];
    clstep_safetensors_tensor found = CLSTEP_SAFETENSORS_TENSOR_INIT;
    const clstep_safetensors *file = clstep_checkpoint_file(checkpoint);
    snprintf(name, sizeof name, "%s%s%s", setup_names[tensor], state ? "." : "",
             state ? state : "");
    const size_t index = clstep_safetensors_find(file, name);
    if (index == SIZE_MAX)
        return NULL;
    ck_ok(clstep_safetensors_tensor_at(file, index, &found));
    unsigned char *values = malloc(found.bytes + 1);
    ck_ok(clstep_safetensors_read(file, index, 0, found.bytes, values));
    *bytes = found.bytes;
    return values;
}

static void same_array(const char *what, const setup *a, const setup *b, size_t tensor,
                       const char *state)
{
    size_t size, other_size;
    unsigned char *one = setup_array(a, tensor, state, &size);
    unsigned char *other = setup_array(b, tensor, state, &other_size);
    ck_assert_msg(size == other_size && memcmp(one, other, size) == 0, "%s: %s of %s differs", what,
                  state ? state : "the parameter", setup_names[tensor]);
    free(one);
    free(other);
}

void setup_same(const char *what, const setup *a, const setup *b)
{
    for (size_t i = 0; i < SETUP_TENSORS; i++) {
        clstep_state_array array = CLSTEP_STATE_ARRAY_INIT;
        same_array(what, a, b, i, NULL);
        for (size_t k = 0; k < clstep_optimizer_state_count(a->optimizer, 0, i); k++) {
            ck_ok(clstep_optimizer_state_array(a->optimizer, 0, i, k, &array));
            same_array(what, a, b, i, array.name);
        }
    }
}

clstep_checkpoint *setup_save(const setup *b, int with_params, void **bytes)
{
    size_t size;
    clstep_checkpoint *checkpoint = NULL;
    clstep_save_options options = CLSTEP_SAVE_OPTIONS_INIT;
    options.with_params = with_params;
    ck_ok(clstep_checkpoint_save_memory(b->optimizer, the.queue, &options, bytes, &size));
    ck_ok(clstep_checkpoint_open_memory(&checkpoint, *bytes, size));
    return checkpoint;
}
