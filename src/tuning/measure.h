/* The measurement of the tuner: a large tensor, stepped with two sets of launch parameters in turn.
 */
#ifndef CLSTEP_TUNING_MEASURE_H
#define CLSTEP_TUNING_MEASURE_H

#include <clstep/clstep.h>
#include <stdbool.h>

enum { CLSTEP__TUNE_ROUNDS_MAX = 99 };

typedef struct clstep__tune_bench {
    cl_context context;
    cl_device_id device;
    cl_command_queue queue; /* borrowed */
    bool profiling;         /* its events have times */
    uint64_t elements;
    uint32_t rounds;
    cl_mem params;
    cl_mem grads;
} clstep__tune_bench;

/* An engine with some launch parameters, and the large tensor's optimizer. */
typedef struct clstep__tune_runner {
    clstep_engine *engine;
    clstep_optimizer *optimizer;
} clstep__tune_runner;

/* `elements` 0: it chooses the number. It refuses more than the device has memory for. Close it
 * after a failure too. */
clstep_status clstep__tune_bench_open(clstep__tune_bench *bench, cl_command_queue queue,
                                      uint64_t elements, uint32_t rounds);
void clstep__tune_bench_close(clstep__tune_bench *bench);

/* `launch` NULL: the default launch parameters. On failure there is nothing to close. */
clstep_status clstep__tune_runner_open(const clstep__tune_bench *bench,
                                       const clstep_engine_options *launch,
                                       clstep__tune_runner *runner);
void clstep__tune_runner_close(clstep__tune_runner *runner);

/* A buffer of `elements` numbers; and an optimizer with RMSprop without momentum. */
clstep_status clstep__tune_buffer(const clstep__tune_bench *bench, uint64_t elements,
                                  cl_mem *buffer);
clstep_status clstep__tune_optimizer(const clstep__tune_bench *bench, clstep_engine *engine,
                                     const clstep_tensor *tensors, size_t count,
                                     clstep_optimizer **optimizer);

/* Steps both in turn. Gives the medians in seconds, and the median of old / new over the rounds.
 * Gives up early if the new one is clearly slower. */
typedef struct clstep__tune_times {
    double old_seconds;
    double new_seconds;
    double gain;
} clstep__tune_times;

clstep_status clstep__tune_measure(const clstep__tune_bench *bench,
                                   const clstep__tune_runner *old_one,
                                   const clstep__tune_runner *new_one, clstep__tune_times *times);

#endif
