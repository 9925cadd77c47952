#include "cli/bench/bed.h"

#include "cli/train/buffer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- buffers ------------------------------------------------------------------------------- */

enum { BLOCK = 1 << 20, BEHIND = 64 << 10, LARGE = 4 << 20 };

/* Numbers in (-1, 1) that repeat after BLOCK: memory that compresses constants gains nothing. */
static void *make_block(const bench_dtype *type)
{
    void *block = malloc(BLOCK * type->bytes);
    uint32_t random = 2012;
    for (size_t i = 0; block && i < BLOCK; i++) {
        random = random * 1664525u + 1013904223u;
        type->put((float)(random >> 8) / 8388608.0f - 1.0f, i, block);
    }
    return block;
}

static int fill(const bench_bed *bed, cl_mem buffer, const bench_dtype *type, const void *block,
                size_t elements)
{
    cl_int code = CL_SUCCESS;
    for (size_t done = 0; code == CL_SUCCESS && done < elements; done += BLOCK) {
        const size_t left = elements - done;
        code =
            clEnqueueWriteBuffer(bed->place->queue, buffer, CL_TRUE, done * type->bytes,
                                 (left < BLOCK ? left : BLOCK) * type->bytes, block, 0, NULL, NULL);
    }
    return code == CL_SUCCESS ? EXIT_OK : complain_cl("clEnqueueWriteBuffer", code);
}

/* Large ones with something behind, as src/optimizer/buffers.c gives large arrays of state: equal
 * buffers of a power of two would slow down all kernels on some CPUs. */
static int make_buffer(const bench_bed *bed, const bench_dtype *type, const void *block,
                       size_t elements, cl_mem *buffer)
{
    const size_t bytes = elements * type->bytes;
    const int has_more = bytes >= LARGE && bytes + BEHIND <= bed->most;
    int code = buffer_create(bed->place, buffer, has_more ? bytes + BEHIND : bytes, NULL);
    return code == EXIT_OK ? fill(bed, *buffer, type, block, elements) : code;
}

/* The parameters, or the gradients (`which` 0 or 1). */
static int make_buffers(bench_bed *bed, size_t which)
{
    const bench_dtype *type = which == 0 ? bed->contest->param : bed->contest->grad;
    const bench_counts *tensors = &bed->model->tensors;
    void *block = make_block(type);
    if (!block)
        return complain(EXIT_FAILED, "out of memory");
    int code = make_buffer(bed, type, block, bed->model->elements, &bed->flat[which]);
    for (size_t i = 0; code == EXIT_OK && bed->own && i < tensors->count; i++)
        code = make_buffer(bed, type, block, tensors->of[i], &bed->own[2 * i + which]);
    free(block);
    return code;
}

static int describe(const workplace *place, clstep_device_info *info)
{
    *info = (clstep_device_info)CLSTEP_DEVICE_INFO_INIT;
    clstep_status status = clstep_device_describe(place->device, info);
    return status == CLSTEP_OK ? EXIT_OK : complain_status(status);
}

static double param_bytes(const bench_model *model, const bench_contest *contest)
{
    return (double)model->elements * (double)contest->param->bytes;
}

static int check_size(bench_bed *bed)
{
    clstep_device_info info;
    const int code = describe(bed->place, &info);
    if (code != EXIT_OK)
        return code;
    bed->most = info.max_allocation;
    const double needed = param_bytes(bed->model, bed->contest);
    if (needed <= (double)info.max_allocation)
        return EXIT_OK;
    return complain(
        EXIT_FAILED, "%zu elements need buffers of %.1f GiB; this device's largest is %.1f GiB",
        bed->model->elements, needed / 1073741824.0, (double)info.max_allocation / 1073741824.0);
}

double bench_bed_bytes(const bench_model *model, const bench_contest *contest)
{
    return (double)model->elements * (double)(contest->param->bytes + contest->grad->bytes +
                                              contest->states * contest->state->bytes);
}

int bench_bed_fits(const workplace *place, const bench_model *model, const bench_contest *contest,
                   bool *fits)
{
    clstep_device_info info;
    const int code = describe(place, &info);
    if (code != EXIT_OK)
        return code;
    *fits = param_bytes(model, contest) <= (double)info.max_allocation &&
            4 * bench_bed_bytes(model, contest) <= (double)info.global_memory;
    return EXIT_OK;
}

int bench_bed_open(bench_bed *bed, const workplace *place, const bench_model *model,
                   const bench_contest *contest, bool own_buffers)
{
    *bed = (bench_bed){.place = place, .model = model, .contest = contest};
    int code = check_size(bed);
    if (code != EXIT_OK)
        return code;
    if (own_buffers) {
        bed->own = calloc(2 * model->tensors.count, sizeof *bed->own);
        if (!bed->own)
            return complain(EXIT_FAILED, "out of memory");
    }
    code = make_buffers(bed, 0);
    return code == EXIT_OK ? make_buffers(bed, 1) : code;
}

void bench_bed_close(bench_bed *bed)
{
    for (size_t i = 0; bed->own && i < 2 * bed->model->tensors.count; i++)
        buffer_release(bed->own[i]);
    free(bed->own);
    buffer_release(bed->flat[0]);
    buffer_release(bed->flat[1]);
    *bed = (bench_bed){0};
}

/* ---- optimizers ---------------------------------------------------------------------------- */

static clstep_tensor flat_tensor(const bench_bed *bed, size_t first, size_t count)
{
    return (clstep_tensor){.param = bed->flat[0],
                           .grad = bed->flat[1],
                           .param_offset = first,
                           .grad_offset = first,
                           .count = count,
                           .param_dtype = bed->contest->param->code,
                           .grad_dtype = bed->contest->grad->code};
}

static void list_tensors(const bench_bed *bed, clstep_tensor *tensors)
{
    size_t first = 0;
    for (size_t i = 0; i < bed->model->tensors.count; i++) {
        const size_t count = bed->model->tensors.of[i];
        tensors[i] = flat_tensor(bed, first, count);
        if (bed->own) {
            tensors[i].param = bed->own[2 * i];
            tensors[i].grad = bed->own[2 * i + 1];
            tensors[i].param_offset = tensors[i].grad_offset = 0;
        }
        first += count;
    }
}

int bench_bed_optimizer(const bench_bed *bed, clstep_engine *engine, bool flat,
                        clstep_optimizer **optimizer)
{
    const size_t count = flat ? 1 : bed->model->tensors.count;
    clstep_tensor *tensors = calloc(count, sizeof *tensors);
    if (!tensors)
        return complain(EXIT_FAILED, "out of memory");
    if (flat)
        tensors[0] = flat_tensor(bed, 0, bed->model->elements);
    else
        list_tensors(bed, tensors);
    const clstep_group group = {.rule = &bed->contest->rule,
                                .tensors = tensors,
                                .tensor_count = count,
                                .state_storage = bed->contest->state->code};
    clstep_status status =
        clstep_optimizer_create(optimizer, engine, bed->place->queue, 1, &group, NULL, NULL);
    free(tensors);
    return status == CLSTEP_OK ? EXIT_OK : complain_status(status);
}

/* ---- the limit's load ------------------------------------------------------------------ */

/* The limit takes the state's buffers as they are; where the library has put the state of one
 * large model into several, or not at the begin of one, that would compare different things. */
static int add_state(const bench_bed *bed, const clstep_optimizer *optimizer, size_t index,
                     cl_mem *buffer)
{
    clstep_state_array array = CLSTEP_STATE_ARRAY_INIT;
    size_t size = 0;
    clstep_status status = clstep_optimizer_state_array(optimizer, 0, 0, index, &array);
    if (status != CLSTEP_OK)
        return complain_status(status);
    *buffer = array.buffer;
    cl_int code = clGetMemObjectInfo(*buffer, CL_MEM_SIZE, sizeof size, &size, NULL);
    if (code != CL_SUCCESS)
        return complain_cl("clGetMemObjectInfo", code);
    if (array.offset == 0 && size >= bed->model->elements * bed->contest->state->bytes)
        return EXIT_OK;
    return complain(EXIT_FAILED, "the state of %zu elements does not fit one buffer of this device",
                    bed->model->elements);
}

int bench_bed_load(const bench_bed *bed, const clstep_optimizer *optimizer, limit_load *load)
{
    const bench_contest *contest = bed->contest;
    *load = (limit_load){.arrays = {bed->flat[0], bed->flat[1]},
                         .count = 2 + contest->states,
                         .param_bytes = contest->param->bytes,
                         .grad_bytes = contest->grad->bytes,
                         .state_bytes = contest->state->bytes,
                         .elements = bed->model->elements,
                         .has_root = contest->rule.algorithm != CLSTEP_ALGORITHM_SGD};
    int code = EXIT_OK;
    for (size_t i = 0; code == EXIT_OK && i < contest->states; i++)
        code = add_state(bed, optimizer, i, &load->arrays[2 + i]);
    return code;
}

int bench_bed_check(const bench_bed *bed)
{
    enum { SAMPLE = 4096 };
    float sample[SAMPLE];
    if (bed->contest->param->code != CLSTEP_DTYPE_FLOAT32)
        return EXIT_OK;
    const size_t count = bed->model->elements < SAMPLE ? bed->model->elements : SAMPLE;
    int code = buffer_read(bed->place, bed->flat[0], count * sizeof *sample, sample);
    for (size_t i = 0; code == EXIT_OK && i < count; i++) {
        if (!isfinite(sample[i]))
            code = complain(EXIT_FAILED, "the parameters are not finite after the update");
    }
    return code;
}
