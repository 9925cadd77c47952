/* What is inside an optimizer; shared by the files that make it, step it and show its state. */
#ifndef CLSTEP_OPTIMIZER_OPTIMIZER_H
#define CLSTEP_OPTIMIZER_OPTIMIZER_H

#include "engine/engine.h"
#include "optimizer/order.h"
#include "optimizer/overlap.h"
#include "optimizer/plan.h"
#include "optimizer/table.h"

/* The first arguments of clstep_update; then, from CLSTEP__ARGUMENT_REST on, come local memory for
 * 8-bit state, the arrays of clstep__format_arrays(), and, unless these come as addresses,
 * parameters and gradients. */
enum { CLSTEP__ARGUMENT_CHUNKS, CLSTEP__ARGUMENT_LAUNCH, CLSTEP__ARGUMENT_REST };

typedef struct clstep__family {
    clstep__variant variant;
    clstep__format format;
    double initial; /* of the first state array, in the type that is computed in */
    int is_random;
} clstep__family;

typedef struct clstep__group {
    clstep_rule rule;
    clstep__variant variant;
    int32_t state_storage;
    int32_t param_storage;
    size_t first_tensor; /* in the optimizer's tensors */
    size_t tensor_count;
} clstep__group;

/* A slot: the step constants that tensors of one group share in the step that is being enqueued. */
typedef struct clstep__slot {
    uint32_t group;
    uint64_t steps_left_out; /* of its tensors, which count their steps alike */
    int draws;               /* random bits */
    int in_floats;           /* some chunks find its constants in the table, in fp32 ... */
    int in_doubles;          /* ... or in fp64 */
    clstep__constants_float floats;
    clstep__constants_double doubles;
} clstep__slot;

/* What a launch gets by value. */
typedef union clstep__arguments {
    CLSTEP_LAUNCH_OF(clstep__constants_float) floats;
    CLSTEP_LAUNCH_OF(clstep__constants_double) doubles;
} clstep__arguments;

typedef struct clstep__kernel {
    cl_kernel kernel; /* our own: arguments are not safe to share between threads */
    uint32_t family;
    uint32_t binding;
    /* What is set of buffers; NULL: not known. */
    size_t arena;
    const void *params[CLSTEP_BUFFERS_MAX];
    const void *grads[CLSTEP_BUFFERS_MAX];
    int is_set; /* those below, as they are, are set */
    clstep__arguments arguments;
} clstep__kernel;

/* What a step is given for a tensor. */
typedef struct clstep__input {
    const void *grad;
    uint64_t offset;
    const void *address;
    uint32_t misaligned;
    uint32_t left_out;
} clstep__input;

struct clstep_optimizer {
    cl_context context;
    cl_device_id device;
    clstep__process process;
    size_t group_size;  /* work-items per chunk */
    unsigned addresses; /* CLSTEP__POINTERS_... that may be used */

    clstep__group *groups;
    size_t group_count;
    clstep__family *families;
    uint32_t family_count;
    int in_fp64; /* a family is computed in fp64 */
    clstep__plan_tensor *tensors;
    size_t tensor_count;
    cl_mem (*given_state)[CLSTEP__ARRAYS_MAX]; /* the caller's: plan_tensor.given_state - 1 */
    uint32_t given_state_count;
    char *names;           /* the tensors', one after the other */
    clstep__input *inputs; /* room for those of a step, a tensor each */
    clstep__run *written;  /* where parameters and the caller's state arrays lie, sorted */
    size_t written_count;
    const void **address_room; /* for the addresses of two buffers of each tensor */
    int is_replanned;          /* the plan is not create's any more */
    int chunks_differ;         /* since the last step: the table on the device is older */
    int has_other_inputs;      /* some gradient, or who takes part, is not as at create */
    int must_replan;           /* tensors count their steps otherwise than the plan has it */
    size_t retained;           /* tensors whose buffers have been retained */
    clstep__slot *slots;
    uint32_t slot_count;
    clstep__plan plan;

    clstep__table table;
    cl_mem (*arrays)[CLSTEP__ARRAYS_MAX]; /* per arena */
    clstep__kernel *kernels;              /* one for each launch of create's plan */
    size_t kernel_count;
    uint64_t device_bytes;
    uint64_t max_allocation; /* bytes, of the engine */

    uint64_t steps;
    uint64_t seed;
    clstep__order order; /* of the commands: after what the next may run */
    size_t enqueued;     /* commands of an incomplete step; 0 between steps */
    size_t launched;     /* those of them that are launches */
};

#endif
