/* Creates and fills the buffers of a model. step.c updates them. */
#include "cli/bench/buffers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- buffers ------------------------------------------------------------------------------- */

enum { BLOCK = 1 << 20, BEHIND = 64 << 10, LARGE = 4 << 20 };

/* bf16 is the upper half of fp32. */
static void put(float value, clstep_dtype type, size_t index, void *array)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (type == CLSTEP_DTYPE_BFLOAT16)
        ((uint16_t *)array)[index] = (uint16_t)(bits >> 16);
    else
        ((float *)array)[index] = value;
}

/* Numbers in (-1, 1) that repeat after BLOCK: memory that compresses constants gains nothing. */
static void *make_block(clstep_dtype type)
{
    void *block = malloc(BLOCK * clstep_dtype_size(type));
    uint32_t random = 2012;
    for (size_t i = 0; block && i < BLOCK; i++) {
        random = random * 1664525u + 1013904223u;
        put((float)(random >> 8) / 8388608.0f - 1.0f, type, i, block);
    }
    return block;
}

static int fill(const bench_buffers *buffers, cl_mem buffer, clstep_dtype type, const void *block,
                size_t elements)
{
    cl_int code = CL_SUCCESS;
    for (size_t done = 0; code == CL_SUCCESS && done < elements; done += BLOCK) {
        const size_t left = elements - done;
        code = clEnqueueWriteBuffer(
            buffers->place->queue, buffer, CL_TRUE, done * clstep_dtype_size(type),
            (left < BLOCK ? left : BLOCK) * clstep_dtype_size(type), block, 0, NULL, NULL);
    }
    return code == CL_SUCCESS ? EXIT_OK : complain_cl("clEnqueueWriteBuffer", code);
}

/* Large buffers get some bytes more, like large arrays of state in src/optimizer/buffers.c: buffers
 * of a power of two slow down all kernels on some CPUs. */
static int make_buffer(const bench_buffers *buffers, clstep_dtype type, const void *block,
                       size_t elements, cl_mem *buffer)
{
    const size_t bytes = elements * clstep_dtype_size(type);
    const int has_more = bytes >= LARGE && bytes + BEHIND <= buffers->most;
    int code = buffer_create(buffers->place, buffer, has_more ? bytes + BEHIND : bytes, NULL);
    return code == EXIT_OK ? fill(buffers, *buffer, type, block, elements) : code;
}

/* The parameters, or the gradients (`which` 0 or 1). */
static int make_buffers(bench_buffers *buffers, size_t which)
{
    clstep_dtype type = which == 0 ? buffers->workload->param : buffers->workload->grad;
    const bench_counts *tensors = &buffers->model->tensors;
    void *block = make_block(type);
    if (!block)
        return complain_memory();
    int code = make_buffer(buffers, type, block, buffers->model->elements, &buffers->flat[which]);
    for (size_t i = 0; code == EXIT_OK && buffers->own && i < tensors->count; i++)
        code = make_buffer(buffers, type, block, tensors->of[i], &buffers->own[2 * i + which]);
    free(block);
    return code;
}

static double param_bytes(const bench_model *model, const bench_workload *workload)
{
    return (double)model->elements * (double)clstep_dtype_size(workload->param);
}

static int check_size(bench_buffers *buffers)
{
    clstep_device_info info;
    const int code = workplace_describe(buffers->place, &info);
    if (code != EXIT_OK)
        return code;
    buffers->most = info.max_allocation;
    const double needed = param_bytes(buffers->model, buffers->workload);
    if (needed <= (double)info.max_allocation)
        return EXIT_OK;
    return complain(EXIT_FAILED,
                    "%zu elements need buffers of %.1f GiB; this device's largest is %.1f GiB",
                    buffers->model->elements, needed / 1073741824.0,
                    (double)info.max_allocation / 1073741824.0);
}

double bench_buffers_bytes(const bench_model *model, const bench_workload *workload)
{
    return (double)model->elements *
           (double)(clstep_dtype_size(workload->param) + clstep_dtype_size(workload->grad) +
                    workload->states * clstep_dtype_size(workload->state));
}

int bench_buffers_fit(const workplace *place, const bench_model *model,
                      const bench_workload *workload, bool *fits)
{
    clstep_device_info info;
    const int code = workplace_describe(place, &info);
    if (code != EXIT_OK)
        return code;
    *fits = param_bytes(model, workload) <= (double)info.max_allocation &&
            4 * bench_buffers_bytes(model, workload) <= (double)info.global_memory;
    return EXIT_OK;
}

int bench_buffers_open(bench_buffers *buffers, const workplace *place, const bench_model *model,
                       const bench_workload *workload, bool own_buffers)
{
    *buffers = (bench_buffers){.place = place, .model = model, .workload = workload};
    int code = check_size(buffers);
    if (code != EXIT_OK)
        return code;
    if (own_buffers) {
        buffers->own = calloc(2 * model->tensors.count, sizeof *buffers->own);
        if (!buffers->own)
            return complain_memory();
    }
    code = make_buffers(buffers, 0);
    return code == EXIT_OK ? make_buffers(buffers, 1) : code;
}

void bench_buffers_close(bench_buffers *buffers)
{
    for (size_t i = 0; buffers->own && i < 2 * buffers->model->tensors.count; i++)
        buffer_release(buffers->own[i]);
    free(buffers->own);
    buffer_release(buffers->flat[0]);
    buffer_release(buffers->flat[1]);
    *buffers = (bench_buffers){0};
}

/* ---- equal pages ---------------------------------------------------------------------------- */

/* The buffers take as many bytes again. */
enum { PAGE = 4096, OF_DEVICE = 4, OF_FREE = 3 };

static double free_memory(void)
{
    return (double)sysconf(_SC_AVPHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
}

void *bench_buffers_reserve(const workplace *place, double bytes)
{
    clstep_device_info info = CLSTEP_DEVICE_INFO_INIT;
    if (clstep_device_describe(place->device, &info) != CLSTEP_OK || !info.unified_memory ||
        OF_DEVICE * bytes > (double)info.global_memory || OF_FREE * bytes > free_memory())
        return NULL;
    const size_t count = (size_t)bytes;
    char *held = malloc(count);
    for (size_t i = 0; held && i < count; i += PAGE)
        ((volatile char *)held)[i] = 1; /* a page is taken when it is written to */
    return held;
}

/* ---- what is left in them ------------------------------------------------------------------- */

int bench_buffers_check(const bench_buffers *buffers)
{
    enum { SAMPLE = 4096 };
    float sample[SAMPLE];
    if (buffers->workload->param != CLSTEP_DTYPE_FLOAT32)
        return EXIT_OK;
    const size_t count = buffers->model->elements < SAMPLE ? buffers->model->elements : SAMPLE;
    int code = buffer_read(buffers->place, buffers->flat[0], count * sizeof *sample, sample);
    for (size_t i = 0; code == EXIT_OK && i < count; i++) {
        if (!isfinite(sample[i]))
            code = complain(EXIT_FAILED, "the parameters are not finite after the update");
    }
    return code;
}
