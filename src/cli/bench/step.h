/* A step to be timed by rounds.c, and the time of the first one. */
#ifndef CLSTEP_CLI_BENCH_STEP_H
#define CLSTEP_CLI_BENCH_STEP_H

#include "cli/bench/buffers.h"
#include "cli/bench/limit.h"

typedef struct bench_step {
    const workplace *place;
    const bench_buffers *buffers;
    clstep_engine *engine;
    clstep_optimizer *optimizer;
} bench_step;

/* Makes an engine and an optimizer and does a step; `seconds` is the time of all that. With `flat`
 * the optimizer has one tensor of as many elements as the model. Close accepts what a failed open
 * has left. */
int bench_step_open(bench_step *step, const bench_buffers *buffers,
                    const clstep_engine_options *launch, bool flat, double *seconds);
void bench_step_close(bench_step *step);

/* What the step reads and writes, for a step with `flat` or a model in shared buffers. */
int bench_step_load(const bench_step *step, limit_load *load);

/* For a bench_candidate: `step` is a bench_step. */
int bench_step_enqueue(void *step);

#endif
