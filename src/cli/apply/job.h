/* What `clstep apply` has to do: the files, and which tensors of them belong together. */
#ifndef CLSTEP_CLI_APPLY_JOB_H
#define CLSTEP_CLI_APPLY_JOB_H

#include "cli/rule_options.h"

#include <clstep/store.h>
#include <stdbool.h>

typedef struct {
    const char *params;
    const char *grads;
    const char *state; /* NULL: begin anew */
    const char *out_params;
    const char *out_state;
    const char *device;
    rule_choice rule;
    bool partial;
    bool allow_nan;
    bool new_state;
} apply_options;

enum { APPLY_STATES_MAX = 8 };

typedef struct {
    const char *name;
    const uint64_t *shape;
    size_t rank;
    uint64_t count;
    int32_t param_dtype; /* CLSTEP_DTYPE_FLOAT32 ... */
    int32_t grad_dtype;
    size_t param;                       /* in the parameters' file */
    size_t new_param;                   /* in the new parameters' file */
    size_t grad;                        /* SIZE_MAX: there is none, everything is kept */
    size_t old_state[APPLY_STATES_MAX]; /* in the old state's file */
    size_t new_state;                   /* of the first array, in the new state's file */
    uint64_t steps;                     /* that it has taken so far */
    uint64_t first_element;             /* as in clstep_tensor: random bits are drawn by it */
    bool is_fresh;                      /* it has no old state */
} apply_tensor;

typedef struct {
    clstep_rule rule;
    const char *states[APPLY_STATES_MAX];
    size_t state_count;
    clstep_param_storage param_storage; /* as in clstep_group */
    bool is_numbered;                   /* the new state tells each tensor's first element */
    apply_tensor *tensors;
    size_t tensor_count;
} apply_group;

typedef struct {
    clstep_safetensors *params;
    clstep_safetensors *grads;
    clstep_checkpoint *beside; /* the parameters' file, where it is a checkpoint; else NULL */
    size_t *places;            /* of its tensors in the new file; SIZE_MAX: arrays of a state */
    clstep_checkpoint *state;  /* NULL: begin anew */
    uint64_t steps;            /* so far */
    uint64_t seed;
    apply_group *groups;
    size_t group_count;
    apply_tensor *tensors; /* of all groups */
    bool *updated;         /* per tensor of the parameters' file: it is in a group */
    uint64_t elements;     /* with a gradient */
    size_t updates;        /* tensors with a gradient */
    const char *begun;     /* a tensor that the old state lacks; NULL: none */
    size_t begun_count;    /* of such tensors */
} apply_job;

/* Opens the files, and checks that everything fits, before anything is written. */
int apply_open(apply_job *job, const apply_options *options);
void apply_close(apply_job *job);

#endif
