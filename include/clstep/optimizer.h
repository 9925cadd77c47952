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

/* A buffer and where to begin in it. */
typedef struct clstep_buffer {
    cl_mem buffer;
    uint64_t offset; /* in elements of the array that lies there */
} clstep_buffer;     /* later versions will not add members */

/* A tensor: `count` elements of the buffer `param` from element `param_offset` on, and as many of
 * the buffer `grad` from element `grad_offset` on, both without gaps. Fields that you do not set
 * must be 0.
 *
 * Buffers. Any number of tensors may share a cl_mem, for parameters or for gradients. A launch
 * reaches up to 32 buffers of parameters and 32 of gradients; a model with more takes several
 * launches. There is no such limit if all parameters and gradients lie in shared virtual memory
 * (a cl_mem made with CL_MEM_USE_HOST_PTR from a pointer of clSVMAlloc()) or in buffers with
 * CL_MEM_DEVICE_PRIVATE_ADDRESS_EXT (cl_ext_buffer_device_address). Do not free shared virtual
 * memory before the last step is complete: OpenCL does not keep it.
 * Parameters must not overlap other parameters, state or gradients; gradients may overlap each
 * other. Do not give a buffer in one place and a sub-buffer of it in another, whether for
 * parameters, gradients or state: OpenCL leaves that undefined, and the calls refuse it. Only
 * gradients among themselves may be given so. If `count` is 0, the buffers are not looked at.
 *
 * Precision. The step computes in fp64 if the parameter is fp64. Otherwise it computes in fp32: it
 * rounds an fp64 gradient to fp32, and widens 16-bit numbers. fp64 needs a device that has it (else
 * CLSTEP_UNSUPPORTED); bf16 and fp16 work on every device. */
typedef struct clstep_tensor {
    cl_mem param; /* kernels must be able to read and write it */
    cl_mem grad;  /* kernels must be able to read it; NULL: you give the gradient in each step
                     (clstep_step_options) */
    uint64_t param_offset;
    uint64_t grad_offset;
    uint64_t count;
    clstep_dtype param_dtype; /* CLSTEP_DTYPE_FLOAT32, _BFLOAT16, _FLOAT16 or _FLOAT64 */
    clstep_dtype grad_dtype;  /* one of the same, independent of param_dtype */
    const char *name;         /* for messages and checkpoints; copied; may be NULL */
    /* The number of the tensor's first element among the elements of the whole model, a multiple of
     * 128 below 2^62. Stochastic rounding draws random bits by an element's number. So you may
     * reorder tensors, move them to another optimizer, or split one at a multiple of 128: with the
     * same numbers they draw the same bits. If all tensors of an optimizer have 0 here, the library
     * numbers the elements in the order of the tensors, each from a multiple of 128 on. If the
     * numbers of two tensors overlap, both draw the same bits there. */
    uint64_t first_element;
    /* Your own buffers for the state: one for each state array, in the order of
     * clstep_rule_array(), which tells their dtypes too. NULL: the library allocates them. The
     * optimizer retains the buffers.
     * - Offsets: all arrays of a tensor must have the same offset (scales: offset / 128); for 8-bit
     *   block state it must be a multiple of 128. Use clCreateSubBuffer() for an array that begins
     *   elsewhere.
     * - Overlaps: they must not overlap each other, parameters or gradients.
     * - Contents: create does not write them; fill them before the first step. A new state is all 0
     *   bytes, except: square_avg, grad_var or sum begins with the rule's initial_square_avg, and
     *   param_master with the parameter. (Let the library allocate an 8-bit state whose first value
     *   is not 0.) For the state of an earlier run, set the number of its steps with
     *   clstep_optimizer_set_steps().
     * - Launches: neighbouring tensors whose arrays lie in the same buffers share a launch. */
    const clstep_buffer *state_arrays;
    size_t state_array_count; /* 0 if state_arrays is NULL */
} clstep_tensor;

/* Tensors with the same rule. Calls read the pointers, and keep none. The library finds the next
 * group of an array groups[0].size bytes on, and the next tensor tensor_size bytes on. So programs
 * that were built with another version's header work. */
typedef struct clstep_group {
    size_t size;        /* sizeof(clstep_group); CLSTEP_GROUP_INIT sets both sizes */
    size_t tensor_size; /* sizeof(clstep_tensor) */
    const clstep_rule *rule;
    const clstep_tensor *tensors;
    size_t tensor_count;
    /* How the state is stored. CLSTEP_STATE_BFLOAT16 and CLSTEP_STATE_8BIT use stochastic rounding,
     * so that the mean is exact. A step computes with the unrounded new state and rounds it only to
     * store it. Both are refused for fp64 parameters, and for centred rules with
     * CLSTEP_VARIANCE_DIFFERENCE: so few bits would make that difference meaningless. */
    clstep_state_storage state_storage;
    /* How bf16 and fp16 parameters are stored; it does not concern fp32 and fp64. A group
     * that has only fp32 and fp64 parameters must not ask for CLSTEP_PARAM_MASTER or
     * CLSTEP_PARAM_RESIDUAL. */
    clstep_param_storage param_storage;
} clstep_group;

/* Initialises a group: `clstep_group group = CLSTEP_GROUP_INIT;`, or in C, with other fields in the
 * same braces, `clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, ...};`. */
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

/* Groups with their rules, tensors and state. */
typedef struct clstep_optimizer clstep_optimizer;

/* What the device decides in a step, by numbers in its memory, so that a training loop with a loss
 * scale need not read them back and wait (clstep_step_options.skip and grad_scale). */
typedef enum clstep_control {
    CLSTEP_CONTROL_NONE = 0,
    CLSTEP_CONTROL_SKIP = 1,    /* skips a step if `skip` is not 0, as PyTorch does by found_inf */
    CLSTEP_CONTROL_DIVIDE = 2,  /* skips too, and takes g / grad_scale for each gradient, as
                                   PyTorch's fused optimizers do: give the loss scale */
    CLSTEP_CONTROL_MULTIPLY = 3 /* skips too, and takes g * grad_scale, as PyTorch's
                                   GradScaler.unscale_() does for fp32 gradients: give 1 / loss
                                   scale */
} clstep_control;

/* The type of a number in device memory. */
typedef enum clstep_scalar_type {
    CLSTEP_SCALAR_FLOAT32 = 0,
    CLSTEP_SCALAR_INT32 = 1,
    CLSTEP_SCALAR_UINT8 = 2
} clstep_scalar_type;

typedef struct clstep_optimizer_options {
    size_t size; /* CLSTEP_OPTIMIZER_OPTIONS_INIT sets it */
    /* The seed of stochastic rounding, below 2^63. The random bits of an element depend on the
     * seed, the number of the tensor's step and the element's number (first_element), and on
     * nothing else. */
    uint64_t seed;
    /* With any but CLSTEP_CONTROL_NONE the device counts the steps of each tensor. A step then has
     * one more launch. Steps that clip by a norm have this launch anyway. CLSTEP_UNSUPPORTED for
     * fp64 parameters, for NAdam, and for bias_correction in rules of the preset optax (unless they
     * have CLSTEP_VARIANCE_RECURSION): only the host computes these. clstep_engine_prepare() does
     * not compile the kernels of such an optimizer. */
    clstep_control control;
    int32_t reserved; /* 0 */
} clstep_optimizer_options;

#define CLSTEP_OPTIMIZER_OPTIONS_INIT CLSTEP_SIZED(clstep_optimizer_options)

/* Creates an optimizer: checks all rules and tensors, compiles the kernels that the engine does not
 * have yet, allocates the state, and enqueues commands on `queue` that set its first values. The
 * call does not wait for these commands. The first step runs after them, on whichever queue.
 *
 * These commands fill master copies (CLSTEP_PARAM_MASTER; not in your own state arrays) from the
 * parameters, so they must run after the parameters have their values. An in-order queue on which
 * you have set the parameters sees to that. Otherwise enqueue a barrier first that waits for them.
 *
 * You may release buffers and queues after the call: the optimizer retains the buffers until it is
 * destroyed, and each queue as long as it needs it. Zero groups and groups of zero tensors are
 * allowed. `options` may be NULL. If `event` is not NULL, *event completes when the first values
 * are set; wait for it before you write other values into state arrays of the library. Release it
 * yourself. On failure *optimizer and *event are NULL.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, BUILD_FAILED, UNSUPPORTED. */
CLSTEP_API clstep_status clstep_optimizer_create(clstep_optimizer **optimizer,
                                                 clstep_engine *engine, cl_command_queue queue,
                                                 size_t group_count, const clstep_group *groups,
                                                 const clstep_optimizer_options *options,
                                                 cl_event *event);

/* Destroys an optimizer; NULL is allowed. Does not wait: OpenCL keeps buffers until the commands on
 * them are complete. It does not keep shared virtual memory; wait before you free that. */
CLSTEP_API void clstep_optimizer_destroy(clstep_optimizer *optimizer);

typedef struct clstep_step_options {
    size_t size;      /* CLSTEP_STEP_OPTIONS_INIT sets it */
    const double *lr; /* a learning rate for each group, for this step; NULL: those of the rules */
    size_t lr_count;  /* the number of groups if lr is not NULL */
    /* The gradients of this step: one for each tensor, group after group. NULL: those given to
     * create. A NULL buffer in the list leaves its tensor out of the step. You may release the
     * buffers after the call: the optimizer retains them until a step uses others. Buffers that are
     * the same as in the step before cost almost nothing. If the parameters and gradients given
     * to create all lie in shared virtual memory or have device addresses, a buffer here without
     * either may be CLSTEP_UNSUPPORTED. To give any buffer, create the optimizer with grad NULL. */
    const clstep_buffer *gradients;
    size_t gradient_count; /* the number of all tensors if gradients is not NULL */
    /* One number for each tensor, group after group: 1 leaves it out of this step, 0 does not.
     * NULL: no tensor is left out. A tensor that is left out keeps its parameter, state and count
     * of steps. */
    const unsigned char *leave_out;
    size_t leave_out_count; /* the number of all tensors if leave_out is not NULL */
    /* A learning rate, and a weight decay, for each tensor, group after group, in this step,
     * instead of `lr` and the rules' numbers: for multipliers by layer, or biases without decay,
     * without a group for each. NULL: those of the groups. They may change from step to step.
     * Tensors share launches as they do without them, and the result is the same as with a group
     * for each tensor. */
    const double *tensor_lr;
    size_t tensor_lr_count; /* the number of all tensors if tensor_lr is not NULL */
    const double *tensor_weight_decay;
    size_t tensor_weight_decay_count; /* the same for tensor_weight_decay */
    /* With options.control of create: where a number of `skip_type` lies; the offset is in numbers
     * of that type. If it is not 0 (NaN is not 0), the device skips the step. Parameters, state and
     * counts of steps then keep every byte, and the next step has the bits that it would have
     * without this one. The step reads the number when it runs: after the events of `wait_list`,
     * and after what is before it on an in-order queue. So a kernel may write it. Overwrite it, and
     * the scale, as you overwrite gradients. A NULL buffer: the step is not skipped. A step that
     * leaves out all tensors does not look at it. */
    clstep_buffer skip;
    clstep_scalar_type skip_type;
    int32_t reserved; /* 0 */
    /* With CLSTEP_CONTROL_DIVIDE or _MULTIPLY: where the scale lies, one fp32 number, which the
     * step reads when it runs. If the buffer is NULL, the scale is grad_scale_value: a finite fp32
     * number above 0, or 0, which stands for 1. Gradients are scaled in fp32, before they are
     * clipped. Their buffers keep them as they are. You may release the buffers of `skip` and
     * `grad_scale` after the call. */
    clstep_buffer grad_scale;
    double grad_scale_value;
} clstep_step_options;

#define CLSTEP_STEP_OPTIONS_INIT CLSTEP_SIZED(clstep_step_options)

/* Enqueues one step: one update of all tensors and their state.
 *
 * It runs after the events of `wait_list` and takes the gradients that are in the buffers then. So
 * overwrite gradients only with commands on the same in-order queue, or after the step's event. It
 * only enqueues: it does not wait, allocate or compile. It flushes in one case: if a step comes
 * with another queue than the step before, it flushes the earlier queue, as OpenCL demands for
 * waiting across queues. `queue` may be any queue of the engine's context and device, in-order or
 * out-of-order. Steps of one optimizer run in the order of the calls, on any queues; at most nine
 * queues may have unfinished steps at a time (a tenth is CLSTEP_INVALID_ARGUMENT). If `event` is
 * not NULL, *event completes when the whole step is done. It is set on every success, also if there
 * is nothing to update, and is NULL on error. Release it yourself. `options` may be NULL.
 *
 * If a step fails on the device, its event fails, and so do the events of the steps that were
 * enqueued after it; none of them runs. Further calls return CLSTEP_OPENCL_FAILED and enqueue
 * nothing, until clstep_optimizer_finish() has reported the failure. (If the failure shows while a
 * call enqueues, that call returns CLSTEP_OPENCL_FAILED, and its step is a failed one too.) A step
 * also fails if an event of its `wait_list` fails later; an event that has failed already is
 * CLSTEP_INVALID_ARGUMENT. Failed steps count as steps; with options.control, only if the device
 * has counted them. If clstep_optimizer_finish() says that the first values of the state could not
 * be written, destroy the optimizer and create it again.
 *
 * If OpenCL refuses a command after a part of the step was enqueued, the status is
 * CLSTEP_INCOMPLETE. Call again with the same queue: the call enqueues the rest of this step, with
 * the options and the wait list of the first call. The rest also runs after the
 * events of the `wait_list` of this call. The call does not use `options`, but may refuse wrong
 * ones: pass the same ones or NULL. No element is updated twice. Only clstep_optimizer_destroy()
 * can give up a step that has begun.
 * Statuses: OPENCL_FAILED, INCOMPLETE, UNSUPPORTED (a gradient's buffer, or after fork()). */
CLSTEP_API clstep_status clstep_optimizer_step(clstep_optimizer *optimizer, cl_command_queue queue,
                                               const clstep_step_options *options,
                                               cl_uint num_events, const cl_event *wait_list,
                                               cl_event *event);

/* Changes the numbers of a group's rule from the next step on. It compiles nothing. The switches
 * must be those that the optimizer was created with. momentum must stay 0, or stay above 0.
 * initial_square_avg has no effect after create.
 * Statuses: INVALID_ARGUMENT only. */
CLSTEP_API clstep_status clstep_optimizer_set_rule(clstep_optimizer *optimizer, size_t group,
                                                   const clstep_rule *rule);

/* Copies a group's rule to `rule`. Initialise it with CLSTEP_RULE_INIT.
 * Statuses: INVALID_ARGUMENT only. */
CLSTEP_API clstep_status clstep_optimizer_get_rule(const clstep_optimizer *optimizer, size_t group,
                                                   clstep_rule *rule);

/* Gets and sets the number of steps so far. Set it, below 2^63, after you have written state of an
 * earlier run into the state arrays. Each tensor counts the steps that it has taken part in; set
 * gives all tensors the same count.
 *
 * With options.control the device counts. Until clstep_optimizer_finish() has read its counts, both
 * get calls (this one and that of a tensor) count skipped steps as taken, and both set calls are
 * refused (CLSTEP_INVALID_ARGUMENT) if there was a step.
 * Statuses: INVALID_ARGUMENT only. */
CLSTEP_API clstep_status clstep_optimizer_get_steps(const clstep_optimizer *optimizer,
                                                    uint64_t *steps);
CLSTEP_API clstep_status clstep_optimizer_set_steps(clstep_optimizer *optimizer, uint64_t steps);

/* Gets and sets the number of steps that one tensor has taken.
 * Statuses: INVALID_ARGUMENT only. */
CLSTEP_API clstep_status clstep_optimizer_get_tensor_steps(const clstep_optimizer *optimizer,
                                                           size_t group, size_t tensor,
                                                           uint64_t *steps);
CLSTEP_API clstep_status clstep_optimizer_set_tensor_steps(clstep_optimizer *optimizer,
                                                           size_t group, size_t tensor,
                                                           uint64_t steps);

/* Gets and sets the seed of stochastic rounding. Set it, below 2^63, to continue an earlier run.
 * Statuses: INVALID_ARGUMENT only. */
CLSTEP_API clstep_status clstep_optimizer_get_seed(const clstep_optimizer *optimizer,
                                                   uint64_t *seed);
CLSTEP_API clstep_status clstep_optimizer_set_seed(clstep_optimizer *optimizer, uint64_t seed);

/* A state array of a tensor. Its name is a state name of the rule ("square_avg"), the scales of an
 * 8-bit array ("square_avg.scale"), "param_master" or "param_residual". */
typedef struct clstep_state_array {
    size_t size;      /* CLSTEP_STATE_ARRAY_INIT sets it */
    const char *name; /* points into the library */
    cl_mem buffer;    /* yours or the library's; not retained for you: do not release it; NULL if
                         the tensor's count is 0 */
    uint64_t offset;  /* where the array begins in `buffer`, in elements of the array */
    uint64_t count;   /* elements: the tensor's count; for scales count / 128, rounded up */
    clstep_dtype dtype;
    int32_t reserved; /* 0 */
} clstep_state_array;

#define CLSTEP_STATE_ARRAY_INIT CLSTEP_SIZED(clstep_state_array)

/* The number of state arrays of a tensor (0 if there is no such tensor), an array by its index, and
 * an array by its name. Initialise `array` with CLSTEP_STATE_ARRAY_INIT. You may read and write the
 * elements of an array, and nothing else in its buffer. Let your commands wait for the event of the
 * last step (or of create, if there was no step), and give their event to the wait_list of the next
 * step; or use one in-order queue for all.
 * Statuses: INVALID_ARGUMENT only. */
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
 * Statuses: INVALID_ARGUMENT only. */
CLSTEP_API clstep_status clstep_optimizer_get_storage(const clstep_optimizer *optimizer,
                                                      size_t group,
                                                      clstep_state_storage *state_storage,
                                                      clstep_param_storage *param_storage);

/* Tells where the device counts the steps that it has skipped since create: a uint64_t. Its offset
 * is in numbers of 8 bytes. CLSTEP_INVALID_ARGUMENT without options.control, or if the optimizer
 * has no elements. The buffer belongs to the optimizer. Read it as you read a state array.
 * Statuses: INVALID_ARGUMENT only. */
CLSTEP_API clstep_status clstep_optimizer_get_skipped(const clstep_optimizer *optimizer,
                                                      clstep_buffer *skipped);

/* Tells where each step leaves the global norm: one fp32 number, that of the gradients of all
 * groups with CLSTEP_CLIP_GLOBAL_NORM before they are clipped, but scaled by grad_scale. It is 0
 * before the first step. A skipped step sets it too; a step that leaves out all tensors does not.
 * CLSTEP_INVALID_ARGUMENT if no group with elements clips by it. The buffer belongs to the
 * optimizer. Read it as you read a state array, with commands that wait for the step's event.
 * Statuses: INVALID_ARGUMENT only. */
CLSTEP_API clstep_status clstep_optimizer_get_norm(const clstep_optimizer *optimizer,
                                                   clstep_buffer *norm);

/* The number of groups, and the number of tensors in a group (0 if there is no such group). */
CLSTEP_API size_t clstep_optimizer_group_count(const clstep_optimizer *optimizer);
CLSTEP_API size_t clstep_optimizer_tensor_count(const clstep_optimizer *optimizer, size_t group);

/* Copies to `into` the clstep_tensor that create was given. `size` is your sizeof(clstep_tensor).
 * The buffers are not retained for you, so do not release them; they are NULL if the tensor's count
 * is 0. The name is the optimizer's copy. first_element is the number that is in use, also if the
 * library has chosen it. state_arrays is NULL: use clstep_optimizer_state_array().
 * Statuses: INVALID_ARGUMENT only. */
CLSTEP_API clstep_status clstep_optimizer_get_tensor(const clstep_optimizer *optimizer,
                                                     size_t group, size_t tensor, size_t size,
                                                     clstep_tensor *into);

/* Waits until all enqueued steps have ended. With options.control it then reads the device's counts
 * of steps.
 * - CLSTEP_OK: all are complete.
 * - CLSTEP_OPENCL_FAILED: a step has failed on the device; each failure is reported once. Steps
 *   before it are complete. It may have updated a part of the tensors. Steps after it have updated
 *   nothing. All of them count as steps (with options.control: those that the device has counted).
 *   Load a checkpoint to have a whole step again; otherwise
 *   the next step works on the values as they are. Some drivers, such as Mesa's rusticl, take no
 *   more commands on a queue that has failed: use a new queue then. If the message says that
 *   waiting itself failed, steps may still run; call again. If it says that another OpenCL call
 *   failed, all steps have ended; call again.
 * - CLSTEP_INVALID_ARGUMENT: the last step is incomplete; the call has not waited.
 * Statuses: OPENCL_FAILED, INVALID_ARGUMENT, UNSUPPORTED (after fork()). */
CLSTEP_API clstep_status clstep_optimizer_finish(clstep_optimizer *optimizer);

/* How many update kernels the last step has launched, or the first step will. 0 if there is nothing
 * to update. Kernels that upload changed numbers, compute norms or control the step are not
 * counted. */
CLSTEP_API size_t clstep_optimizer_launches(const clstep_optimizer *optimizer);

/* The device memory that the optimizer has allocated, for state and launch tables, in bytes. */
CLSTEP_API uint64_t clstep_optimizer_device_bytes(const clstep_optimizer *optimizer);

#ifdef __cplusplus
}
#endif

#endif
