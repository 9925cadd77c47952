/*
 * The engine: compiled kernels for one context and device, and how to start fast. Part of clstep.h.
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
    CLSTEP_ACCESS_DEFAULT = 0,  /* what suits the device */
    CLSTEP_ACCESS_ALIGNED = 1,  /* aligned vectors where offsets allow, single elements elsewhere */
    CLSTEP_ACCESS_UNALIGNED = 2 /* unaligned vectors everywhere */
} clstep_access;

/* How to launch. 0 means: what suits the device. None of them changes a bit of any
 * result; clstep_tune() of tuning.h finds what is fastest. */
typedef struct clstep_engine_options {
    size_t size;              /* sizeof(clstep_engine_options), by CLSTEP_ENGINE_OPTIONS_INIT */
    uint32_t vector_width;    /* floats per access: 1, 4, 8 or 16 */
    uint32_t work_group_size; /* work-items that share a chunk */
    uint32_t chunk_elements;  /* elements per work-group, a multiple of 16 up to 2^30 */
    clstep_access access;     /* of vectors */
} clstep_engine_options;

#define CLSTEP_ENGINE_OPTIONS_INIT CLSTEP_SIZED(clstep_engine_options)

/* Makes an engine; retains `context`. Kernels are compiled when an optimizer first needs them.
 * `options` may be NULL. On failure *engine is NULL.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, UNSUPPORTED. */
CLSTEP_API clstep_status clstep_engine_create(clstep_engine **engine, cl_context context,
                                              cl_device_id device,
                                              const clstep_engine_options *options);

/* Accepts NULL. Optimizers made from the engine keep what they need and may outlive it. */
CLSTEP_API void clstep_engine_destroy(clstep_engine *engine);

/* The whole log of the last build that failed: device, driver, options, the compiler's words and
 * the numbered source. Writes at most `capacity` bytes, always '\0'-terminated if capacity > 0, and
 * the size of the whole, '\0' included, to `needed` (may be NULL): call with capacity 0 to learn
 * it. Empty text (needed = 1) if no build has failed.
 * Statuses: UNSUPPORTED (after fork()). */
CLSTEP_API clstep_status clstep_engine_build_log(clstep_engine *engine, char *text, size_t capacity,
                                                 size_t *needed);

/* ---- start-up ------------------------------------------------------------------------------ */

/*
 * An engine compiles only what its optimizers use, when the first of them is created. To have that
 * done earlier, or never again:
 *
 *     read the blob of an earlier run, if there is one;    clstep_engine_set_blob(...)
 *     while data is loaded, on any thread:                 clstep_engine_prepare(...)
 *     clstep_engine_get_counts(...); if something was compiled: clstep_engine_get_blob(...), keep
 * it
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
 * made for models of one buffer, of several and of many, as far as the number of tensors goes.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, BUILD_FAILED, UNSUPPORTED. */
CLSTEP_API clstep_status clstep_engine_prepare(clstep_engine *engine, size_t group_count,
                                               const struct clstep_group *groups);

/* Gives the engine the blob of an earlier run, once, before its first optimizer; the bytes are
 * copied. CLSTEP_INVALID_FILE for a damaged one, CLSTEP_UNSUPPORTED for that of another version,
 * device or driver: the engine then works all the same, and compiles. What the driver itself
 * refuses later is compiled too.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, INVALID_FILE, UNSUPPORTED. */
CLSTEP_API clstep_status clstep_engine_set_blob(clstep_engine *engine, const void *bytes,
                                                size_t size);

/* A blob of all programs that the engine has compiled or got by clstep_engine_set_blob(), best
 * taken after clstep_engine_prepare() or a step: drivers such as PoCL then add machine code to the
 * binary. Writes the size to `needed` (may be NULL), and the blob to `bytes` where `capacity`
 * suffices; capacity 0 asks for the size alone, any other that is too small is refused. It grows
 * when another thread compiles in between. Waits for the driver.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, UNSUPPORTED (after fork()). */
CLSTEP_API clstep_status clstep_engine_get_blob(clstep_engine *engine, void *bytes, size_t capacity,
                                                size_t *needed);

typedef struct clstep_engine_counts {
    size_t size;       /* sizeof(clstep_engine_counts), set by the caller */
    uint64_t compiled; /* programs, from source */
    uint64_t loaded;   /* programs, from the blob */
    uint64_t refused;  /* blobs by clstep_engine_set_blob(), and binaries by the driver */
} clstep_engine_counts;

#define CLSTEP_ENGINE_COUNTS_INIT CLSTEP_SIZED(clstep_engine_counts)

/* What the engine has done so far.
 * Statuses: UNSUPPORTED (after fork()). */
CLSTEP_API clstep_status clstep_engine_get_counts(clstep_engine *engine,
                                                  clstep_engine_counts *counts);

#ifdef __cplusplus
}
#endif

#endif
