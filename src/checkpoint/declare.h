/* The metadata of a checkpoint, for other writers. */
#ifndef CLSTEP_CHECKPOINT_DECLARE_H
#define CLSTEP_CHECKPOINT_DECLARE_H

#include <clstep/store.h>

/* Sets the entry "clstep" of the metadata. Uses only the groups' rules, storage and names, and the
 * numbers for each tensor. */
clstep_status clstep__checkpoint_set_metadata(clstep_writer *writer, uint64_t steps, uint64_t seed,
                                              size_t group_count,
                                              const clstep_checkpoint_group *groups);

#endif
