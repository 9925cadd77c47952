/*
 * Files: safetensors, checkpoints of an optimizer, and the states of other frameworks. A library of
 * its own, libclstep-store, on top of libclstep; it adds jansson. Who embeds the step alone needs
 * neither.
 *
 * Ownership, threads and process are as in clstep.h, with one difference: calls that read or write
 * a file, or move state between a device and the host, wait until that is done. Every handle is
 * used by one thread at a time.
 *
 * The format (https://github.com/huggingface/safetensors): 8 bytes, little-endian: the length n of
 * the header; n bytes of JSON: {"name": {"dtype": "F32", "shape": [2,3], "data_offsets": [begin,
 * end]}, ..., "__metadata__": {"key": "text", ...}}; then the data, dense and row-major, in which
 * the tensors lie without holes or overlaps.
 */
#ifndef CLSTEP_STORE_H
#define CLSTEP_STORE_H

#include <clstep/clstep.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- reading safetensors ------------------------------------------------------------------- */

/* A safetensors file that is open for reading. */
typedef struct clstep_file clstep_file;

/* A tensor in a file. Every pointer is valid until the file is closed. */
typedef struct clstep_file_tensor {
    size_t size;           /* sizeof(clstep_file_tensor), by CLSTEP_FILE_TENSOR_INIT */
    const char *name;      /* UTF-8, without '\0' inside */
    const char *dtype;     /* as in the file: "F32", "BF16", "I64" ... */
    const uint64_t *shape; /* `rank` extents; any may be 0 */
    size_t rank;           /* 0 for a single number */
    uint64_t count;        /* elements: the product of the shape, 1 for rank 0 */
    uint64_t bytes;        /* of the data */
} clstep_file_tensor;

#define CLSTEP_FILE_TENSOR_INIT CLSTEP_SIZED(clstep_file_tensor)

/* Opens a file and checks its whole header before anything is used: length, UTF-8, JSON without
 * duplicate keys, dtypes, shapes and their products, offsets without holes, overlaps or bytes that
 * belong to no tensor. A file that breaks a rule is CLSTEP_INVALID_FILE, and the message says
 * which; one that cannot be read is CLSTEP_FILE_FAILED. On failure *file is NULL. The file is kept
 * open, and never mapped: tensors are read when asked for. */
CLSTEP_API clstep_status clstep_file_open(clstep_file **file, const char *path);

/* The same from `size` bytes in memory, which are borrowed until the file is closed. */
CLSTEP_API clstep_status clstep_file_open_memory(clstep_file **file, const void *bytes,
                                                 size_t size);

/* Accepts NULL. */
CLSTEP_API void clstep_file_close(clstep_file *file);

/* The number of tensors, and the one of an index, in the order of their data. */
CLSTEP_API size_t clstep_file_tensor_count(const clstep_file *file);
CLSTEP_API clstep_status clstep_file_tensor_at(const clstep_file *file, size_t index,
                                               clstep_file_tensor *tensor);

/* The index of a name, which is found in the time of a binary search; SIZE_MAX where there is none.
 */
CLSTEP_API size_t clstep_file_find(const clstep_file *file, const char *name);

/* Reads `bytes` bytes of a tensor's data from byte `first` on. On failure the contents of `to` are
 * undefined. */
CLSTEP_API clstep_status clstep_file_read(const clstep_file *file, size_t index, uint64_t first,
                                          uint64_t bytes, void *to);

/* The text of a key of "__metadata__", NULL where there is none; and the key of an index from 0 in
 * the file's order, NULL past the last. Valid until the file is closed. */
CLSTEP_API const char *clstep_file_metadata(const clstep_file *file, const char *key);
CLSTEP_API const char *clstep_file_metadata_key(const clstep_file *file, size_t index);

/* ---- writing safetensors ------------------------------------------------------------------- */

/* A file that is being written. It appears under its name as a whole or not at all: the data go to
 * a temporary file in the same folder; clstep_writer_commit() makes that durable and puts it in the
 * place of what was there. */
typedef struct clstep_writer clstep_writer;

/* Begins a file. `path` NULL writes to memory instead, for clstep_writer_take(). Nothing is touched
 * before clstep_writer_begin(). */
CLSTEP_API clstep_status clstep_writer_create(clstep_writer **writer, const char *path);

/* Declares a tensor, in the order in which their data will lie, and an entry of "__metadata__". All
 * is copied. Names and keys are UTF-8, and used once; "__metadata__" is no name. */
CLSTEP_API clstep_status clstep_writer_add(clstep_writer *writer, const char *name,
                                           const char *dtype, size_t rank, const uint64_t *shape);
CLSTEP_API clstep_status clstep_writer_set_metadata(clstep_writer *writer, const char *key,
                                                    const char *text);

/* Makes the temporary file and writes the header; tensors are indexed in the order of their
 * declaration from here on. */
CLSTEP_API clstep_status clstep_writer_begin(clstep_writer *writer);

/* Writes `bytes` bytes of a tensor's data from byte `first` on, in any order, each byte once. */
CLSTEP_API clstep_status clstep_writer_write(clstep_writer *writer, size_t index, uint64_t first,
                                             uint64_t bytes, const void *from);

/* Flushes the temporary file to the disk: what remains for clstep_writer_commit() is a rename. To
 * be called where several files are to be replaced together; otherwise commit does it. */
CLSTEP_API clstep_status clstep_writer_sync(clstep_writer *writer);

/* fsync, rename over the target, fsync of the folder. Refused while bytes are missing. On failure
 * the target is what it was, but for one: where the last fsync fails, the new file is in its place
 * and might not survive a loss of power, and the message says so. An existing target's permissions
 * are kept, and its owner and group as far as the process may; a symbolic link is followed; a
 * further hard link stays with the old file. */
CLSTEP_API clstep_status clstep_writer_commit(clstep_writer *writer);

/* The whole file, of a writer to memory, instead of a commit: *bytes is the caller's, and freed by
 * clstep_store_free(). */
CLSTEP_API clstep_status clstep_writer_take(clstep_writer *writer, void **bytes, size_t *size);

/* Accepts NULL. Without a commit the temporary file is removed. */
CLSTEP_API void clstep_writer_destroy(clstep_writer *writer);

/* Frees what calls of this header hand over. Accepts NULL. */
CLSTEP_API void clstep_store_free(void *memory);

/* The index of the first of `count` numbers from which training cannot go on: NaN, infinity (an
 * infinite square_avg freezes its parameter for ever), or below zero in an array that holds squares
 * (square_avg, grad_var, sum, exp_avg_sq); `count` where there is none. `state` is a name of
 * clstep_rule_state_name(). */
CLSTEP_API size_t clstep_state_find_bad(const char *state, const float *values, size_t count);

/* ---- checkpoints --------------------------------------------------------------------------- */

/*
 * A checkpoint is a safetensors file with the state of an optimizer: for every tensor NAME and
 * every array of its rule NAME.square_avg, NAME.momentum_buffer ... (clstep_rule_state_name()), in
 * the tensor's shape and in the format in which they are kept: F32 (F64 for parameters in F64), or
 * as the group says BF16, or U8 with NAME.square_avg.scale ..., one U32 for each 128 elements; and
 * where 16-bit parameters have more bits, NAME.param_master in F32 or NAME.param_residual in U16.
 * The entry "clstep" of "__metadata__" is JSON that says what continues:
 *
 *     {"format": 1, "step": 1000, "seed": 0, "groups": [{"preset": "torch", "lr": 0.01, ... every
 *      number and switch of the rule ..., "state_dtype": "BF16", "param_storage": "master",
 *      "tensors": ["layer.weight", "layer.bias"]}]}
 *
 * Defaults are left out of "state_dtype" and "param_storage". A tensor is in "tensors" even if its
 * rule keeps no state. Where the parameters themselves are saved too, they are called NAME.
 */
typedef struct clstep_checkpoint clstep_checkpoint;

/* What a tensor is called in a file. Shapes are for readers; only their product matters here. */
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
 * apart in a file. */
CLSTEP_API clstep_status clstep_checkpoint_save(clstep_optimizer *optimizer, cl_command_queue queue,
                                                const clstep_save_options *options,
                                                const char *path);

/* The same into memory; *bytes is freed by clstep_store_free(). */
CLSTEP_API clstep_status clstep_checkpoint_save_memory(clstep_optimizer *optimizer,
                                                       cl_command_queue queue,
                                                       const clstep_save_options *options,
                                                       void **bytes, size_t *size);

/* A group of clstep_checkpoint_declare(). */
typedef struct clstep_checkpoint_group {
    const clstep_rule *rule;
    const clstep_tensor_name *tensors; /* with their shapes */
    size_t tensor_count;
    int32_t with_params;                /* 1: the parameters too, each in front of its state */
    clstep_state_storage state_storage; /* as in clstep_group */
    clstep_param_storage param_storage; /* as in clstep_group */
    int32_t reserved;                   /* 0 */
    const clstep_dtype *param_dtypes;   /* of each tensor; NULL: all CLSTEP_DTYPE_FLOAT32 */
} clstep_checkpoint_group;

/* For those who write a checkpoint by themselves, piece by piece: declares in `writer` (not yet
 * begun) the entry of the metadata, and for every group, every tensor of it and every array that is
 * kept for it (clstep_rule_array()), in this order, the tensor that clstep_writer_write() takes. */
CLSTEP_API clstep_status clstep_checkpoint_declare(clstep_writer *writer, uint64_t steps,
                                                   uint64_t seed, size_t group_count,
                                                   const clstep_checkpoint_group *groups);

/* Opens a checkpoint and checks all of it but the numbers in its arrays, which
 * clstep_checkpoint_load() does. */
CLSTEP_API clstep_status clstep_checkpoint_open(clstep_checkpoint **checkpoint, const char *path);
CLSTEP_API clstep_status clstep_checkpoint_open_memory(clstep_checkpoint **checkpoint,
                                                       const void *bytes, size_t size);
CLSTEP_API void clstep_checkpoint_close(clstep_checkpoint *checkpoint);

/* What is in it: enough to make the optimizer that continues. */
CLSTEP_API uint64_t clstep_checkpoint_steps(const clstep_checkpoint *checkpoint);
CLSTEP_API uint64_t clstep_checkpoint_seed(const clstep_checkpoint *checkpoint);
CLSTEP_API size_t clstep_checkpoint_group_count(const clstep_checkpoint *checkpoint);
CLSTEP_API clstep_status clstep_checkpoint_rule(const clstep_checkpoint *checkpoint, size_t group,
                                                clstep_rule *rule);
/* How a group keeps its state and its 16-bit parameters, as in clstep_group. */
CLSTEP_API clstep_status clstep_checkpoint_storage(const clstep_checkpoint *checkpoint,
                                                   size_t group,
                                                   clstep_state_storage *state_storage,
                                                   clstep_param_storage *param_storage);
CLSTEP_API size_t clstep_checkpoint_tensor_count(const clstep_checkpoint *checkpoint, size_t group);
CLSTEP_API const char *clstep_checkpoint_tensor_name(const clstep_checkpoint *checkpoint,
                                                     size_t group, size_t tensor);
/* The file behind it, for what these calls do not tell; borrowed. */
CLSTEP_API const clstep_file *clstep_checkpoint_file(const clstep_checkpoint *checkpoint);

typedef struct clstep_load_options {
    size_t size;                     /* sizeof(clstep_load_options), by CLSTEP_LOAD_OPTIONS_INIT */
    const clstep_tensor_name *names; /* as for saving; tensors are matched by name */
    size_t name_count;
    int32_t with_params; /* 1: the parameters too, which the checkpoint then must have */
    int32_t keep_rules;  /* 1: numbers stay those of the optimizer (lr, rho ...); 0: they become
                            those of the checkpoint. Switches must agree either way. */
    int32_t allow_nan;   /* 1: loads NaN, infinity and negative squares too */
    int32_t reserved;    /* 0 */
} clstep_load_options;

#define CLSTEP_LOAD_OPTIONS_INIT CLSTEP_SIZED(clstep_load_options)

/* Puts a checkpoint into an optimizer: every state array, step count, seed, the rules' numbers; the
 * next step continues as if it had never stopped, with the same bits. Everything is checked before
 * anything is written: groups, names, counts, formats, switches, and every number (NaN, infinity,
 * negative squares). Writes through `queue`, after all steps that have been enqueued, and waits.
 * Should OpenCL or the file fail amid the writing, the message says so, and the optimizer must be
 * loaded again or destroyed. */
CLSTEP_API clstep_status clstep_checkpoint_load(const clstep_checkpoint *checkpoint,
                                                clstep_optimizer *optimizer, cl_command_queue queue,
                                                const clstep_load_options *options);

/* ---- the states of other frameworks --------------------------------------------------------- */

/*
 * A dialect is how a framework's state is laid out in a safetensors file; docs/translation.md has
 * the names, signs and scales. Which rule the state belongs to is told by the entry "clstep" of the
 * metadata, the same as in a checkpoint, and otherwise by the caller.
 */
typedef struct clstep_dialect_info {
    const char *name;      /* clstep, torch, timm, keras, tf1, optax */
    const char *framework; /* whose state it is */
    const char *arrays;    /* what the arrays of a tensor NAME are called */
} clstep_dialect_info;

/* The dialect of an index from 0; NULL past the last. Every member points into the library. */
CLSTEP_API const clstep_dialect_info *clstep_dialect(size_t index);

typedef struct clstep_convert_options {
    size_t size; /* sizeof(clstep_convert_options), by CLSTEP_CONVERT_OPTIONS_INIT */
    /* For a file without the entry "clstep": the rule of all its tensors, which are found by the
     * names of their arrays (NULL: the dialect's preset, with the file's lr if it has one), and how
     * many steps were taken, where the file does not count them. Refused for other files. */
    const clstep_rule *rule;
    uint64_t steps;
    int32_t has_steps; /* 1: `steps` is given */
    /* 1: converts although something changes its meaning or its bits; 0: that is refused. */
    int32_t allow_inexact;
    /* 1: the momentum of `rule` is 0 for certain, whatever the file's momentum array holds
     * (TensorFlow 1 always has one, and fills it); 0: numbers in it are reported. */
    int32_t without_momentum;
    int32_t reserved; /* 0 */
    /* Called for the rule of every group, which it may change: the target then is the nearest rule
     * to that one. What it returns other than CLSTEP_OK ends the call. NULL changes nothing. */
    clstep_status (*change)(clstep_rule *rule, void *context);
    /* Called with one sentence for each thing that is not exact, valid during the call. NULL: they
     * are not wanted. */
    void (*report)(const char *sentence, void *context);
    /* Called now and then with the number of elements that are done, and of all. What it returns
     * other than CLSTEP_OK ends the call. NULL: it is not wanted. */
    clstep_status (*progress)(uint64_t done, uint64_t all, void *context);
    void *context; /* for all three */
} clstep_convert_options;

#define CLSTEP_CONVERT_OPTIONS_INIT CLSTEP_SIZED(clstep_convert_options)

/*
 * Translates a state from a dialect into another: `file` is open, `writer` was created and nothing
 * else; afterwards it holds the whole, for clstep_writer_commit() or clstep_writer_take(). On
 * failure it is of no use but to be destroyed, and the target is what it was. At most 64 MiB of
 * host memory are in use at a time.
 *
 * The rule of the target is that of the source, where the dialect is clstep; otherwise the
 * framework's, with the source's numbers and those of its switches that the framework has. Arrays
 * are copied; where the two differ in what they keep, they are
 *     negated (optax's trace): exact;
 *     multiplied or divided by lr (a momentum buffer with lr inside, or without): exact in meaning
 *         only as long as lr stays what it is;
 *     square_avg = grad_var + grad_avg^2, grad_var = max(square_avg - grad_avg^2, 0), in double.
 * A tensor's parameter, called NAME in every dialect, is copied. An array that is missing is an
 * error, but for one that starts at a known number where no step has been taken.
 *
 * Whatever is not exact is reported: another order of roundings, eps on the other side of the root,
 * switches and a form of weight decay that the target does not have, elements that were rounded or
 * clamped. Unless options->allow_inexact is set the call then fails with CLSTEP_UNSUPPORTED and the
 * first of these sentences. An exact translation reports nothing.
 *
 * CLSTEP_UNSUPPORTED too: arrays that are not F32, an algorithm that the dialect does not have, a
 * division by an lr of 0, a number that overflows. CLSTEP_INVALID_FILE: arrays that are missing or
 * belong to no tensor, NaN, infinity, negative squares. `options` NULL means all defaults.
 */
CLSTEP_API clstep_status clstep_convert(const clstep_file *file, const char *from,
                                        clstep_writer *writer, const char *to,
                                        const clstep_convert_options *options);

#ifdef __cplusplus
}
#endif

#endif
