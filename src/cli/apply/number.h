/* Which elements of the whole model the tensors have: random bits are drawn by their numbers. */
#ifndef CLSTEP_CLI_APPLY_NUMBER_H
#define CLSTEP_CLI_APPLY_NUMBER_H

#include "cli/apply/job.h"

/* Tensors begin at multiples of this, and may be cut there. */
enum { APPLY_RUN = 128 };

/* Sets the first element of every tensor of a job that is open. */
int apply_number(apply_job *job, const apply_options *options);

/* A count of elements, up to where the next tensor may begin. */
uint64_t apply_whole_runs(uint64_t count);

#endif
