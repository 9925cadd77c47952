/* A step that can be a contender, and the time of the first one. */
#ifndef CLSTEP_CLI_BENCH_STEP_H
#define CLSTEP_CLI_BENCH_STEP_H

#include "cli/bench/bed.h"

typedef struct bench_step {
    const workplace *place;
    clstep_engine *engine;
    clstep_optimizer *optimizer;
} bench_step;

/* Makes engine and optimizer and does a step; `seconds` from the begin to the end of the step.
 * `flat` as for bench_bed_optimizer(). Close accepts what a failed open has left. */
int bench_step_open(bench_step *step, const bench_bed *bed, const clstep_engine_options *launch,
                    bool flat, double *seconds);
void bench_step_close(bench_step *step);

/* For a bench_contender: `step` is a bench_step. */
int bench_step_enqueue(void *step);

#endif
