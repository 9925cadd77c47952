/*
 * The tuner: finds the fastest launch parameters of a device. Part of libclstep.
 *
 * clstep_engine_create() chooses good launch parameters by the type of the device. The tuner starts
 * from those and measures others. It varies the vector width and how vectors are accessed, then the
 * work-group size and the chunk size (on a GPU both together), and keeps what is more than 2 %
 * faster. Launch parameters never change a result: the tuner checks that each candidate gives
 * the same bits as the default.
 *
 * You can save the result in a file, for one device and one version of its driver. Only the calls
 * below read and write such files; no other call looks for one. To use it:
 *
 *     clstep_engine_options options = CLSTEP_ENGINE_OPTIONS_INIT;
 *     clstep_tuning_read(&options, device, NULL);       without a file, the options stay 0
 *     clstep_engine_create(&engine, context, device, &options);
 *
 * The file is text, and you may write one by hand. Its first line is "clstep tuning 1". Then it has
 * a line "name = value" for each of platform, device and driver, as the driver reports them, and
 * for each of vector_width, access (1: aligned, 2: unaligned), work_group_size and chunk_elements,
 * the fields of clstep_engine_options. Empty lines and lines that begin with # are ignored.
 */
#ifndef CLSTEP_TUNING_H
#define CLSTEP_TUNING_H

#include <clstep/clstep.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- measuring ----------------------------------------------------------------------------- */

/* The outcome of a candidate. */
typedef enum clstep_tune_outcome {
    CLSTEP_TUNE_FASTER = 1,     /* the best so far */
    CLSTEP_TUNE_NOT_FASTER = 2, /* not faster than the best by more than 2 % */
    CLSTEP_TUNE_DIFFERS = 3,    /* its bits differ from the default's: do not trust this driver */
    CLSTEP_TUNE_FAILED = 4      /* it could not be compiled or launched */
} clstep_tune_outcome;

/* A candidate and its outcome. */
typedef struct clstep_tune_trial {
    size_t size;
    size_t index;  /* candidates before this one */
    size_t trials; /* candidates in all, at most */
    const clstep_engine_options *launch;
    clstep_tune_outcome outcome;
    uint32_t reserved; /* 0 */
    double seconds;    /* a step, the median; 0 if it was not measured */
    double gain;       /* time of the best so far / time of this one, the median of the rounds */
} clstep_tune_trial;

typedef struct clstep_tune_options {
    size_t size;       /* CLSTEP_TUNE_OPTIONS_INIT sets it */
    uint64_t elements; /* of the tensor to measure with, at least 16K (fewer are raised to that); 0:
                          32M, fewer if memory is small. The device needs 16 bytes for each */
    uint32_t rounds;   /* measurements of each candidate, 3 to 99; 0: 9 */
    uint32_t reserved; /* 0 */
    /* Called after each candidate. The trial is valid during the call only. May be NULL. */
    void (*report)(const clstep_tune_trial *trial, void *data);
    void *data; /* for `report` */
} clstep_tune_options;

#define CLSTEP_TUNE_OPTIONS_INIT CLSTEP_SIZED(clstep_tune_options)

typedef struct clstep_tune_summary {
    size_t size;       /* CLSTEP_TUNE_SUMMARY_INIT sets it */
    uint64_t elements; /* of the tensor */
    /* A step with the default and with the best launch parameters, in seconds: medians, measured
     * alternately at the end. Equal if the default is the best. */
    double default_seconds;
    double best_seconds;
    uint32_t trials;    /* candidates tried */
    uint32_t differing; /* of these: CLSTEP_TUNE_DIFFERS */
    uint32_t failed;    /* of these: CLSTEP_TUNE_FAILED */
    uint32_t reserved;
} clstep_tune_summary;

#define CLSTEP_TUNE_SUMMARY_INIT CLSTEP_SIZED(clstep_tune_summary)

/* Tunes the device of `queue` with RMSprop in fp32, without momentum. It allocates its own buffers,
 * 16 bytes an element. It compiles about 30 kernels and returns after ten seconds to a minute. If
 * the queue has profiling enabled, it takes the times of events, else the time from enqueue to
 * finish. On success every launch parameter of `launch` is set; on failure `launch` and `summary`
 * do not change. Initialise them with CLSTEP_ENGINE_OPTIONS_INIT and CLSTEP_TUNE_SUMMARY_INIT.
 * `options` and `summary` may be NULL.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, BUILD_FAILED, UNSUPPORTED. */
CLSTEP_API clstep_status clstep_tune(cl_command_queue queue, const clstep_tune_options *options,
                                     clstep_engine_options *launch, clstep_tune_summary *summary);

/* ---- files --------------------------------------------------------------------------------- */

/* The default path of a device's file: "$XDG_CACHE_HOME/clstep/tuning/NAME.txt", or
 * "$HOME/.cache/clstep/tuning/NAME.txt" if XDG_CACHE_HOME is no absolute path. NAME is made of the
 * device's name and a digest of platform, device and driver. Writes at most `capacity` bytes to
 * `path`, and ends them with '\0' if `capacity` > 0. A longer path is cut; the status is CLSTEP_OK
 * then too. Writes the size of the whole path, with its '\0', to `needed`, which may be NULL.
 * CLSTEP_UNSUPPORTED if neither variable is an absolute path.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, UNSUPPORTED. */
CLSTEP_API clstep_status clstep_tuning_path(cl_device_id device, char *path, size_t capacity,
                                            size_t *needed);

/* Writes a device's file, whole or not at all. Only its owner may read a new file; a file that
 * replaces another takes over its permissions. If `path` is NULL, it takes the default path and
 * creates missing folders. Every launch parameter of `launch` must be set, as clstep_tune() does.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, FILE_FAILED, UNSUPPORTED. */
CLSTEP_API clstep_status clstep_tuning_write(const clstep_engine_options *launch,
                                             cl_device_id device, const char *path);

/* Reads a device's file into `launch`. Initialise it with CLSTEP_ENGINE_OPTIONS_INIT. If `path` is
 * NULL, it takes the default path; if there is no such path or file, it changes nothing and returns
 * CLSTEP_OK. If `path` is given and there is no file, the status is CLSTEP_FILE_MISSING. A file for
 * another device or driver is CLSTEP_UNSUPPORTED. The message of CLSTEP_INVALID_FILE names the line
 * that is wrong. On failure `launch` does not change.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, FILE_MISSING, FILE_FAILED, INVALID_FILE, UNSUPPORTED. */
CLSTEP_API clstep_status clstep_tuning_read(clstep_engine_options *launch, cl_device_id device,
                                            const char *path);

#ifdef __cplusplus
}
#endif

#endif
