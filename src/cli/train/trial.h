/* A rule that is tried with several learning rates at once: one optimizer, a group for each rate.
 */
#ifndef CLSTEP_CLI_TRAIN_TRIAL_H
#define CLSTEP_CLI_TRAIN_TRIAL_H

#include "cli/workplace.h"

enum { TRIAL_MOST_RATES = 16 };

typedef struct trial {
    const workplace *place;
    clstep_optimizer *optimizer;
    cl_mem params; /* fp32: all weights of the first rate, then those of the second ... */
    cl_mem grads;
    size_t count; /* of all weights with all rates */
} trial;

/* All return an exit code and have said what is wrong; close accepts what a failed open has left.
 * Every rate begins with the `elements` weights of `start`. */
int trial_open(trial *run, const workplace *place, clstep_engine *engine, const char *preset,
               const double *rates, size_t rate_count, const float *start, size_t elements);
/* By the gradients that lie in run->grads; only enqueues. */
int trial_step(const trial *run);
/* Reads all weights; waits. */
int trial_read(const trial *run, float *params);
void trial_close(trial *run);

#endif
