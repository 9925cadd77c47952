/*
 * The optimizer: rules, tensors and their state, and the step. Part of clstep.h.
 */
#ifndef CLSTEP_OPTIMIZER_H
#define CLSTEP_OPTIMIZER_H

#include <clstep/engine.h>
#include <clstep/rule.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A buffer, from an element on. */
typedef struct clstep_buffer {
    cl_mem buffer;
    uint64_t offset; /* in elements of what lies there */
} clstep_buffer;     /* never grows */

/* A tensor: `count` dense elements of `param` from element `param_offset`, and as many of `grad`.
 * Many tensors may share a cl_mem, as parameter or as gradient; a launch serves up to 32 buffers of
 * each, or any number where those of all tensors of a kind lie in shared virtual memory
 * (clSVMAlloc, CL_MEM_USE_HOST_PTR) or have CL_MEM_DEVICE_PRIVATE_ADDRESS_EXT
 * (cl_ext_buffer_device_address); all of these must then stay until the last step is complete. A
 * buffer with parameters must not be given both itself and by its sub-buffers, which OpenCL leaves
 * undefined. Parameter ranges must not overlap one another or gradient ranges; these may. Of a
 * tensor without elements no buffer is looked at. Offsets and counts are in elements. Fields that
 * are not set must be 0.
 *
 * A step is computed in fp64 where the parameter is fp64, and in fp32 otherwise; an fp64 gradient
 * is then rounded to fp32 first, everything else is widened exactly. fp64 needs a device that has
 * it (CLSTEP_UNSUPPORTED); 16-bit numbers need nothing of the device. */
typedef struct clstep_tensor {
    cl_mem param; /* readable and writable by kernels */
    cl_mem grad;  /* readable by kernels; NULL: each step is given one (clstep_step_options) */
    uint64_t param_offset;
    uint64_t grad_offset;
    uint64_t count;
    clstep_dtype param_dtype; /* CLSTEP_DTYPE_FLOAT32, _BFLOAT16, _FLOAT16 or _FLOAT64 */
    clstep_dtype grad_dtype;  /* the same, in any mix */
    const char *name;         /* for messages and checkpoints; copied; may be NULL */
    /* The number of its first element among those of the whole model, a multiple of 128: stochastic
     * rounding draws by it. So a tensor, or a part of one that is cut at a multiple of 128, draws
     * the same bits in any order and in any optimizer. Where all tensors of an optimizer have 0
     * here, elements are numbered in the order of the tensors, each from a multiple of 128 on.
     * Where the numbers of two tensors overlap, they draw the same bits. */
    uint64_t first_element;
    /* Where its state lies, if not in buffers of the library's: one buffer for each array, in the
     * order of clstep_rule_array(), which has their dtypes too. All begin at the same offset
     * (scales at a 128th of it), which is a multiple of 128 for 8-bit state: take
     * clCreateSubBuffer() for others. They must not overlap each other, parameters or gradients.
     * Create does not write them, and the step goes on from what is in them, as after as many steps
     * as the optimizer counts: none after create, so where the state is not new, set them
     * (clstep_optimizer_set_steps()). A new state is all 0 bytes, but the first of square_avg,
     * grad_var or sum has the rule's initial_square_avg, and param_master the parameter's value
     * (8-bit state that begins otherwise than with 0 is the library's to make).
     * Tensors in a row whose arrays lie in the same buffers share a launch; others do not, nor does
     * a tensor in between. */
    const clstep_buffer *state_arrays; /* NULL: the library's; only read during create */
    size_t state_array_count;          /* 0 where state_arrays is NULL */
} clstep_tensor;

/* Tensors that are updated by one rule. All pointers are only read during create. Groups lie
 * groups[0].size bytes apart, and a group's tensors tensor_size. */
typedef struct clstep_group {
    size_t size;        /* sizeof(clstep_group), and ... */
    size_t tensor_size; /* ... sizeof(clstep_tensor), both by CLSTEP_GROUP_INIT */
    const clstep_rule *rule;
    const clstep_tensor *tensors;
    size_t tensor_count;
    /* How the state is kept: 0, in the type that is computed in; CLSTEP_STATE_BFLOAT16, 2 bytes for
     * each number; CLSTEP_STATE_8BIT, one byte, and 4 more for each 128 elements. The latter two
     * are rounded stochastically, so that their mean is exact, and used before they are rounded.
     * They are refused for fp64 parameters, and for centring by CLSTEP_VARIANCE_DIFFERENCE, whose
     * subtraction they would make meaningless. */
    clstep_state_storage state_storage;
    /* How 16-bit parameters are stored; others have nothing to gain. CLSTEP_PARAM_MASTER and
     * CLSTEP_PARAM_RESIDUAL are refused where the group has tensors, but none of 16 bits. */
    clstep_param_storage param_storage;
} clstep_group;

/* How a group begins: `clstep_group group = CLSTEP_GROUP_INIT;`, or in C, to go on in the same
 * braces, `{CLSTEP_GROUP_SIZES, .rule = &rule, ...}`. */
#define CLSTEP_GROUP_SIZES .size = sizeof(clstep_group), .tensor_size = sizeof(clstep_tensor)
#ifdef __cplusplus
extern "C++" inline clstep_group clstep_group_init()
{
    clstep_group group = CLSTEP_SIZED(clstep_group);
    group.tensor_size = sizeof(clstep_tensor);
    return group;
}
#define CLSTEP_GROUP_INIT clstep_group_init()
#else
#define CLSTEP_GROUP_INIT                                                                          \
    {                                                                                              \
        CLSTEP_GROUP_SIZES                                                                         \
    }
#endif

/* The rules, their tensors, and the tensors' state. */
typedef struct clstep_optimizer clstep_optimizer;

typedef struct clstep_optimizer_options {
    size_t size; /* sizeof(clstep_optimizer_options), by CLSTEP_OPTIMIZER_OPTIONS_INIT */
    /* Where stochastic rounding draws from, below 2^63: a number depends on seed, step and the
     * element's place among the optimizer's tensors, never on the device or on how a step is
     * launched. */
    uint64_t seed;
} clstep_optimizer_options;

#define CLSTEP_OPTIMIZER_OPTIONS_INIT CLSTEP_SIZED(clstep_optimizer_options)

/* Makes an optimizer: checks all rules and tensors, compiles what is missing, allocates all state
 * and enqueues its first values on `queue`, without waiting; the first step waits for them on
 * whatever queue it is given. Master copies (CLSTEP_PARAM_MASTER) are filled with the
 * parameters by these commands, so the parameters' own values must be complete before: on an
 * in-order `queue` by what was enqueued there, else enqueue a barrier that waits for them. Retains
 * the buffers, and the queues of create and of the last step. No group, or no tensor, is legal.
 * `options` may be NULL. `event`, if not NULL, completes when the first values are there (who puts
 * state back in their place waits for it) and is the caller's to release. On failure *optimizer and
 * *event are NULL. Statuses: OPENCL_FAILED, OUT_OF_MEMORY, BUILD_FAILED, UNSUPPORTED. */
CLSTEP_API clstep_status clstep_optimizer_create(clstep_optimizer **optimizer,
                                                 clstep_engine *engine, cl_command_queue queue,
                                                 size_t group_count, const clstep_group *groups,
                                                 const clstep_optimizer_options *options,
                                                 cl_event *event);

/* Accepts NULL. Does not wait: OpenCL keeps buffers (no shared memory) until commands are done. */
CLSTEP_API void clstep_optimizer_destroy(clstep_optimizer *optimizer);

typedef struct clstep_step_options {
    size_t size;      /* sizeof(clstep_step_options), by CLSTEP_STEP_OPTIONS_INIT */
    const double *lr; /* a learning rate per group for this step; NULL: those of the rules */
    size_t lr_count;  /* the number of groups where lr is not NULL */
    /* The gradients of this step, one for each tensor of all groups in their order; NULL: those of
     * create, for this step. One whose buffer is NULL leaves its tensor out. They are held until
     * the next step that gives others. What is as in the step before costs (almost) nothing. */
    const clstep_buffer *gradients;
    size_t gradient_count; /* the number of tensors where gradients is not NULL */
    /* 1 for a tensor that is left out of this step, 0 for others; NULL: none. The parameter and
     * state of such a tensor stay as they are, and so does its own count of steps. */
    const unsigned char *leave_out;
    size_t leave_out_count; /* the number of tensors where leave_out is not NULL */
} clstep_step_options;

#define CLSTEP_STEP_OPTIONS_INIT CLSTEP_SIZED(clstep_step_options)

/* Enqueues one step of all tensors: p, and the state, from the gradients that are in the buffers
 * once the events of `wait_list` are complete. Only enqueues: no wait, no allocation, no build, and
 * no flush but one: when a step comes with another queue than the one before, that one is flushed,
 * which OpenCL demands for waiting across queues. `queue` is any queue of the engine's context and
 * device, in-order or out-of-order; steps of one optimizer are executed in the order of the calls
 * whatever queues they are given, of
 * which nine may have steps to run at a time. `event`, if not NULL, is always set on success, also
 * when there is nothing to do, completes when the whole step is done, and is the caller's to
 * release; it is NULL on error. `options` may be NULL.
 *
 * A step that fails on the device poisons the optimizer until clstep_optimizer_finish(), which
 * reports it; nothing after it runs meanwhile. Its `event`, and those of the steps after it, fail;
 * further calls return CLSTEP_OPENCL_FAILED and enqueue nothing. A step fails if an event of its
 * `wait_list` does; an event that has failed already is refused. Failed steps count as steps. If
 * the state's first values fail, the optimizer stays poisoned: destroy it.
 *
 * If OpenCL fails after a part was enqueued, the status is CLSTEP_INCOMPLETE: the step has begun,
 * and the next call of this function, with the same queue, enqueues what is missing of it, with the
 * numbers of the first call and after what that waits for (`options` are then ignored, `wait_list`
 * is waited for too). Nothing is updated twice. A step that cannot be completed can only be given
 * up by clstep_optimizer_destroy().
 * Statuses: OPENCL_FAILED, INCOMPLETE, UNSUPPORTED (after fork()). */
CLSTEP_API clstep_status clstep_optimizer_step(clstep_optimizer *optimizer, cl_command_queue queue,
                                               const clstep_step_options *options,
                                               cl_uint num_events, const cl_event *wait_list,
                                               cl_event *event);

/* Changes the numbers of a group's rule from the next step on; nothing is compiled. Switches must
 * be those the optimizer was created with, momentum may not change between 0 and more than 0, and
 * initial_square_avg has no effect any more.
 * Statuses: no others. */
CLSTEP_API clstep_status clstep_optimizer_set_rule(clstep_optimizer *optimizer, size_t group,
                                                   const clstep_rule *rule);

/* Copies a group's rule into `rule`, whose `size` the caller has set.
 * Statuses: no others. */
CLSTEP_API clstep_status clstep_optimizer_get_rule(const clstep_optimizer *optimizer, size_t group,
                                                   clstep_rule *rule);

/* The number of steps enqueued, and a new value for it, below 2^63 (where state is put back by the
 * caller), which all tensors get: each counts its own steps, those that it took part in.
 * Statuses: no others. */
CLSTEP_API clstep_status clstep_optimizer_get_steps(const clstep_optimizer *optimizer,
                                                    uint64_t *steps);
CLSTEP_API clstep_status clstep_optimizer_set_steps(clstep_optimizer *optimizer, uint64_t steps);

/* The same for one tensor. Statuses: no others. */
CLSTEP_API clstep_status clstep_optimizer_get_tensor_steps(const clstep_optimizer *optimizer,
                                                           size_t group, size_t tensor,
                                                           uint64_t *steps);
CLSTEP_API clstep_status clstep_optimizer_set_tensor_steps(clstep_optimizer *optimizer,
                                                           size_t group, size_t tensor,
                                                           uint64_t steps);

/* The seed of create, and a new one for it, below 2^63 (where state is put back by the caller).
 * Statuses: no others. */
CLSTEP_API clstep_status clstep_optimizer_get_seed(const clstep_optimizer *optimizer,
                                                   uint64_t *seed);
CLSTEP_API clstep_status clstep_optimizer_set_seed(clstep_optimizer *optimizer, uint64_t seed);

/* An array that is kept for a tensor: one of the rule's; its scales, called such as
 * "square_avg.scale", where it has 8 bits; param_master or param_residual. */
typedef struct clstep_state_array {
    size_t size; /* sizeof(clstep_state_array), by CLSTEP_STATE_ARRAY_INIT */
    const char *name;
    cl_mem buffer;   /* borrowed; NULL for a tensor of count 0 */
    uint64_t offset; /* in elements of the array, from which it lies in `buffer` */
    uint64_t count;  /* its elements: the tensor's, or one for each 128 begun of them */
    clstep_dtype dtype;
    int32_t reserved; /* 0 */
} clstep_state_array;

#define CLSTEP_STATE_ARRAY_INIT CLSTEP_SIZED(clstep_state_array)

/* The number of arrays that are kept for a tensor (0 where there is no such tensor), the one of an
 * index, and the one of a name; `array->size` has been set by the caller. What else lies in an
 * array's buffer is the library's own: replace nothing but the array's elements. To read or replace
 * them, order the commands after the event of the last step (of create, before the first) and
 * before the next.
 * Statuses: no others. */
CLSTEP_API size_t clstep_optimizer_state_count(const clstep_optimizer *optimizer, size_t group,
                                               size_t tensor);
CLSTEP_API clstep_status clstep_optimizer_state_array(const clstep_optimizer *optimizer,
                                                      size_t group, size_t tensor, size_t index,
                                                      clstep_state_array *array);
CLSTEP_API clstep_status clstep_optimizer_find_state_array(const clstep_optimizer *optimizer,
                                                           size_t group, size_t tensor,
                                                           const char *name,
                                                           clstep_state_array *array);

/* How a group stores its state and its 16-bit parameters.
 * Statuses: no others. */
CLSTEP_API clstep_status clstep_optimizer_get_storage(const clstep_optimizer *optimizer,
                                                      size_t group,
                                                      clstep_state_storage *state_storage,
                                                      clstep_param_storage *param_storage);

/* How many groups there are, and how many tensors in one (0 where there is no such group). */
CLSTEP_API size_t clstep_optimizer_group_count(const clstep_optimizer *optimizer);
CLSTEP_API size_t clstep_optimizer_tensor_count(const clstep_optimizer *optimizer, size_t group);

/* What a tensor was created as, into the `size` bytes (sizeof(clstep_tensor)) at `into`. Its
 * buffers are borrowed, and NULL where its count is 0; its name is the optimizer's copy;
 * first_element is the number that its first element has, given or by order; state_arrays is NULL:
 * clstep_optimizer_state_array() tells where the state lies.
 * Statuses: no others. */
CLSTEP_API clstep_status clstep_optimizer_get_tensor(const clstep_optimizer *optimizer,
                                                     size_t group, size_t tensor, size_t size,
                                                     clstep_tensor *into);

/* Waits until all steps that have been enqueued have ended. CLSTEP_OK: all are complete.
 * CLSTEP_OPENCL_FAILED: one failed on the device and is reported, once; steps may go on after it,
 * from what the state and the parameters then are: steps before it are complete, it may have
 * updated a part of the tensors, those after it have updated nothing. Or waiting itself failed, as
 * the message says; then steps may still run, and a further call waits again.
 * CLSTEP_INVALID_ARGUMENT: the last step is incomplete. Go on with a new queue where the driver
 * takes nothing more on one that has seen a failure, as Mesa's rusticl does.
 * Statuses: OPENCL_FAILED, INVALID_ARGUMENT, UNSUPPORTED (after fork()). */
CLSTEP_API clstep_status clstep_optimizer_finish(clstep_optimizer *optimizer);

/* How many kernels the last step launched, or will at first; 0 where there is nothing to update. */
CLSTEP_API size_t clstep_optimizer_launches(const clstep_optimizer *optimizer);

/* Device memory that the optimizer holds: state and launch tables, in bytes. */
CLSTEP_API uint64_t clstep_optimizer_device_bytes(const clstep_optimizer *optimizer);

#ifdef __cplusplus
}
#endif

#endif
