/* Declaring a checkpoint in a writer. */
#ifndef CLSTEP_CHECKPOINT_DECLARE_H
#define CLSTEP_CHECKPOINT_DECLARE_H

#include <clstep/store.h>

/* Sets the entry of the metadata; of the groups, only rules, storage, names and the numbers of
 * tensors count. */
clstep_status clstep__checkpoint_set_metadata(clstep_writer *writer, uint64_t steps, uint64_t seed,
                                              size_t group_count,
                                              const clstep_checkpoint_group *groups);

#endif
