/*
 * Checkpoints: the state of an optimizer in a safetensors file. Part of store.h.
 */
#ifndef CLSTEP_CHECKPOINT_H
#define CLSTEP_CHECKPOINT_H

#include <clstep/clstep.h>
#include <clstep/safetensors.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A checkpoint is a safetensors file with the state of an optimizer. For a tensor NAME it has these
 * arrays:
 * - NAME.square_avg, NAME.momentum_buffer ...: the state, with the names that
 *   clstep_rule_state_name() gives, in the tensor's shape. They are F32 (F64 if the parameter is
 *   F64), or BF16 or U8 if the group stores the state so;
 * - NAME.square_avg.scale ...: for state in U8, the scales, a U32 for each 128 elements;
 * - NAME.param_master in F32 or NAME.param_residual in U16: if the group uses
 *   CLSTEP_PARAM_MASTER or CLSTEP_PARAM_RESIDUAL;
 * - NAME: the parameter itself, if it was saved too.
 *
 * The entry "clstep" of "__metadata__" is JSON, with all that is needed to continue:
 *
 *     {"format": 1, "step": 1000, "seed": 0, "groups": [{"preset": "torch", "lr": 0.01, ... every
 *      number and switch of the rule ..., "state_dtype": "BF16", "param_storage": "residual",
 *      "tensors": ["layer.weight", "layer.bias"], "tensor_steps": [1000, 990],
 *      "first_elements": [0, 4096], "param_dtypes": ["BF16", "BF16"]}]}
 *
 * - "state_dtype": "BF16" or "U8"; if it is missing, the state is stored as computed, in F32 or
 *   F64.
 * - "param_storage": "nearest", "master" or "residual"; if it is missing, 16-bit parameters are
 *   rounded stochastically.
 * - "tensors": all tensors of the group, also those without state.
 * - "tensor_steps": the steps of each tensor; missing if every tensor has taken "step" steps.
 * - "first_elements": clstep_tensor.first_element; missing if nothing is rounded stochastically.
 * - "param_dtypes": there only with residuals, whose meaning depends on the parameter's dtype.
 */
typedef struct clstep_checkpoint clstep_checkpoint;

/* The name and shape of a tensor in a file. The shape is for other readers of the file; here only
 * the product of its extents matters. Later versions will not add members. */
typedef struct clstep_tensor_name {
    const char *name;
    const uint64_t *shape; /* NULL: [count] (but see clstep_checkpoint_group) */
    size_t rank;
} clstep_tensor_name;

typedef struct clstep_save_options {
    size_t size;                     /* CLSTEP_SAVE_OPTIONS_INIT sets it */
    const clstep_tensor_name *names; /* one for each tensor, group after group; NULL: the names of
                                        the optimizer's tensors, or "GROUP.TENSOR" by number */
    size_t name_count;               /* the number of all tensors if names is not NULL */
    int32_t with_params;             /* 1: save the parameters too */
    int32_t allow_nan; /* 1: save a state with bad numbers too (see clstep_state_find_bad()) */
} clstep_save_options;

#define CLSTEP_SAVE_OPTIONS_INIT CLSTEP_SIZED(clstep_save_options)

/* Saves the state as it is after all steps that were enqueued. The call waits for these steps, and
 * reads the state through `queue`. It replaces the file at `path` as clstep_writer_commit() does:
 * whole or not at all. It needs at most 64 MiB of host memory at a time. `options` may be NULL.
 *
 * The status is CLSTEP_INVALID_ARGUMENT if the state has bad numbers (clstep_state_find_bad()), so
 * that such a state does not replace a good one; the message names tensor and element. The call
 * does not look at the numbers of parameters. The status is the same if two names would be equal in
 * the file, or if the last step is incomplete. If a step has failed on the device, the call reports
 * that once, like clstep_optimizer_finish(), and saves nothing.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, FILE_FAILED, UNSUPPORTED (after fork()). */
CLSTEP_API clstep_status clstep_checkpoint_save(clstep_optimizer *optimizer, cl_command_queue queue,
                                                const clstep_save_options *options,
                                                const char *path);

/* Saves the state to memory, otherwise like clstep_checkpoint_save(). Free *bytes with
 * clstep_store_free(). On failure *bytes is NULL and *size is 0.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, UNSUPPORTED (after fork()). */
CLSTEP_API clstep_status clstep_checkpoint_save_memory(clstep_optimizer *optimizer,
                                                       cl_command_queue queue,
                                                       const clstep_save_options *options,
                                                       void **bytes, size_t *size);

/* A group for clstep_checkpoint_declare(). */
typedef struct clstep_checkpoint_group {
    size_t size; /* CLSTEP_CHECKPOINT_GROUP_INIT sets it */
    const clstep_rule *rule;
    const clstep_tensor_name *tensors; /* names and shapes; here NULL, with rank 0, is the shape of
                                          a single number */
    size_t tensor_count;
    clstep_state_storage state_storage; /* as in clstep_group */
    clstep_param_storage param_storage; /* as in clstep_group */
    const clstep_dtype *param_dtypes;   /* of each tensor; NULL: all CLSTEP_DTYPE_FLOAT32 */
    const uint64_t *tensor_steps;       /* of each tensor; NULL: `steps` for all */
    const uint64_t *first_elements; /* of each tensor (see clstep_tensor); NULL: none are saved */
    int32_t with_params;            /* 1: declare the parameters too, each before its state */
    int32_t reserved;               /* 0 */
} clstep_checkpoint_group;

#define CLSTEP_CHECKPOINT_GROUP_INIT CLSTEP_SIZED(clstep_checkpoint_group)

/* For programs that write a checkpoint piece by piece, without an optimizer. Call it before
 * clstep_writer_begin(). It declares the whole checkpoint in `writer`: the metadata, then one array
 * for each state array (clstep_rule_array()) of each tensor of each group, in that order. Then
 * write the data with clstep_writer_write(). The library finds the next group groups[0].size bytes
 * on. If the call fails, destroy the writer.
 * Statuses: OUT_OF_MEMORY. */
CLSTEP_API clstep_status clstep_checkpoint_declare(clstep_writer *writer, uint64_t steps,
                                                   uint64_t seed, size_t group_count,
                                                   const clstep_checkpoint_group *groups);

/* Opens a checkpoint from a file or from memory, and checks it: everything except the numbers of
 * the state, which clstep_checkpoint_load() checks, and those of the parameters.
 * CLSTEP_FILE_MISSING means that there is no such file, as in a first run. The bytes in memory must
 * exist until the checkpoint is closed. On failure *checkpoint is NULL.
 * clstep_checkpoint_close(NULL) does nothing.
 * Statuses: OUT_OF_MEMORY, FILE_MISSING, FILE_FAILED, INVALID_FILE. */
CLSTEP_API clstep_status clstep_checkpoint_open(clstep_checkpoint **checkpoint, const char *path);
CLSTEP_API clstep_status clstep_checkpoint_open_memory(clstep_checkpoint **checkpoint,
                                                       const void *bytes, size_t size);
CLSTEP_API void clstep_checkpoint_close(clstep_checkpoint *checkpoint);

/* These calls and those below give the contents of a checkpoint: enough to create the optimizer
 * that continues. Here: the number of steps, the seed, the number of groups, and the rule of a
 * group. Initialise `rule` with CLSTEP_RULE_INIT. You need clstep_checkpoint_rule() only if your
 * program does not know the rule's switches itself: clstep_checkpoint_load() takes over the
 * numbers.
 * Statuses: INVALID_ARGUMENT only. */
CLSTEP_API uint64_t clstep_checkpoint_steps(const clstep_checkpoint *checkpoint);
CLSTEP_API uint64_t clstep_checkpoint_seed(const clstep_checkpoint *checkpoint);
CLSTEP_API size_t clstep_checkpoint_group_count(const clstep_checkpoint *checkpoint);
CLSTEP_API clstep_status clstep_checkpoint_rule(const clstep_checkpoint *checkpoint, size_t group,
                                                clstep_rule *rule);
/* How a group stores its state and its 16-bit parameters, as in clstep_group.
 * Statuses: INVALID_ARGUMENT only. */
CLSTEP_API clstep_status clstep_checkpoint_storage(const clstep_checkpoint *checkpoint,
                                                   size_t group,
                                                   clstep_state_storage *state_storage,
                                                   clstep_param_storage *param_storage);
/* The number of tensors of a group, 0 if there is no such group; and the name of one, NULL if there
 * is no such tensor. The name is valid until the checkpoint is closed. */
CLSTEP_API size_t clstep_checkpoint_tensor_count(const clstep_checkpoint *checkpoint, size_t group);
CLSTEP_API const char *clstep_checkpoint_tensor_name(const clstep_checkpoint *checkpoint,
                                                     size_t group, size_t tensor);
/* The number of steps that a tensor has taken; 0 if there is no such tensor. */
CLSTEP_API uint64_t clstep_checkpoint_tensor_steps(const clstep_checkpoint *checkpoint,
                                                   size_t group, size_t tensor);
/* Writes clstep_tensor.first_element of a tensor to `first_element` and returns 1. Returns 0 if the
 * checkpoint does not have it, because nothing was rounded stochastically. */
CLSTEP_API int clstep_checkpoint_first_element(const clstep_checkpoint *checkpoint, size_t group,
                                               size_t tensor, uint64_t *first_element);
/* The safetensors file of the checkpoint, for what these calls do not tell. It is valid until the
 * checkpoint is closed; do not close it yourself. */
CLSTEP_API const clstep_safetensors *clstep_checkpoint_file(const clstep_checkpoint *checkpoint);

typedef struct clstep_load_options {
    size_t size;                     /* CLSTEP_LOAD_OPTIONS_INIT sets it */
    const clstep_tensor_name *names; /* as in clstep_save_options; tensors are matched by name */
    size_t name_count;
    int32_t with_params;   /* 1: load the parameters too; the checkpoint must have them */
    int32_t keep_rules;    /* 0: take lr, rho and the other numbers from the checkpoint; 1: keep
                              those of the optimizer. The switches must agree in both cases, except
                              clip: a run may start or stop clipping. Then clip and clip_bound
                              stay those of the optimizer. */
    int32_t allow_nan;     /* 1: load bad numbers too (see clstep_state_find_bad()) */
    int32_t allow_missing; /* 1: allow tensors that the checkpoint lacks; they keep their state */
    int32_t allow_unused;  /* 1: allow tensors of the checkpoint that the optimizer lacks */
    int32_t convert;       /* 1: convert where groups, formats or a first_element differ from the
                              checkpoint's; see clstep_checkpoint_load() */
} clstep_load_options;

#define CLSTEP_LOAD_OPTIONS_INIT CLSTEP_SIZED(clstep_load_options)

/* Loads a checkpoint into an optimizer: all state arrays, the steps of each tensor, the seed, and
 * the numbers of the rules. The next step then has the same bits as in a run that never stopped, if
 * you restore two more things:
 * - the parameters. Set options->with_params if the checkpoint has them, or write them yourself
 *   first;
 * - the learning rates and weight decays of clstep_step_options, which no checkpoint has. Give
 *   them again; a schedule goes on from clstep_optimizer_get_steps(). (If the
 *   device skipped steps, clstep_optimizer_options.control, that number does not contain them.)
 * `options` may be NULL.
 *
 * The call checks everything before it writes anything: groups, names, counts, formats, switches,
 * every first_element, and every number of the state (clstep_state_find_bad()), but not those of
 * the parameters. A checkpoint that does not fit the optimizer is CLSTEP_INVALID_ARGUMENT; a
 * damaged one is CLSTEP_INVALID_FILE. It writes through `queue`, after all steps that were
 * enqueued, and waits. If OpenCL or the file fails during the writing, the optimizer is loaded in
 * part, and the message says so: load again, or destroy the optimizer. If a step has failed on the
 * device, the call reports that once, like clstep_optimizer_finish(), and loads nothing.
 *
 * With options->convert these may differ:
 * - Groups: a tensor may be in another group. The group takes the numbers of the rule that its
 *   tensors had. If they had different numbers, the load is refused; set options->keep_rules.
 * - first_element: the optimizer's stays, so the next steps draw other random bits.
 * - State: each number is widened to fp32 (F64 is rounded to it), then rounded to nearest to the
 *   optimizer's format. 8-bit blocks get new scales.
 * - Parameters: the exact value is the checkpoint's param_master, or else its parameter together
 *   with param_residual. The optimizer's parameter is that value rounded to nearest; its
 *   param_master and param_residual are made from it too. Without options->with_params the
 *   parameter stays as it is on the device, and a param_master cannot become a param_residual.
 * - An array that the optimizer does not have is ignored.
 * A number that does not fit the optimizer's format (1e5 in F16) is refused; with
 * options->allow_nan it becomes infinite.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, FILE_FAILED, INVALID_FILE, UNSUPPORTED (after fork()). */
CLSTEP_API clstep_status clstep_checkpoint_load(const clstep_checkpoint *checkpoint,
                                                clstep_optimizer *optimizer, cl_command_queue queue,
                                                const clstep_load_options *options);

/* Looks for a bad number, with which training cannot go on: NaN, infinity (an infinite square_avg
 * stops its parameter for ever), or a negative number in an array that cannot have any, such as
 * square_avg (see clstep_state_is_signed()). Returns the index of the first bad number of `values`,
 * or `count` if there is none. `state` is a name of clstep_rule_state_name(). */
CLSTEP_API size_t clstep_state_find_bad(const char *state, const float *values, size_t count);

#ifdef __cplusplus
}
#endif

#endif
