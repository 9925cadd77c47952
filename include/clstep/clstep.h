/*
 * clstep: the optimizer step of neural-network training on OpenCL devices.
 *
 * One fused pass over parameters, gradients and state updates all tensors of a model, in the
 * caller's own cl_context, queue and cl_mem. RMSprop in its published flavours comes first; SGD,
 * AdaGrad, Adam and AdamW run through the same engine. The update of RMSprop is, per element,
 *
 *     g  = gradient (negated by `maximize`; + weight_decay * p for L2 decay)
 *     v  = rho * v + (1 - rho) * g^2                     square_avg
 *     D  = sqrt(v + eps)  or  sqrt(v) + eps              eps_inside_sqrt or not
 *     b  = momentum * b + g / D                          momentum_buffer, where momentum > 0
 *     p  = p - lr * b     or  p - lr * g / D
 *
 * (G. Hinton, "Neural Networks for Machine Learning", lecture 6e, 2012; momentum and centring as
 * in A. Graves, arXiv:1308.0850.) A preset fixes every switch and the order of the roundings of
 * one framework; see clstep_rule_preset().
 *
 * In outline (examples/embed.c is a whole program):
 *
 *     clstep_engine_create(&engine, context, device, NULL);
 *     clstep_rule rule = CLSTEP_RULE_INIT;
 *     clstep_rule_preset(&rule, "hinton");
 *     clstep_group group = {.rule = &rule, .tensors = tensors, .tensor_count = n};
 *     clstep_optimizer_create(&optimizer, engine, queue, 1, &group, NULL, NULL);
 *     for each batch:  clstep_optimizer_step(optimizer, queue, NULL, 0, NULL, NULL);
 *     clstep_optimizer_destroy(optimizer);
 *     clstep_engine_destroy(engine);
 *
 * Ownership. Everything passed in is borrowed; what must outlive the call is retained and released
 * by the matching destroy. What a create function returns is the caller's. Strings that are
 * returned live in the library and must not be freed.
 *
 * Threads. An engine may be used by any number of threads. An optimizer is used by one thread at a
 * time; different optimizers may be used at once, also on one queue. The error record is one per
 * thread.
 *
 * Process. The library prints nothing, never exits, keeps no mutable globals and installs no
 * handlers. It reads the environment's CLSTEP_DEVICE in clstep_device_choose(), and XDG_CACHE_HOME
 * and HOME in the calls of tuning.h, which alone touch files; nothing else. The OpenCL driver
 * underneath may start threads and write caches of its own. Drivers do not survive
 * fork(): an engine that is used in a forked child returns CLSTEP_UNSUPPORTED instead of hanging.
 *
 * What is not in this file, rule.h, status.h, selftest.h and tuning.h is not public. rule.h and
 * status.h need no OpenCL; selftest.h and tuning.h are included by whoever needs them.
 */
#ifndef CLSTEP_H
#define CLSTEP_H

#ifndef CL_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION 120
#endif
#ifdef __APPLE__
#include <OpenCL/opencl.h>
#else
#include <CL/cl.h>
#endif
#include <clstep/rule.h>
#include <clstep/status.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- version ------------------------------------------------------------------------------- */

#define CLSTEP_VERSION_MAJOR 0
#define CLSTEP_VERSION_MINOR 1
#define CLSTEP_VERSION_PATCH 0
#define CLSTEP_VERSION                                                                             \
    (CLSTEP_VERSION_MAJOR * 1000000 + CLSTEP_VERSION_MINOR * 1000 + CLSTEP_VERSION_PATCH)

/* The version of the library that runs; compare it with CLSTEP_VERSION of the header. */
CLSTEP_API int clstep_version(void);
/* The same as text, such as "0.1.0". */
CLSTEP_API const char *clstep_version_text(void);

/* ---- devices ------------------------------------------------------------------------------- */

/* What a device is and what it can do. The texts are cut to fit and always end in '\0'. */
typedef struct clstep_device_info {
    size_t size; /* sizeof(clstep_device_info), set by the caller */
    cl_device_id device;
    cl_platform_id platform;
    cl_device_type type;
    char name[128];
    char vendor[128];
    char platform_name[128];
    char device_version[128];
    char driver_version[128];
    uint64_t global_memory;  /* bytes */
    uint64_t max_allocation; /* bytes, of one cl_mem */
    uint32_t compute_units;
    uint32_t clock_mhz;         /* 0 where the driver does not say */
    uint32_t vector_width;      /* native float vector */
    uint32_t correctly_rounded; /* 1: fp32 divide and sqrt can be asked to round correctly */
    uint32_t fused_multiply_add;
    uint32_t denormals; /* 1: fp32 subnormal numbers are kept */
    uint32_t out_of_order;
    uint32_t unified_memory; /* 1: shares the host's memory */
} clstep_device_info;

#define CLSTEP_DEVICE_INFO_INIT CLSTEP_SIZED(clstep_device_info)

/* All available devices of all platforms, in the platforms' order; that order is the index that
 * clstep_device_choose() takes. Writes up to `capacity` devices and, always, their whole number to
 * `count`; `devices` may be NULL if `capacity` is 0. No device at all is CLSTEP_OK with 0. */
CLSTEP_API clstep_status clstep_devices(cl_device_id *devices, size_t capacity, size_t *count);

/* Fills `info` (whose `size` the caller has set). */
CLSTEP_API clstep_status clstep_device_describe(cl_device_id device, clstep_device_info *info);

/* Chooses a device. `wanted` is an index into clstep_devices(), or any part of "PLATFORM DEVICE" in
 * any case; NULL or "" means the environment's CLSTEP_DEVICE, and where that is not set either the
 * best device: GPU before accelerator before CPU, then own memory before shared memory, then more
 * compute units times clock. Of several that match a text, the best. CLSTEP_NO_DEVICE says what was
 * seen and, if nothing was, what to install. */
CLSTEP_API clstep_status clstep_device_choose(cl_device_id *device, const char *wanted);

/* ---- engine -------------------------------------------------------------------------------- */

/* Compiled kernels for one (cl_context, cl_device_id). */
typedef struct clstep_engine clstep_engine;

/* How to launch. 0 means: what suits the device. None of the first four changes a bit of any
 * result; clstep_tune() of tuning.h finds what is fastest.
 *
 * `emulate` gives the bits of IEEE 754, and so the scalar reference's, also on devices whose own
 * fp32 is something else: such as take subnormal numbers for zeros (Mesa's llvmpipe, many mobile
 * GPUs) or round divide, sqrt or fma otherwise (clstep_selftest() tells). Every operation is then
 * computed by the device's integers from the numbers' bits and rounded once, to nearest, ties to
 * even; no float is so much as moved. NaN that an operation makes is always the same one. All rules
 * and formats but fp64 parameters can be had so (CLSTEP_UNSUPPORTED); fp64 gradients need no fp64
 * of the device then. One element is taken at a time, whatever `vector_width` says. What it costs
 * was measured on two cores: on PoCL, whose own arithmetic waits for the memory, SGD takes 40 times
 * as long and RMSprop 130 (20 million elements a second); on llvmpipe SGD 1.5 times and RMSprop 3
 * to 5. */
typedef struct clstep_engine_options {
    size_t size;              /* sizeof(clstep_engine_options), by CLSTEP_ENGINE_OPTIONS_INIT */
    uint32_t vector_width;    /* floats per access: 1, 4, 8 or 16 */
    uint32_t work_group_size; /* work-items that share a chunk */
    uint32_t chunk_elements;  /* elements per work-group, a multiple of 16 up to 2^30 */
    uint32_t aligned; /* 1: vector accesses through aligned pointers where offsets allow, one
                 element at a time elsewhere; 2: unaligned vector loads everywhere */
    uint32_t emulate; /* 1: fp32 by integer operations, with the same bits on every device */
} clstep_engine_options;

#define CLSTEP_ENGINE_OPTIONS_INIT CLSTEP_SIZED(clstep_engine_options)

/* Makes an engine; retains `context`. Kernels are compiled when an optimizer first needs them.
 * `options` may be NULL. On failure *engine is NULL. */
CLSTEP_API clstep_status clstep_engine_create(clstep_engine **engine, cl_context context,
                                              cl_device_id device,
                                              const clstep_engine_options *options);

/* Accepts NULL. Optimizers made from the engine keep what they need and may outlive it. */
CLSTEP_API void clstep_engine_destroy(clstep_engine *engine);

/* The whole log of the last build that failed: device, driver, options, the compiler's words and
 * the numbered source. Writes at most `capacity` bytes, always '\0'-terminated if capacity > 0, and
 * the size of the whole, '\0' included, to `needed` (may be NULL): call with capacity 0 to learn
 * it. Empty text (needed = 1) if no build has failed. */
CLSTEP_API clstep_status clstep_engine_build_log(clstep_engine *engine, char *text, size_t capacity,
                                                 size_t *needed);

/* ---- start-up ------------------------------------------------------------------------------ */

/*
 * An engine compiles only what its optimizers use, when the first of them is created. To have that
 * done earlier, or never again:
 *
 *     read the blob of an earlier run, if there is one;    clstep_engine_set_blob(...)
 *     while data is loaded, on any thread:                 clstep_engine_prepare(...)
 *     clstep_engine_count(...); if something was compiled: clstep_engine_get_blob(...), keep it
 *
 * A blob holds the binaries of programs, for one version of clstep and of the kernels, one device
 * and one driver. The caller owns the place where it is kept and decides who may write there: what
 * a blob says is run on the device. Its length and SHA-256 are checked, and whose it is, before the
 * driver sees a byte, so that a damaged or foreign one does no harm.
 */

struct clstep_group;

/* Makes the kernels that clstep_optimizer_create() needs for these groups (below), so that creating
 * the optimizer and its first step compile nothing. Waits for the compiler, and runs each kernel
 * once, on no element, on a queue of its own: some drivers compile only then (PoCL takes 0.2 s of a
 * first step). Other calls of this engine that need a kernel wait meanwhile. Buffers are neither
 * read nor written; a tensor whose param and grad both are NULL has none yet, and the kernels are
 * made for models of one buffer, of several and of many, as far as the number of tensors goes. */
CLSTEP_API clstep_status clstep_engine_prepare(clstep_engine *engine, size_t group_count,
                                               const struct clstep_group *groups);

/* Gives the engine the blob of an earlier run, once, before its first optimizer; the bytes are
 * copied. CLSTEP_INVALID_FILE for a damaged one, CLSTEP_UNSUPPORTED for that of another version,
 * device or driver: the engine then works all the same, and compiles. What the driver itself
 * refuses later is compiled too. */
CLSTEP_API clstep_status clstep_engine_set_blob(clstep_engine *engine, const void *bytes,
                                                size_t size);

/* A blob of all programs that the engine has compiled or got by clstep_engine_set_blob(), best
 * taken after clstep_engine_prepare() or a step: drivers such as PoCL then add machine code to the
 * binary. Writes the size to `needed` (may be NULL), and the blob to `bytes` where `capacity`
 * suffices; capacity 0 asks for the size alone, any other that is too small is refused. It grows
 * when another thread compiles in between. Waits for the driver. */
CLSTEP_API clstep_status clstep_engine_get_blob(clstep_engine *engine, void *bytes, size_t capacity,
                                                size_t *needed);

typedef struct clstep_engine_counts {
    size_t size;       /* sizeof(clstep_engine_counts), set by the caller */
    uint64_t compiled; /* programs, from source */
    uint64_t loaded;   /* programs, from the blob */
    uint64_t refused;  /* blobs by clstep_engine_set_blob(), and binaries by the driver */
} clstep_engine_counts;

#define CLSTEP_ENGINE_COUNTS_INIT CLSTEP_SIZED(clstep_engine_counts)

/* What the engine has done so far. */
CLSTEP_API clstep_status clstep_engine_count(clstep_engine *engine, clstep_engine_counts *counts);

/* ---- optimizer ----------------------------------------------------------------------------- */

/* A tensor: `count` dense elements of `param` from element `param_offset`, and as many of `grad`.
 * Many tensors may share a cl_mem, as parameter or as gradient; a launch serves up to 32 buffers of
 * each, or any number where those of all tensors of a kind lie in shared virtual memory
 * (clSVMAlloc, CL_MEM_USE_HOST_PTR) or have CL_MEM_DEVICE_PRIVATE_ADDRESS_EXT
 * (cl_ext_buffer_device_address); all of these must then stay until the last step is complete. A
 * buffer with parameters must not be given both itself and by its sub-buffers, which OpenCL leaves
 * undefined. Parameter ranges must not overlap one another or gradient ranges; these may. Of a
 * tensor without elements no buffer is looked at. Offsets and counts are in elements. Start from
 * zeros: reserved fields must be 0.
 *
 * A step is computed in fp64 where the parameter is fp64, and in fp32 otherwise; an fp64 gradient
 * is then rounded to fp32 first, everything else is widened exactly. fp64 needs a device that has
 * it (CLSTEP_UNSUPPORTED); 16-bit numbers need nothing of the device. */
typedef struct clstep_tensor {
    cl_mem param; /* readable and writable by kernels */
    cl_mem grad;  /* readable by kernels */
    uint64_t param_offset;
    uint64_t grad_offset;
    uint64_t count;
    int32_t param_dtype; /* CLSTEP_FLOAT32, _BFLOAT16, _FLOAT16 or _FLOAT64 */
    int32_t grad_dtype;  /* the same, in any mix */
    uint64_t reserved[4];
} clstep_tensor;

/* Tensors that are updated by one rule. Both pointers are only read during create. */
typedef struct clstep_group {
    const clstep_rule *rule;
    const clstep_tensor *tensors;
    size_t tensor_count;
    /* How the state is kept: 0, in the type that is computed in; CLSTEP_BFLOAT16, 2 bytes for each
     * number; CLSTEP_UINT8, one byte, and 4 more for each 128 elements. The latter two are rounded
     * by chance, so that their mean is exact, and used before they are rounded. They are refused
     * for fp64 parameters, and for centring by CLSTEP_VARIANCE_DIFFERENCE, whose subtraction they
     * would make meaningless. */
    int32_t state_dtype;
    int32_t param_storage; /* of 16-bit parameters: CLSTEP_PARAM_STOCHASTIC ... */
    uint64_t reserved[3];
} clstep_group;

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
 * whatever queue it is given. Retains the buffers, and the queues of create and of the last step.
 * No group, or no tensor, is legal. `options` may be NULL. `event`, if not NULL, completes when the
 * first values are there (who puts state back in their place waits for it) and is the caller's to
 * release. On failure *optimizer and *event are NULL. */
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
} clstep_step_options;

#define CLSTEP_STEP_OPTIONS_INIT CLSTEP_SIZED(clstep_step_options)

/* Enqueues one step of all tensors: p, and the state, from the gradients that are in the buffers
 * once the events of `wait_list` are complete. Only enqueues: no wait, no allocation, no build, and
 * no flush but one: when a step comes with another queue than the one before, that one is flushed,
 * which OpenCL demands for waiting across queues. `queue` is any queue of the engine's context and
 * device, in-order or out-of-order; steps of one optimizer are executed in the order of the calls
 * whatever queues they are given. `event`, if not NULL, is always set on success, also when there
 * is nothing to do, completes when the whole step is done, and is the caller's to release; it is
 * NULL on error. `options` may be NULL.
 *
 * An event of `wait_list` that has failed already is refused. If one fails later, the step is not
 * executed and its `event` fails; a later call returns CLSTEP_OPENCL_FAILED once, enqueues nothing,
 * and steps go on with the next, behind those that still run (where eight or more fail at once,
 * after clstep_optimizer_finish()). If the state's first values fail, that is so for every call.
 *
 * If OpenCL fails after a part was enqueued, the status is CLSTEP_INCOMPLETE: the step has begun,
 * and the next call of this function, with the same queue, enqueues what is missing of it, with the
 * numbers of the first call and after what that waits for (`options` are then ignored, `wait_list`
 * is waited for too). Nothing is updated twice. A step that cannot be completed can only be given
 * up by clstep_optimizer_destroy(). */
CLSTEP_API clstep_status clstep_optimizer_step(clstep_optimizer *optimizer, cl_command_queue queue,
                                               const clstep_step_options *options,
                                               cl_uint num_events, const cl_event *wait_list,
                                               cl_event *event);

/* Changes the numbers of a group's rule from the next step on; nothing is compiled. Switches must
 * be those the optimizer was created with, momentum may not change between 0 and more than 0, and
 * initial_square_avg has no effect any more. */
CLSTEP_API clstep_status clstep_optimizer_set_rule(clstep_optimizer *optimizer, size_t group,
                                                   const clstep_rule *rule);

/* Copies a group's rule into `rule`, whose `size` the caller has set. */
CLSTEP_API clstep_status clstep_optimizer_get_rule(const clstep_optimizer *optimizer, size_t group,
                                                   clstep_rule *rule);

/* The number of steps enqueued, and a new value for it, below 2^63 (where state is put back by the
 * caller). */
CLSTEP_API uint64_t clstep_optimizer_steps(const clstep_optimizer *optimizer);
CLSTEP_API clstep_status clstep_optimizer_set_steps(clstep_optimizer *optimizer, uint64_t steps);

/* The seed of create, and a new one for it, below 2^63 (where state is put back by the caller). */
CLSTEP_API uint64_t clstep_optimizer_seed(const clstep_optimizer *optimizer);
CLSTEP_API clstep_status clstep_optimizer_set_seed(clstep_optimizer *optimizer, uint64_t seed);

/* Where the state array of a name (clstep_rule_state_name()) lies for a tensor of a group: `count`
 * fp32 elements from element *offset of *buffer. The buffer is borrowed, and what else lies in it
 * is the library's own: replace nothing but these elements. It is NULL for a tensor of count 0. To
 * read or replace its contents, order the commands after the event of the last step (of create,
 * before the first) and before the next. State that is not fp32 is refused with CLSTEP_UNSUPPORTED:
 * clstep_optimizer_state_array() tells of all. */
CLSTEP_API clstep_status clstep_optimizer_state(const clstep_optimizer *optimizer, size_t group,
                                                size_t tensor, const char *name, cl_mem *buffer,
                                                uint64_t *offset);

/* An array that is kept for a tensor: one of the rule's; its scales, called such as
 * "square_avg.scale", where it has 8 bits; param_master or param_residual. */
typedef struct clstep_state_array {
    size_t size; /* sizeof(clstep_state_array), by CLSTEP_STATE_ARRAY_INIT */
    const char *name;
    cl_mem buffer;    /* borrowed, as above; NULL for a tensor of count 0 */
    uint64_t offset;  /* in elements of the array, from which it lies in `buffer` */
    uint64_t count;   /* its elements: the tensor's, or one for each 128 begun of them */
    int32_t dtype;    /* CLSTEP_FLOAT32 ... */
    int32_t reserved; /* 0 */
} clstep_state_array;

#define CLSTEP_STATE_ARRAY_INIT CLSTEP_SIZED(clstep_state_array)

/* The number of arrays that are kept for a tensor (0 where there is no such tensor), and the one of
 * an index; `array->size` has been set by the caller. What clstep_optimizer_state() says of reading
 * and writing goes for all of them. */
CLSTEP_API size_t clstep_optimizer_state_count(const clstep_optimizer *optimizer, size_t group,
                                               size_t tensor);
CLSTEP_API clstep_status clstep_optimizer_state_array(const clstep_optimizer *optimizer,
                                                      size_t group, size_t tensor, size_t index,
                                                      clstep_state_array *array);

/* How a group was created to keep its state and its 16-bit parameters. */
CLSTEP_API clstep_status clstep_optimizer_storage(const clstep_optimizer *optimizer, size_t group,
                                                  int32_t *state_dtype, int32_t *param_storage);

/* How many groups there are, how many tensors in one (0 where there is no such group), and what a
 * tensor was created as; its buffers are borrowed, and NULL where its count is 0. */
CLSTEP_API size_t clstep_optimizer_group_count(const clstep_optimizer *optimizer);
CLSTEP_API size_t clstep_optimizer_tensor_count(const clstep_optimizer *optimizer, size_t group);
CLSTEP_API clstep_status clstep_optimizer_tensor(const clstep_optimizer *optimizer, size_t group,
                                                 size_t tensor, clstep_tensor *into);

/* Waits until all steps that have been enqueued are done. A step that failed on the device is told
 * here, instead of by the next clstep_optimizer_step(). */
CLSTEP_API clstep_status clstep_optimizer_finish(clstep_optimizer *optimizer);

/* How many kernels a step launches: the same in every step; 0 where there is nothing to update. */
CLSTEP_API size_t clstep_optimizer_launches(const clstep_optimizer *optimizer);

/* Device memory that the optimizer holds: state and launch tables, in bytes. */
CLSTEP_API uint64_t clstep_optimizer_device_bytes(const clstep_optimizer *optimizer);

#ifdef __cplusplus
}
#endif

#endif
