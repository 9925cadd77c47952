/* What is inside an open checkpoint. */
#ifndef CLSTEP_CHECKPOINT_CHECKPOINT_H
#define CLSTEP_CHECKPOINT_CHECKPOINT_H

#include <clstep/store.h>
#include <jansson.h>

enum { CLSTEP__CHECKPOINT_FORMAT = 1 };

/* Bytes that are moved at a time. */
enum { CLSTEP__PIECE = 16 << 20 };

typedef struct clstep__checkpoint_tensor {
    const char *name;
    size_t group;
} clstep__checkpoint_tensor;

typedef struct clstep__checkpoint_group {
    clstep_rule rule;
    clstep_state_storage state_storage;
    clstep_param_storage param_storage;
    size_t first_tensor;
    size_t tensor_count;
} clstep__checkpoint_group;

struct clstep_checkpoint {
    clstep_safetensors *file;
    json_t *root; /* holds the names */
    uint64_t steps;
    uint64_t seed;
    clstep__checkpoint_group *groups;
    size_t group_count;
    clstep__checkpoint_tensor *tensors; /* group after group */
    clstep__checkpoint_tensor *sorted;  /* the same by name */
    size_t tensor_count;
};

/* What the metadata tell, without a look at the arrays; `file` is not taken over. Closed by
 * clstep_checkpoint_close(). */
clstep_status clstep__checkpoint_describe(clstep_checkpoint **checkpoint,
                                          const clstep_safetensors *file);

/* Sets the entry of the metadata; of the groups, only rules, storage and names count. */
clstep_status clstep__checkpoint_set_metadata(clstep_writer *writer, uint64_t steps, uint64_t seed,
                                              size_t group_count,
                                              const clstep_checkpoint_group *groups);

/* In checkpoint_check.c: every array that the metadata ask for is in the file, and no other. */
clstep_status clstep__checkpoint_check_arrays(const clstep_checkpoint *checkpoint);

/* The tensor of a name; NULL where there is none. */
const clstep__checkpoint_tensor *clstep__checkpoint_find(const clstep_checkpoint *checkpoint,
                                                         const char *name);

#endif
