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
/* Makes both durable under their temporary names; what remains is renaming them. */
int apply_outputs_sync(const apply_outputs *outputs);
/* Removes what was not kept. */
void apply_outputs_close(apply_outputs *outputs);

#endif
