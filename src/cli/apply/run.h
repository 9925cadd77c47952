/* The steps of `clstep apply` on the device, a batch of elements at a time. */
#ifndef CLSTEP_CLI_APPLY_RUN_H
#define CLSTEP_CLI_APPLY_RUN_H

#include "cli/apply/job.h"
#include "cli/apply/write.h"
#include "cli/workplace.h"

/* Updates everything that has a gradient and writes it to `outputs`. Whatever the size of the
 * tensors, memory holds a few batches of 16 MiB. *digest becomes that of
 * all gradients. */
int apply_run(const apply_job *job, const apply_options *options, const workplace *place,
              const apply_outputs *outputs, uint64_t *digest);

#endif
