/* The inside of an open checkpoint. */
#ifndef CLSTEP_CHECKPOINT_CHECKPOINT_H
#define CLSTEP_CHECKPOINT_CHECKPOINT_H

#include <clstep/store.h>

enum { CLSTEP__CHECKPOINT_FORMAT = 1 };

/* Bytes that are copied at a time. */
enum { CLSTEP__PIECE = 16 << 20 };

/* A first element that the checkpoint does not have. */
#define CLSTEP__NOT_TOLD UINT64_MAX

typedef struct clstep__checkpoint_tensor {
    const char *name;
    size_t group;
    uint64_t steps;         /* that it has taken */
    uint64_t first_element; /* clstep_tensor.first_element, or CLSTEP__NOT_TOLD */
    int32_t param_dtype;    /* -1: not in the metadata */
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
    char *strings; /* the names */
    uint64_t steps;
    uint64_t seed;
    clstep__checkpoint_group *groups;
    size_t group_count;
    clstep__checkpoint_tensor *tensors; /* group after group */
    clstep__checkpoint_tensor *sorted;  /* the same, sorted by name */
    size_t tensor_count;
};

#endif
