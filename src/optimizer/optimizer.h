/* What is inside an optimizer; shared by the files that make it, step it and show its state. */
#ifndef CLSTEP_OPTIMIZER_OPTIMIZER_H
#define CLSTEP_OPTIMIZER_OPTIMIZER_H

#include "optimizer/engine.h"
#include "optimizer/order.h"
#include "optimizer/plan.h"

/* The arguments of clstep_update; from the last one on: state, parameters, gradients. */
enum {
    CLSTEP__ARGUMENT_CHUNKS,
    CLSTEP__ARGUMENT_FIRST_CHUNK,
    CLSTEP__ARGUMENT_NUMBERS,
    CLSTEP__ARGUMENT_BUFFERS
};

typedef struct clstep__family {
    clstep__shape shape;
    float initial; /* of the first state array */
} clstep__family;

typedef struct clstep__group {
    clstep_rule rule;
    uint32_t family;
    size_t first_tensor; /* in the optimizer's tensors */
    size_t tensor_count;
    float numbers[CLSTEP_NUMBERS]; /* of the step that is being enqueued */
} clstep__group;

typedef struct clstep__kernel {
    cl_kernel kernel; /* our own: arguments are not safe to share between threads */
    uint32_t many;
} clstep__kernel;

struct clstep_optimizer {
    cl_context context;
    cl_device_id device;
    pid_t process;
    size_t group_size; /* work-items per chunk */

    clstep__group *groups;
    size_t group_count;
    clstep__family *families;
    uint32_t family_count;
    clstep__plan_tensor *tensors;
    size_t tensor_count;
    size_t retained; /* tensors whose buffers have been retained */
    clstep__plan plan;

    cl_mem chunks;                       /* the plan's chunk table on the device */
    cl_mem (*states)[CLSTEP_STATES_MAX]; /* per arena */
    clstep__kernel *kernels;             /* per launch */
    uint64_t device_bytes;

    uint64_t steps;
    clstep__order order; /* of the commands: after what the next may run */
    cl_event *events;    /* room for one per command of a step */
    size_t enqueued;     /* launches of an incomplete step; 0 between steps */
};

/* Parts of clstep_optimizer_create(), for clstep_engine_prepare(): an empty optimizer that holds
 * the engine's context; its groups and plan, without touching a buffer; and the kernel of a launch,
 * whose `many` is set. */
clstep_status clstep__optimizer_begin(const clstep_engine *engine, clstep_optimizer **optimizer);
clstep_status clstep__optimizer_plan(clstep_optimizer *optimizer, const clstep_engine *engine,
                                     size_t group_count, const clstep_group *groups);
clstep_status clstep__optimizer_kernel(const clstep_optimizer *optimizer, clstep_engine *engine,
                                       const clstep__launch *launch, clstep__kernel *kernel);

#endif
