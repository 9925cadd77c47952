/*
 * A task that moves: DRIFT_WEIGHTS weights, each with a target that wanders between -1 and 1. A
 * weight's gradient is size * (weight - target + noise). The sizes lie between 0.01 and 100, differ
 * from weight to weight, and wander as well.
 */
#ifndef CLSTEP_CLI_TRAIN_DRIFT_TASK_H
#define CLSTEP_CLI_TRAIN_DRIFT_TASK_H

#include "cli/progress.h"
#include "cli/train/trial.h"

enum {
    DRIFT_WEIGHTS = 512,
    DRIFT_STEPS = 10000,
    DRIFT_SAMPLES = 100, /* evenly over the steps */
    DRIFT_SIZES = 8,     /* ranges of sizes of gradients, evenly over their logarithms */
};

/* How far the weights are from their targets: root mean squares, as parts of the targets' own.
 * Weights that stay at 0 are at 1. */
typedef struct drift_result {
    double mean; /* NAN: diverged */
    double samples[DRIFT_SAMPLES];
    double by_size[DRIFT_SIZES];
} drift_result;

typedef struct drift_task {
    const workplace *place;
    clstep_engine *engine;
    cl_program program;
    cl_kernel kernel;
    cl_mem waves;
    float *wave; /* the same on the host */
    size_t seeds;
    progress *bar;
} drift_task;

/* Draws targets and sizes for `seeds` seeds, from `seed` on. Open and run return an exit code and
 * have said what is wrong; close accepts what a failed open has left. */
int drift_open(drift_task *task, const workplace *place, clstep_engine *engine, progress *bar,
               uint64_t seed, size_t seeds);
void drift_close(drift_task *task);

/* Runs a preset; `results` are those of all seeds with the first rate, then with the second ... */
int drift_run(const drift_task *task, const char *preset, const char *name, const double *rates,
              size_t rate_count, drift_result *results);

#endif
