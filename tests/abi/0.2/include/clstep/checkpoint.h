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
 * A checkpoint is a safetensors file with the state of an optimizer: for every tensor NAME and
 * every array of its rule NAME.square_avg, NAME.momentum_buffer ... (clstep_rule_state_name()), in
 * the tensor's shape and in the format in which they are stored: F32 (F64 for parameters in F64),
 * or as the group says BF16, or U8 with NAME.square_avg.scale ..., one U32 for each 128 elements;
 * and where 16-bit parameters have more bits, NAME.param_master in F32 or NAME.param_residual in
 * U16. The entry "clstep" of "__metadata__" is JSON that says what continues:
 *
 *     {"format": 1, "step": 1000, "seed": 0, "groups": [{"preset": "torch", "lr": 0.01, ... every
 *      number and switch of the rule ..., "state_dtype": "BF16", "param_storage": "residual",
 *      "tensors": ["layer.weight", "layer.bias"], "tensor_steps": [1000, 990],
 *      "first_elements": [0, 4096], "param_dtypes": ["BF16", "BF16"]}]}
 *
 * "state_dtype" is "BF16" or "U8"; without it the state is in the format that is computed in.
 * "param_storage" is "nearest", "master" or "residual"; without it 16-bit parameters are rounded
 * stochastically. "tensor_steps" is there only where a tensor of the group has taken another number
 * of steps than "step", "first_elements" only where random bits are drawn, and "param_dtypes" only
 * where there may be residuals, whose meaning depends on it. A tensor is in "tensors" even if its
 * rule keeps no state. Where the parameters themselves are saved too, they are called NAME.
 */
typedef struct clstep_checkpoint clstep_checkpoint;

/* What a tensor is called in a file. Shapes are for readers; only their product matters here. This
 * struct never grows: more about tensors goes into arrays of its own beside it. */
typedef struct clstep_tensor_name {
    const char *name;
    const uint64_t *shape; /* NULL: [count] */
    size_t rank;
} clstep_tensor_name;

typedef struct clstep_save_options {
    size_t size;                     /* sizeof(clstep_save_options), by CLSTEP_SAVE_OPTIONS_INIT */
    const clstep_tensor_name *names; /* one for every tensor, group after group; NULL: "0.0", "0.1"
                                        ...: group and tensor by number */
    size_t name_count;               /* the number of all tensors where names is not NULL */
    int32_t with_params;             /* 1: the parameters too */
    int32_t allow_nan; /* 1: saves a state that holds NaN, infinity or a negative square too */
} clstep_save_options;

#define CLSTEP_SAVE_OPTIONS_INIT CLSTEP_SIZED(clstep_save_options)

/* Saves the state as it is after all steps that have been enqueued, as clstep_writer_commit() does:
 * `path` is the whole checkpoint or what it was. Reads through `queue`, and waits. At most 64 MiB
 * of host memory are in use at a time. A state that holds NaN, infinity or a negative square is
 * refused, before it could replace one that is sound; and so are names that could not be told
 * apart in a file.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, FILE_FAILED, UNSUPPORTED (after fork()). */
CLSTEP_API clstep_status clstep_checkpoint_save(clstep_optimizer *optimizer, cl_command_queue queue,
                                                const clstep_save_options *options,
                                                const char *path);

/* The same into memory; *bytes is freed by clstep_store_free().
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, UNSUPPORTED (after fork()). */
CLSTEP_API clstep_status clstep_checkpoint_save_memory(clstep_optimizer *optimizer,
                                                       cl_command_queue queue,
                                                       const clstep_save_options *options,
                                                       void **bytes, size_t *size);

/* A group of clstep_checkpoint_declare(). */
typedef struct clstep_checkpoint_group {
    size_t size; /* sizeof(clstep_checkpoint_group), by CLSTEP_CHECKPOINT_GROUP_INIT */
    const clstep_rule *rule;
    const clstep_tensor_name *tensors; /* with their shapes */
    size_t tensor_count;
    clstep_state_storage state_storage; /* as in clstep_group */
    clstep_param_storage param_storage; /* as in clstep_group */
    const clstep_dtype *param_dtypes;   /* of each tensor; NULL: all CLSTEP_DTYPE_FLOAT32 */
    const uint64_t *tensor_steps;       /* that each tensor has taken; NULL: all as many */
    const uint64_t *first_elements;     /* of each tensor (clstep_tensor); NULL: not told */
    int32_t with_params;                /* 1: the parameters too, each in front of its state */
    int32_t reserved;                   /* 0 */
} clstep_checkpoint_group;

#define CLSTEP_CHECKPOINT_GROUP_INIT CLSTEP_SIZED(clstep_checkpoint_group)

/* For those who write a checkpoint by themselves, piece by piece: declares in `writer` (not yet
 * begun) the entry of the metadata, and for every group, every tensor of it and every array that is
 * kept for it (clstep_rule_array()), in this order, the tensor that clstep_writer_write() takes.
 * All groups have the size that the first one tells.
 * Statuses: OUT_OF_MEMORY. */
CLSTEP_API clstep_status clstep_checkpoint_declare(clstep_writer *writer, uint64_t steps,
                                                   uint64_t seed, size_t group_count,
                                                   const clstep_checkpoint_group *groups);

/* Opens a checkpoint and checks all of it but the numbers in its arrays, which
 * clstep_checkpoint_load() does. CLSTEP_FILE_MISSING: there is none, as before a first run;
 * everything else that cannot be read is another status.
 * Statuses: OUT_OF_MEMORY, FILE_MISSING, FILE_FAILED, INVALID_FILE. */
CLSTEP_API clstep_status clstep_checkpoint_open(clstep_checkpoint **checkpoint, const char *path);
CLSTEP_API clstep_status clstep_checkpoint_open_memory(clstep_checkpoint **checkpoint,
                                                       const void *bytes, size_t size);
CLSTEP_API void clstep_checkpoint_close(clstep_checkpoint *checkpoint);

/* What is in it: enough to make the optimizer that continues.
 * Statuses: no others. */
CLSTEP_API uint64_t clstep_checkpoint_steps(const clstep_checkpoint *checkpoint);
CLSTEP_API uint64_t clstep_checkpoint_seed(const clstep_checkpoint *checkpoint);
CLSTEP_API size_t clstep_checkpoint_group_count(const clstep_checkpoint *checkpoint);
CLSTEP_API clstep_status clstep_checkpoint_rule(const clstep_checkpoint *checkpoint, size_t group,
                                                clstep_rule *rule);
/* How a group keeps its state and its 16-bit parameters, as in clstep_group.
 * Statuses: no others. */
CLSTEP_API clstep_status clstep_checkpoint_storage(const clstep_checkpoint *checkpoint,
                                                   size_t group,
                                                   clstep_state_storage *state_storage,
                                                   clstep_param_storage *param_storage);
CLSTEP_API size_t clstep_checkpoint_tensor_count(const clstep_checkpoint *checkpoint, size_t group);
CLSTEP_API const char *clstep_checkpoint_tensor_name(const clstep_checkpoint *checkpoint,
                                                     size_t group, size_t tensor);
/* How many steps a tensor has taken; 0 where there is no such tensor. */
CLSTEP_API uint64_t clstep_checkpoint_tensor_steps(const clstep_checkpoint *checkpoint,
                                                   size_t group, size_t tensor);
/* The number of a tensor's first element over the whole model (clstep_tensor). Returns 0 where the
 * checkpoint does not tell it: no random bits were drawn. */
CLSTEP_API int clstep_checkpoint_first_element(const clstep_checkpoint *checkpoint, size_t group,
                                               size_t tensor, uint64_t *first_element);
/* The file behind it, for what these calls do not tell; borrowed. */
CLSTEP_API const clstep_safetensors *clstep_checkpoint_file(const clstep_checkpoint *checkpoint);

typedef struct clstep_load_options {
    size_t size;                     /* sizeof(clstep_load_options), by CLSTEP_LOAD_OPTIONS_INIT */
    const clstep_tensor_name *names; /* as for saving; tensors are matched by name */
    size_t name_count;
    int32_t with_params;   /* 1: the parameters too, which the checkpoint then must have */
    int32_t keep_rules;    /* 1: numbers stay those of the optimizer (lr, rho ...); 0: they become
                              those of the checkpoint. Switches must agree either way. */
    int32_t allow_nan;     /* 1: loads NaN, infinity and negative squares too */
    int32_t allow_missing; /* 1: tensors that the checkpoint lacks keep what they have, which in a
                              new optimizer is a fresh state */
    int32_t allow_unused;  /* 1: tensors of the checkpoint that the optimizer lacks are left out */
    int32_t convert;       /* 1: tensors may be in other groups and in other formats than in the
                              checkpoint, and random bits may begin elsewhere */
} clstep_load_options;

#define CLSTEP_LOAD_OPTIONS_INIT CLSTEP_SIZED(clstep_load_options)

/* Puts a checkpoint into an optimizer: every state array, the count of steps of each tensor, seed,
 * the rules' numbers; the next step continues as if it had never stopped, with the same bits.
 * Everything is checked before anything is written: groups, names, counts, formats, switches, where
 * random bits begin, and every number (NaN, infinity, negative squares). Writes through `queue`,
 * after all steps that have been enqueued, and waits. Should OpenCL or the file fail amid the
 * writing, the message says so, and the optimizer must be loaded again or destroyed.
 *
 * What options->convert converts, a part at a time:
 * - State: each number is widened to fp32, and rounded to nearest to the optimizer's format. F64
 *   becomes fp32 first; blocks of 8 bits get scales as if the numbers were new.
 * - Parameters: a parameter's number is its param_master, or else the parameter with its
 *   param_residual. Of it are made the optimizer's parameter (to nearest), param_master and
 *   param_residual, so that parameter and residual together are the number that was. Without
 *   options->with_params the parameter is the optimizer's own, as it lies on the device, and
 *   a param_master of the checkpoint cannot become a residual.
 * - An array that the optimizer does not have is left out.
 * A number that the optimizer's dtype cannot hold is refused (1e5 as F16), unless
 * options->allow_nan makes it infinite.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, FILE_FAILED, INVALID_FILE, UNSUPPORTED (after fork()). */
CLSTEP_API clstep_status clstep_checkpoint_load(const clstep_checkpoint *checkpoint,
                                                clstep_optimizer *optimizer, cl_command_queue queue,
                                                const clstep_load_options *options);

/* The index of the first of `count` numbers from which training cannot go on: NaN, infinity (an
 * infinite square_avg freezes its parameter for ever), or below zero in an array that holds squares
 * (square_avg, grad_var, sum, exp_avg_sq); `count` where there is none. `state` is a name of
 * clstep_rule_state_name(). */
CLSTEP_API size_t clstep_state_find_bad(const char *state, const float *values, size_t count);

#ifdef __cplusplus
}
#endif

#endif
