/* A step that can be a candidate, and the time of the first one. */
#ifndef CLSTEP_CLI_BENCH_STEP_H
#define CLSTEP_CLI_BENCH_STEP_H

#include "cli/bench/buffers.h"

typedef struct bench_step {
    const workplace *place;
    clstep_engine *engine;
    clstep_optimizer *optimizer;
} bench_step;

/* Makes engine and optimizer and does a step; `seconds` from the begin to the end of the step.
 * `flat` as for bench_buffers_optimizer(). Close accepts what a failed open has left. */
int bench_step_open(bench_step *step, const bench_buffers *buffers,
                    const clstep_engine_options *launch, bool flat, double *seconds);
void bench_step_close(bench_step *step);

/* For a bench_candidate: `step` is a bench_step. */
int bench_step_enqueue(void *step);

#endif
