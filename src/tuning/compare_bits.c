/* Steps a small model and computes a digest of the result. tune.c compares digests. */
#include "tuning/compare_bits.h"

#include "base/error.h"
#include "base/memory.h"
#include "device/failure.h"

enum { STEPS = 3, TENSORS = 10, MODEL = 200000 };

/* Sizes at which a vector, a chunk or a remainder begins or ends, at unaligned offsets. */
static void describe_model(const cl_mem buffers[2], clstep_tensor tensors[TENSORS])
{
    static const uint32_t counts[TENSORS] = {1, 15, 16, 17, 63, 64, 1000, 4097, 20011, 140000};
    uint64_t at = 0;
    for (size_t i = 0; i < TENSORS; i++) {
        tensors[i] = (clstep_tensor){.param = buffers[0],
                                     .grad = buffers[1],
                                     .param_offset = at + i % 3,
                                     .grad_offset = at + (i % 4 == 3 ? 2 : i % 3),
                                     .count = counts[i]};
        at += (counts[i] + 16 + 15) / 16 * 16;
    }
}

static clstep_status add_array(const clstep__tune_bench *bench, cl_mem buffer, uint64_t offset,
                               uint64_t count, float *room, clstep__sha256 *state)
{
    const size_t bytes = (size_t)count * sizeof(float);
    const cl_int code = clEnqueueReadBuffer(
        bench->queue, buffer, CL_TRUE, (size_t)offset * sizeof(float), bytes, room, 0, NULL, NULL);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clEnqueueReadBuffer", code);
    clstep__sha256_add(state, room, bytes);
    return CLSTEP_OK;
}

static clstep_status add_state(const clstep__tune_bench *bench, const clstep_optimizer *optimizer,
                               const clstep_tensor *tensors, float *room, clstep__sha256 *state)
{
    clstep_status status = CLSTEP_OK;
    for (size_t i = 0; status == CLSTEP_OK && i < TENSORS; i++) {
        clstep_state_array array = CLSTEP_STATE_ARRAY_INIT;
        status = clstep_optimizer_find_state_array(optimizer, 0, i, "square_avg", &array);
        if (status == CLSTEP_OK)
            status = add_array(bench, array.buffer, array.offset, tensors[i].count, room, state);
    }
    return status;
}

static clstep_status step_model(const clstep__tune_bench *bench, clstep_engine *engine,
                                const cl_mem buffers[2], float *room,
                                unsigned char digest[CLSTEP__SHA256_SIZE])
{
    clstep_tensor tensors[TENSORS];
    clstep_optimizer *optimizer = NULL;
    clstep__sha256 state;
    clstep__sha256_start(&state);
    describe_model(buffers, tensors);
    clstep_status status = clstep__tune_optimizer(bench, engine, tensors, TENSORS, &optimizer);
    for (int i = 0; status == CLSTEP_OK && i < STEPS; i++)
        status = clstep_optimizer_step(optimizer, bench->queue, NULL, 0, NULL, NULL);
    if (status == CLSTEP_OK)
        status = clstep_optimizer_finish(optimizer);
    if (status == CLSTEP_OK) /* with the elements between the tensors */
        status = add_array(bench, buffers[0], 0, MODEL, room, &state);
    if (status == CLSTEP_OK)
        status = add_state(bench, optimizer, tensors, room, &state);
    clstep_optimizer_destroy(optimizer);
    clstep__sha256_end(&state, digest);
    return status;
}

clstep_status clstep__tune_digest(const clstep__tune_bench *bench, clstep_engine *engine,
                                  unsigned char digest[CLSTEP__SHA256_SIZE])
{
    cl_mem buffers[2] = {0};
    float *room = clstep__allocate(MODEL, sizeof *room);
    clstep_status status = room ? CLSTEP_OK : clstep__no_memory("clstep_tune");
    for (size_t i = 0; status == CLSTEP_OK && i < 2; i++)
        status = clstep__tune_buffer(bench, MODEL, &buffers[i]);
    if (status == CLSTEP_OK)
        status = step_model(bench, engine, buffers, room, digest);
    for (size_t i = 0; i < 2; i++) {
        if (buffers[i])
            clReleaseMemObject(buffers[i]);
    }
    clstep__free(room);
    return status;
}
