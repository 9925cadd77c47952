/* The inside of an optimizer, for the files that create it, step it and show its state. */
#ifndef CLSTEP_OPTIMIZER_OPTIMIZER_H
#define CLSTEP_OPTIMIZER_OPTIMIZER_H

#include "abi/control.h"
#include "engine/engine.h"
#include "optimizer/events.h"
#include "optimizer/overlap.h"
#include "optimizer/plan.h"
#include "optimizer/table.h"

/* The first arguments of clstep_update; then, from CLSTEP__ARGUMENT_REST on, come local memory for
 * 8-bit state, the arrays of clstep__format_arrays(), and, unless these come as addresses,
 * parameters and gradients. */
enum { CLSTEP__ARGUMENT_CHUNKS, CLSTEP__ARGUMENT_LAUNCH, CLSTEP__ARGUMENT_REST };

typedef struct clstep__kind {
    clstep__variant variant;
    clstep__format format;
    double initial; /* of the first state array, in the type that is computed in */
    int is_random;
} clstep__kind;

typedef struct clstep__group {
    clstep_rule rule;
    clstep__variant variant;
    int32_t state_storage;
    int32_t param_storage;
    size_t first_tensor; /* in the optimizer's tensors */
    size_t tensor_count;
} clstep__group;

/* A slot: the step constants, in the step that is being enqueued, of the tensors of one group that
 * count the same number of steps and have the same learning rate and weight decay; or of one
 * tensor, if it is clipped by its own norm. */
typedef struct clstep__slot {
    uint32_t group;
    size_t tensor;           /* one of its tensors, if the step has numbers for each tensor */
    size_t counted;          /* one of its tensors, whose count of steps the device takes */
    uint64_t steps_left_out; /* of its tensors */
    uint32_t history;        /* of its tensors */
    double lr;               /* of its tensors */
    int draws;               /* random bits */
    int in_floats;           /* some chunks find its constants in the table in fp32 ... */
    int in_doubles;          /* ... or in fp64 */
    clstep__constants_float floats;
    clstep__constants_double doubles;
} clstep__slot;

/* The argument that a launch gets by value. */
typedef union clstep__arguments {
    CLSTEP_LAUNCH_OF(clstep__constants_float) floats;
    CLSTEP_LAUNCH_OF(clstep__constants_double) doubles;
} clstep__arguments;

typedef struct clstep__kernel {
    cl_kernel kernel; /* our own: two threads must not set arguments of one kernel */
    cl_kernel norm;   /* adds the squares of its gradients; NULL: they do not count for a norm */
    uint32_t kind;
    uint32_t binding;
    /* The buffers that are set as arguments; NULL: unknown. */
    size_t arena;
    const void *params[CLSTEP_BUFFERS_MAX];
    const void *grads[CLSTEP_BUFFERS_MAX];
    int is_set; /* `arguments` is set as argument */
    clstep__arguments arguments;
} clstep__kernel;

/* The numbers that the control kernel gets in a step; in device memory, or `scale`. */
typedef struct clstep__scalars {
    clstep_buffer skip;
    uint32_t skip_type; /* CLSTEP_SCALAR_IS_... */
    clstep_buffer grad_scale;
    uint32_t scale_type;
    float scale;
} clstep__scalars;

/* What a step gets for a tensor. */
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
    size_t group_size; /* work-items per chunk */
    unsigned pointers; /* CLSTEP__POINTERS_... that may be used */

    clstep__group *groups;
    size_t group_count;
    clstep__kind *kinds;
    uint32_t kind_count;
    int in_fp64; /* a kind is computed in fp64 */
    clstep__plan_tensor *tensors;
    size_t tensor_count;
    cl_mem (*given_state)[CLSTEP__ARRAYS_MAX]; /* the caller's: plan_tensor.given_state - 1 */
    uint32_t given_state_count;
    char *names;           /* of the tensors, one after the other */
    clstep__input *inputs; /* of a step, one for each tensor */
    clstep__run *written;  /* where parameters and the caller's state arrays lie, sorted */
    size_t written_count;
    const void **address_room; /* for two addresses of each tensor */
    int is_replanned;          /* the plan is not that of create any more */
    int chunks_differ;         /* the table on the device is older than the plan */
    int has_other_inputs;      /* some gradient is not that of create, or a tensor is left out */
    int must_replan;           /* steps of tensors were set; the plan's slots are wrong */
    size_t retained;           /* tensors whose buffers are retained */
    clstep__slot *slots;
    uint32_t slot_count;
    clstep__plan plan;

    clstep__table table;
    cl_mem (*arrays)[CLSTEP__ARRAYS_MAX]; /* per arena */
    clstep__kernel *kernels;              /* one for each launch of create's plan */
    cl_kernel control_kernel;             /* NULL: not needed */
    size_t kernel_count;
    uint64_t device_bytes;
    uint64_t max_allocation; /* bytes, of the engine */

    int32_t control;         /* CLSTEP_CONTROL_... */
    clstep__scalars scalars; /* of the step that is being enqueued */
    uint32_t *history_room;  /* for two numbers of each tensor */
    int counts_differ;       /* counts of steps were set; the device has others */
    uint64_t counts_epoch;   /* how often such counts were uploaded */
    int counts_are_behind;   /* the device may have skipped steps that the host has counted */

    uint64_t steps;
    uint64_t seed;
    clstep__events events; /* of the commands so far */
    size_t enqueued;       /* commands of an incomplete step; 0 between steps */
    size_t normed;   /* launches whose norm kernel is enqueued, plus 1 once the control kernel is */
    size_t launched; /* launches of update kernels that are enqueued */
};

#endif
