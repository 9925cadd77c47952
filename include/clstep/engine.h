/*
 * The engine: compiled kernels for one context and device, and how to start quickly. Part of
 * clstep.h.
 */
#ifndef CLSTEP_ENGINE_H
#define CLSTEP_ENGINE_H

#include <clstep/device.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Compiled kernels for one (cl_context, cl_device_id). */
typedef struct clstep_engine clstep_engine;

/* How a kernel reads and writes vectors. */
typedef enum clstep_access {
    CLSTEP_ACCESS_DEFAULT = 0,  /* the one that suits the device */
    CLSTEP_ACCESS_ALIGNED = 1,  /* aligned vectors where offsets allow them, else single elements */
    CLSTEP_ACCESS_UNALIGNED = 2 /* unaligned vectors everywhere */
} clstep_access;

/* Launch parameters. 0 stands for the value that suits the device. They change the speed, never a
 * result. clstep_tune() of tuning.h finds the fastest. */
typedef struct clstep_engine_options {
    size_t size;              /* CLSTEP_ENGINE_OPTIONS_INIT sets it */
    uint32_t vector_width;    /* floats that a work-item reads at once: 1, 4, 8 or 16 */
    uint32_t work_group_size; /* work-items of a work-group: up to the device's maximum */
    uint32_t chunk_elements;  /* elements that a work-group updates: a multiple of 16 up to 2^30 */
    clstep_access access;     /* how vectors are read and written */
} clstep_engine_options;

#define CLSTEP_ENGINE_OPTIONS_INIT CLSTEP_SIZED(clstep_engine_options)

/* Creates an engine and retains `context`. It compiles nothing yet: a kernel is compiled when an
 * optimizer first needs it. `options` may be NULL. On failure *engine is NULL.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, UNSUPPORTED (a device older than OpenCL 1.2, or without a
 * compiler). */
CLSTEP_API clstep_status clstep_engine_create(clstep_engine **engine, cl_context context,
                                              cl_device_id device,
                                              const clstep_engine_options *options);

/* Destroys an engine; NULL is allowed. Optimizers of the engine may live on: they hold what they
 * need. */
CLSTEP_API void clstep_engine_destroy(clstep_engine *engine);

/* The log of the last build that failed: device, driver, options, the compiler's output and the
 * source with line numbers. Writes at most `capacity` bytes to `text`, and ends them with '\0' if
 * `capacity` > 0. A longer log is cut; the status is CLSTEP_OK then too. Writes the size of the
 * whole log, with its '\0', to `needed`, which may be NULL; a capacity of 0 asks for that size
 * alone. If no build has failed, the log is "".
 * Statuses: UNSUPPORTED (after fork()). */
CLSTEP_API clstep_status clstep_engine_build_log(clstep_engine *engine, char *text, size_t capacity,
                                                 size_t *needed);

/* ---- start-up ------------------------------------------------------------------------------ */

/*
 * An engine compiles a kernel when an optimizer that needs it is created. That takes time. Your
 * application can compile ahead, with clstep_engine_prepare(). And it can save the compiled kernels
 * as a blob, so that later runs compile nothing:
 *
 *     clstep_engine_set_blob(...)      with the blob that an earlier run has saved, if there is one
 *     clstep_engine_prepare(...)       on any thread, for example while data is loaded
 *     clstep_engine_get_counts(...)    has it compiled anything? Then take and save a new blob:
 *     clstep_engine_get_blob(...)
 *
 * A blob holds the compiled kernels for one version of clstep, one device and one driver. Before
 * the driver gets any byte, the library checks the blob's length, its SHA-256, and for which
 * version, device and driver it was made. These checks find a damaged or foreign blob. They do not
 * stop a forged one, and its code would run on the device: save blobs where only users that you
 * trust can write.
 */

struct clstep_group;

/* Compiles the kernels that clstep_optimizer_create() needs for these groups (optimizer.h), so that
 * neither create nor the first step compiles anything (not for an optimizer with
 * clstep_optimizer_options.control). The call waits for the compiler. It then
 * runs each kernel once on 0 elements, on a queue of its own, because some drivers compile only
 * then (PoCL would take 0.2 s in the first step). Calls in other threads that need a kernel of this
 * engine wait meanwhile. The call does not read or write the tensors' buffers. A kernel depends on
 * the number of buffers that one launch reaches. If you do not have the buffers yet, leave param
 * and grad NULL, but set the dtypes and count (a tensor of 0 elements needs no kernel): the call
 * then compiles every kernel that so many tensors can need.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, BUILD_FAILED, UNSUPPORTED. */
CLSTEP_API clstep_status clstep_engine_prepare(clstep_engine *engine, size_t group_count,
                                               const struct clstep_group *groups);

/* Gives the engine the blob of an earlier run. Call it before the first optimizer: kernels that
 * were compiled already do not come from the blob. The bytes are copied. A blob that is damaged, or
 * has another format, is CLSTEP_INVALID_FILE; one for another version, device or driver is
 * CLSTEP_UNSUPPORTED. After such a refusal the engine works and compiles, and you may give it
 * another blob. Once it has accepted a blob, it takes no second one (CLSTEP_INVALID_ARGUMENT). If
 * the driver later refuses a kernel of the blob, the engine compiles that kernel.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, INVALID_FILE, UNSUPPORTED. */
CLSTEP_API clstep_status clstep_engine_set_blob(clstep_engine *engine, const void *bytes,
                                                size_t size);

/* Makes a blob of all kernels that the engine has compiled or was given with
 * clstep_engine_set_blob(). Take it after clstep_engine_prepare() or after a step: only then do
 * drivers such as PoCL have the machine code. Writes the blob's size to `needed`, which may be
 * NULL, and the blob to `bytes`. With a capacity of 0, `bytes` may be NULL and the call writes the
 * size alone. Any other capacity that is too small is CLSTEP_INVALID_ARGUMENT; *needed is the size
 * then too. The size grows if another thread compiles between two calls. The call waits until the
 * driver has handed out the binaries.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, UNSUPPORTED (after fork()). */
CLSTEP_API clstep_status clstep_engine_get_blob(clstep_engine *engine, void *bytes, size_t capacity,
                                                size_t *needed);

/* What an engine has done so far. */
typedef struct clstep_engine_counts {
    size_t size;       /* CLSTEP_ENGINE_COUNTS_INIT sets it */
    uint64_t compiled; /* kernels compiled from source */
    uint64_t loaded;   /* kernels loaded from the blob */
    uint64_t refused;  /* blobs that clstep_engine_set_blob() has refused, and kernels of a blob
                          that the driver has refused */
} clstep_engine_counts;

#define CLSTEP_ENGINE_COUNTS_INIT CLSTEP_SIZED(clstep_engine_counts)

/* Fills `counts`. Initialise it with CLSTEP_ENGINE_COUNTS_INIT.
 * Statuses: UNSUPPORTED (after fork()). */
CLSTEP_API clstep_status clstep_engine_get_counts(clstep_engine *engine,
                                                  clstep_engine_counts *counts);

#ifdef __cplusplus
}
#endif

#endif
