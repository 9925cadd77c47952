/*
 * The tuner: which launch parameters are fastest on a device. Part of libclstep.
 *
 * clstep_engine_create() has good launch parameters for every device by its type. The tuner
 * measures others: it begins with those and changes first the vector width and how vectors are
 * accessed, then the work-items of a group and the elements of a chunk (on a GPU both together),
 * and keeps what is faster by more than 2 %. Every candidate must first give the bits that the
 * default gives; launch parameters never change a result.
 *
 * What it found can be kept in a file, for one device and one version of its driver. The library
 * reads and writes such a file only in the calls below, and needs none:
 *
 *     clstep_engine_options options = CLSTEP_ENGINE_OPTIONS_INIT;
 *     clstep_tuning_read(&options, device, NULL);       where there is none, options stay 0
 *     clstep_engine_create(&engine, context, device, &options);
 *
 * A file is text, and may be written by hand: "clstep tuning 1", then a line "name = value" for
 * platform, device and driver, as the driver tells them, and for vector_width, access,
 * work_group_size and chunk_elements of clstep_engine_options. Lines that are empty or begin with #
 * do not count.
 */
#ifndef CLSTEP_TUNING_H
#define CLSTEP_TUNING_H

#include <clstep/clstep.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- measuring ----------------------------------------------------------------------------- */

/* What came of a candidate. */
typedef enum clstep_tune_outcome {
    CLSTEP_TUNE_FASTER = 1,     /* it is the best so far */
    CLSTEP_TUNE_NOT_FASTER = 2, /* by more than 2 % */
    CLSTEP_TUNE_DIFFERS = 3,    /* other bits than the default's: do not trust this driver */
    CLSTEP_TUNE_FAILED = 4      /* it could not be built or launched */
} clstep_tune_outcome;

/* A candidate and how it did. */
typedef struct clstep_tune_trial {
    size_t size;
    size_t index;  /* how many came before */
    size_t trials; /* how many there will be, at most */
    const clstep_engine_options *launch;
    clstep_tune_outcome outcome;
    uint32_t reserved; /* 0 */
    double seconds;    /* median of a step; 0 if it was not measured */
    double gain;       /* median over the rounds of the best's time / this one's */
} clstep_tune_trial;

typedef struct clstep_tune_options {
    size_t size;       /* sizeof(clstep_tune_options), by CLSTEP_TUNE_OPTIONS_INIT */
    uint64_t elements; /* of the tensor that is stepped; 0: 32M, less where memory is small. The
                          device needs 16 bytes for each */
    uint32_t rounds;   /* measured per candidate, 3 to 99; 0: 9 */
    uint32_t reserved; /* 0 */
    /* Called after each candidate; the trial is valid during the call. May be NULL. */
    void (*report)(const clstep_tune_trial *trial, void *data);
    void *data; /* for `report` */
} clstep_tune_options;

#define CLSTEP_TUNE_OPTIONS_INIT CLSTEP_SIZED(clstep_tune_options)

typedef struct clstep_tune_summary {
    size_t size;       /* sizeof(clstep_tune_summary), by CLSTEP_TUNE_SUMMARY_INIT */
    uint64_t elements; /* of the tensor */
    /* Medians of a step of the default and of the best, at the end and in turn; equal if the
     * default is the best. */
    double default_seconds;
    double best_seconds;
    uint32_t trials;
    uint32_t differing; /* CLSTEP_TUNE_DIFFERS */
    uint32_t failed;    /* CLSTEP_TUNE_FAILED */
    uint32_t reserved;
} clstep_tune_summary;

#define CLSTEP_TUNE_SUMMARY_INIT CLSTEP_SIZED(clstep_tune_summary)

/* Tunes the queue's device by plain RMSprop on fp32, with buffers of its own (16 bytes an element),
 * and fills `launch` (whose `size` the caller has set) with all that an engine can be told. Waits:
 * it takes ten seconds to a minute and compiles about 30 kernels. Times are those of profiling
 * events if the queue has them, else from enqueue to finish. `options` and `summary` may be NULL.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, BUILD_FAILED, UNSUPPORTED. */
CLSTEP_API clstep_status clstep_tune(cl_command_queue queue, const clstep_tune_options *options,
                                     clstep_engine_options *launch, clstep_tune_summary *summary);

/* ---- keeping ------------------------------------------------------------------------------- */

/* The default place of a device's file: "clstep/tuning/NAME.txt" in the environment's
 * XDG_CACHE_HOME, or in .cache of HOME; NAME has the device's name and a digest of platform, device
 * and driver. Writes it to `path`, cut to `capacity` and always '\0'-terminated if that is above 0,
 * and its size with the '\0' to `needed` (may be NULL). CLSTEP_UNSUPPORTED if neither variable is
 * an absolute path.
 * Statuses: OUT_OF_MEMORY, UNSUPPORTED. */
CLSTEP_API clstep_status clstep_tuning_path(cl_device_id device, char *path, size_t capacity,
                                            size_t *needed);

/* Writes a device's file as a whole or not at all, readable by its owner only. `path` NULL is the
 * default place, whose folders are made. All launch parameters must be set, as clstep_tune() does.
 * Statuses: OUT_OF_MEMORY, FILE_MISSING, FILE_FAILED, UNSUPPORTED. */
CLSTEP_API clstep_status clstep_tuning_write(const clstep_engine_options *launch,
                                             cl_device_id device, const char *path);

/* Reads a device's file into the launch parameters of `launch`, which starts as
 * CLSTEP_ENGINE_OPTIONS_INIT. `path` NULL is the default place, and then it is CLSTEP_OK, and
 * nothing is changed, if there is no file. CLSTEP_INVALID_FILE names the line that is wrong;
 * CLSTEP_UNSUPPORTED is a file for another device or driver. On failure nothing is changed.
 * Statuses: OUT_OF_MEMORY, FILE_MISSING, FILE_FAILED, INVALID_FILE, UNSUPPORTED. */
CLSTEP_API clstep_status clstep_tuning_read(clstep_engine_options *launch, cl_device_id device,
                                            const char *path);

#ifdef __cplusplus
}
#endif

#endif
