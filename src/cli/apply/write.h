/* The files that `clstep apply` makes. */
#ifndef CLSTEP_CLI_APPLY_WRITE_H
#define CLSTEP_CLI_APPLY_WRITE_H

#include "cli/apply/job.h"

typedef struct {
    clstep_writer *params;
    clstep_writer *state;
} apply_outputs;

/* Declares both files, begins them, and copies what no step changes. */
int apply_outputs_open(apply_outputs *outputs, apply_job *job, const apply_options *options);
/* Puts both into their places. */
int apply_outputs_commit(const apply_outputs *outputs, const apply_options *options);
/* Removes what was not committed. */
void apply_outputs_close(apply_outputs *outputs);

#endif
