/* The control kernel, and counts of steps on the device. */
#ifndef CLSTEP_OPTIMIZER_CONTROL_H
#define CLSTEP_OPTIMIZER_CONTROL_H

#include "optimizer/optimizer.h"

/* Refuses groups that the device cannot control. `call` is for messages. */
clstep_status clstep__control_check(const char *call, int32_t control, size_t group_count,
                                    const clstep_group *groups);

/* Creates the kernel, if the optimizer needs it: it clips by a norm, or has options.control. */
clstep_status clstep__control_create(clstep_optimizer *optimizer, clstep_engine *engine);
void clstep__control_release(clstep_optimizer *optimizer);

/* Sets the kernel's arguments. At most CLSTEP_CONTROL_WORDS words wait for their upload. */
clstep_status clstep__control_bind(clstep_optimizer *optimizer);

/* Where word `word` of the table lies in its buffer, in units of `words` words. */
cl_ulong clstep__place_of(const clstep__table *table, uint64_t word, uint64_t words);

/* With control: splits histories after the inputs have changed. */
void clstep__histories_split(clstep_optimizer *optimizer);

/* Reads the counts from the device, once all commands are done. */
clstep_status clstep__counts_read(clstep_optimizer *optimizer);

#endif
