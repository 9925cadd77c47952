/* Measures for the tuner: buffers, optimizers and times. search.c chooses the launch parameters. */
#include "tuning/measure.h"

#include "base/error.h"
#include "base/memory.h"
#include "device/failure.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char call[] = "clstep_tune";

/* Elements: of the large tensor by default, at least, and of the block that fills it. The least is
 * for tests; a useful result needs more than the caches hold. */
enum {
    ELEMENTS = 32 << 20,
    ELEMENTS_LEAST = 1 << 14,
    BLOCK = 1 << 20,
    MEMORY_SHARE = 8,
    ARRAYS = 4
};
/* Rounds: before the measurement, and before giving up on a slow candidate. */
enum { WARM_UP = 2, SLOW_AFTER = 3 };
static const double slow = 1.15;

/* ---- buffers */

/* Numbers in (-1, 1). They repeat, but too late for memory that compresses to be faster. */
static void fill_block(float *block, size_t count)
{
    uint32_t random = 2012;
    for (size_t i = 0; i < count; i++) {
        random = random * 1664525u + 1013904223u;
        block[i] = (float)(random >> 8) / 8388608.0f - 1.0f;
    }
}

static cl_int write_blocks(cl_command_queue queue, cl_mem buffer, uint64_t elements,
                           const float *block)
{
    cl_int code = CL_SUCCESS;
    for (uint64_t done = 0; code == CL_SUCCESS && done < elements; done += BLOCK) {
        const uint64_t left = elements - done;
        code = clEnqueueWriteBuffer(queue, buffer, CL_TRUE, (size_t)done * sizeof *block,
                                    (size_t)(left < BLOCK ? left : BLOCK) * sizeof *block, block, 0,
                                    NULL, NULL);
    }
    return code;
}

clstep_status clstep__tune_buffer(const clstep__tune_bench *bench, uint64_t elements,
                                  cl_mem *buffer)
{
    cl_int code;
    float *block = clstep__allocate(BLOCK, sizeof *block);
    if (!block)
        return clstep__no_memory(call);
    fill_block(block, BLOCK);
    *buffer = clCreateBuffer(bench->context, CL_MEM_READ_WRITE, (size_t)elements * sizeof(float),
                             NULL, &code);
    clstep_status status = *buffer ? CLSTEP_OK : clstep__cl_failed("clCreateBuffer", code);
    if (status == CLSTEP_OK) {
        code = write_blocks(bench->queue, *buffer, elements, block);
        if (code != CL_SUCCESS)
            status = clstep__cl_failed("clEnqueueWriteBuffer", code);
    }
    clstep__free(block);
    return status;
}

/* Two arrays and the state of two optimizers must fit into a part of the memory; if the caller has
 * chosen the number of elements, into all of it. */
static clstep_status choose_elements(clstep__tune_bench *bench, uint64_t wanted)
{
    clstep_device_info info = CLSTEP_DEVICE_INFO_INIT;
    clstep_status status = clstep_device_describe(bench->device, &info);
    if (status != CLSTEP_OK)
        return status;
    const uint64_t by_buffer = info.max_allocation / sizeof(float);
    const uint64_t by_memory = info.global_memory / (ARRAYS * sizeof(float));
    const uint64_t most = by_buffer < by_memory ? by_buffer : by_memory;
    if (wanted > most)
        return clstep__refuse(call,
                              "options.elements is %llu; this device has memory for at most %llu",
                              (unsigned long long)wanted, (unsigned long long)most);
    const uint64_t chosen = by_memory / MEMORY_SHARE;
    bench->elements = wanted ? wanted : ELEMENTS;
    if (!wanted && bench->elements > chosen)
        bench->elements = chosen;
    if (bench->elements > by_buffer)
        bench->elements = by_buffer;
    if (bench->elements < ELEMENTS_LEAST)
        bench->elements = ELEMENTS_LEAST;
    return CLSTEP_OK;
}

static clstep_status describe_queue(clstep__tune_bench *bench)
{
    cl_command_queue_properties properties = 0;
    const struct {
        cl_command_queue_info what;
        void *value;
        size_t size;
    } wanted[] = {
        {CL_QUEUE_CONTEXT, &bench->context, sizeof bench->context},
        {CL_QUEUE_DEVICE, &bench->device, sizeof bench->device},
        {CL_QUEUE_PROPERTIES, &properties, sizeof properties},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const cl_int code = clGetCommandQueueInfo(bench->queue, wanted[i].what, wanted[i].size,
                                                  wanted[i].value, NULL);
        if (code == CL_INVALID_COMMAND_QUEUE)
            return clstep__refuse(call, "queue is no OpenCL command queue");
        if (code != CL_SUCCESS)
            return clstep__cl_failed("clGetCommandQueueInfo", code);
    }
    bench->profiling = (properties & CL_QUEUE_PROFILING_ENABLE) != 0;
    return CLSTEP_OK;
}

clstep_status clstep__tune_bench_open(clstep__tune_bench *bench, cl_command_queue queue,
                                      uint64_t elements, uint32_t rounds)
{
    *bench = (clstep__tune_bench){.queue = queue, .rounds = rounds};
    clstep_status status = describe_queue(bench);
    if (status == CLSTEP_OK)
        status = choose_elements(bench, elements);
    if (status == CLSTEP_OK)
        status = clstep__tune_buffer(bench, bench->elements, &bench->params);
    if (status == CLSTEP_OK)
        status = clstep__tune_buffer(bench, bench->elements, &bench->grads);
    return status;
}

void clstep__tune_bench_close(clstep__tune_bench *bench)
{
    if (bench->params)
        clReleaseMemObject(bench->params);
    if (bench->grads)
        clReleaseMemObject(bench->grads);
}

/* ---- optimizers */

clstep_status clstep__tune_optimizer(const clstep__tune_bench *bench, clstep_engine *engine,
                                     const clstep_tensor *tensors, size_t count,
                                     clstep_optimizer **optimizer)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    clstep_status status = clstep_rule_preset(&rule, "hinton");
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = tensors,
                                .tensor_count = count};
    if (status == CLSTEP_OK)
        status = clstep_optimizer_create(optimizer, engine, bench->queue, 1, &group, NULL, NULL);
    return status;
}

clstep_status clstep__tune_runner_open(const clstep__tune_bench *bench,
                                       const clstep_engine_options *launch,
                                       clstep__tune_runner *runner)
{
    const clstep_tensor tensor = {
        .param = bench->params, .grad = bench->grads, .count = bench->elements};
    *runner = (clstep__tune_runner){0};
    clstep_status status =
        clstep_engine_create(&runner->engine, bench->context, bench->device, launch);
    if (status == CLSTEP_OK)
        status = clstep__tune_optimizer(bench, runner->engine, &tensor, 1, &runner->optimizer);
    if (status != CLSTEP_OK)
        clstep__tune_runner_close(runner);
    return status;
}

void clstep__tune_runner_close(clstep__tune_runner *runner)
{
    clstep_optimizer_destroy(runner->optimizer);
    clstep_engine_destroy(runner->engine);
    *runner = (clstep__tune_runner){0};
}

/* ---- times */

static double now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

/* The time of a profiling event; 0 if the driver's numbers make no sense. */
static double seconds_of(cl_event event)
{
    cl_ulong start = 0, end = 0;
    if (clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof start, &start, NULL) !=
            CL_SUCCESS ||
        clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL) !=
            CL_SUCCESS)
        return 0;
    return end > start ? 1e-9 * (double)(end - start) : 0;
}

static clstep_status time_step(const clstep__tune_bench *bench, const clstep__tune_runner *runner,
                               double *seconds)
{
    cl_event event = NULL;
    const double start = now();
    clstep_status status =
        clstep_optimizer_step(runner->optimizer, bench->queue, NULL, 0, NULL, &event);
    if (status != CLSTEP_OK)
        return status;
    const cl_int code = clWaitForEvents(1, &event);
    *seconds = now() - start;
    const double measured = bench->profiling && code == CL_SUCCESS ? seconds_of(event) : 0;
    if (measured > 0)
        *seconds = measured;
    clReleaseEvent(event);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clWaitForEvents", code);
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double *values, size_t count)
{
    double sorted[CLSTEP__TUNE_ROUNDS_MAX];
    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare);
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

/* Steps both one after the other; they take turns in being first. */
static clstep_status time_both(const clstep__tune_bench *bench,
                               const clstep__tune_runner *const by[2], size_t round,
                               double seconds[2])
{
    const size_t first = round % 2;
    clstep_status status = time_step(bench, by[first], &seconds[first]);
    return status == CLSTEP_OK ? time_step(bench, by[!first], &seconds[!first]) : status;
}

clstep_status clstep__tune_measure(const clstep__tune_bench *bench,
                                   const clstep__tune_runner *old_one,
                                   const clstep__tune_runner *new_one, clstep__tune_times *times)
{
    const clstep__tune_runner *const by[2] = {old_one, new_one};
    double old_seconds[CLSTEP__TUNE_ROUNDS_MAX], new_seconds[CLSTEP__TUNE_ROUNDS_MAX];
    double gains[CLSTEP__TUNE_ROUNDS_MAX], both[2];
    size_t count = 0;
    for (size_t round = 0; round < WARM_UP + bench->rounds; round++) {
        clstep_status status = time_both(bench, by, round, both);
        if (status != CLSTEP_OK)
            return status;
        if (round < WARM_UP)
            continue;
        old_seconds[count] = both[0];
        new_seconds[count] = both[1];
        gains[count] = both[0] / both[1];
        count++;
        if (count >= SLOW_AFTER && median(gains, count) * slow < 1)
            break;
    }
    times->old_seconds = median(old_seconds, count);
    times->new_seconds = median(new_seconds, count);
    times->gain = median(gains, count);
    return CLSTEP_OK;
}
