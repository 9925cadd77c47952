/*
 * What calls return, and the record of what went wrong. Part of clstep.h; needs no OpenCL.
 */
#ifndef CLSTEP_STATUS_H
#define CLSTEP_STATUS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) || defined(__clang__)
#define CLSTEP_API __attribute__((visibility("default")))
#else
#define CLSTEP_API
#endif

/* What a struct with a `size` starts as: its size, and zeros. */
#ifdef __cplusplus
extern "C++" template <typename T> inline T clstep_sized()
{
    T value = T();
    value.size = sizeof(T);
    return value;
}
#define CLSTEP_SIZED(type) clstep_sized<type>()
#else
#define CLSTEP_SIZED(type)                                                                         \
    {                                                                                              \
        .size = sizeof(type)                                                                       \
    }
#endif

/* The same as a function, for bindings: clears `size` bytes of a struct that begins with its size,
 * and sets that. Such structs grow at the end, and a library accepts every size of them: fields
 * that an older header lacks have their default, 0, and what a newer header has added must be 0.
 * Into a struct that the library fills it writes no more than its size has room for. */
CLSTEP_API void clstep_init(void *value, size_t size);

/* What every fallible call returns. The values are fixed and are never OpenCL's own codes. The
 * comment of a call, or of several that stand together, ends with its statuses: those that it may
 * return beside CLSTEP_OK and CLSTEP_INVALID_ARGUMENT, which every call may. */
typedef enum clstep_status {
    CLSTEP_OK = 0,
    CLSTEP_INVALID_ARGUMENT = 1, /* the message names the argument; nothing was touched */
    CLSTEP_OUT_OF_MEMORY = 2,    /* the host is out of memory; nothing was touched */
    CLSTEP_OPENCL_FAILED = 3,    /* an OpenCL call failed; its name and code are in the record */
    CLSTEP_BUILD_FAILED = 4,     /* a kernel did not build; see clstep_engine_build_log() */
    CLSTEP_NO_DEVICE = 5,        /* no OpenCL device, or none of the wanted name */
    CLSTEP_UNSUPPORTED = 6,      /* well formed, but not available here */
    CLSTEP_INCOMPLETE = 7,   /* a step was enqueued in part; call it again to enqueue the rest */
    CLSTEP_FILE_FAILED = 8,  /* a file could not be opened, read or written; the message says why */
    CLSTEP_INVALID_FILE = 9, /* a file is damaged, or not what it should be; nothing was touched */
    CLSTEP_FILE_MISSING = 10 /* there is no file of that name to read */
} clstep_status;

/* The last failure of the calling thread. Fixed storage: recording an error never allocates. */
typedef struct clstep_error {
    clstep_status status;
    int32_t cl_code;     /* the OpenCL code behind it, CL_SUCCESS if there is none */
    const char *call;    /* the clstep or OpenCL call that failed, "" before any failure */
    const char *message; /* one sentence that says what is wrong and what to do */
} clstep_error;

/* Never NULL; valid until the next failure in this thread. Detail only: whether a call failed is
 * told by its status, and a success does not clear the record. */
CLSTEP_API const clstep_error *clstep_last_error(void);

/* Records a failure of the calling thread and returns `status`: for libraries on top of this one,
 * whose failures then are told as its own. `call` must live for ever; `message` is copied, and cut
 * where it is too long. */
CLSTEP_API clstep_status clstep_record_error(clstep_status status, const char *call,
                                             int32_t cl_code, const char *message);

/* The name of a status, such as "CLSTEP_OK"; a fixed text for a value that is none. */
CLSTEP_API const char *clstep_status_name(clstep_status status);

#ifdef __cplusplus
}
#endif

#endif
