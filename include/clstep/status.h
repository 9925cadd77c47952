/*
 * Status codes, the error record, and structs that begin with their size. Part of clstep.h; needs
 * no OpenCL.
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

/* Initialises a struct that begins with its size: `size` is set, every other field is 0. */
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

/* Does what CLSTEP_SIZED does, for bindings to other languages: clears `size` bytes at `value` and
 * sets the first member, `size`. In a clstep_group also set tensor_size to the size of
 * clstep_tensor. Later versions add fields at the end of such structs. The library
 * reads and fills structs of an older or a newer header (but see clstep_version() for which library
 * fits a program). A field that an older header lacks counts as 0. A field that an older library
 * does not know must be 0. When the library fills a struct, it writes no more than `size` bytes. */
CLSTEP_API void clstep_init(void *value, size_t size);

/* What a call that can fail returns. The values never change, and differ from OpenCL's codes. Every
 * call may return CLSTEP_OK and CLSTEP_INVALID_ARGUMENT. The comment of a call ends with
 * "Statuses:" and the others that it may return, without CLSTEP_. Calls that stand together share
 * one comment. A call that fails has changed nothing, unless its comment says otherwise. */
typedef enum clstep_status {
    CLSTEP_OK = 0,
    CLSTEP_INVALID_ARGUMENT = 1, /* an argument is wrong; the message names it */
    CLSTEP_OUT_OF_MEMORY = 2,    /* the host is out of memory */
    CLSTEP_OPENCL_FAILED = 3,    /* an OpenCL call failed; the record has its name and code */
    CLSTEP_BUILD_FAILED = 4,     /* a kernel did not compile; see clstep_engine_build_log() */
    CLSTEP_NO_DEVICE = 5,        /* no OpenCL device, or none that is the wanted one */
    CLSTEP_UNSUPPORTED = 6,      /* a valid request that cannot be fulfilled here, such as fp64 on
                                    a device without it; the message says why */
    CLSTEP_INCOMPLETE = 7,       /* a step was enqueued in part; call again to enqueue the rest */
    CLSTEP_FILE_FAILED = 8,  /* a file could not be opened, read or written; the message says why */
    CLSTEP_INVALID_FILE = 9, /* a file is damaged or of the wrong kind */
    CLSTEP_FILE_MISSING = 10 /* there is no file of that name to read */
} clstep_status;

/* The last failure in the calling thread. Recording one never allocates memory. Later versions may
 * add members at the end: do not copy the struct. */
typedef struct clstep_error {
    clstep_status status;
    int32_t cl_code;     /* OpenCL's error code; CL_SUCCESS if OpenCL did not fail */
    const char *call;    /* the clstep or OpenCL call that failed; "" before the first failure */
    const char *message; /* what is wrong and what to do */
} clstep_error;

/* The error record of the calling thread. Never NULL. The next failure in this thread overwrites
 * it; a success does not clear it. So use the status to find out whether a call failed. */
CLSTEP_API const clstep_error *clstep_last_error(void);

/* Records a failure in the calling thread and returns `status`. Libraries on top of clstep call it,
 * so that clstep_last_error() has their failures too. `cl_code` is OpenCL's error code, or
 * CL_SUCCESS if OpenCL did not fail. The record keeps the pointer `call`: give it a string literal.
 * `message` is copied, and cut if it is too long. */
CLSTEP_API clstep_status clstep_record_error(clstep_status status, const char *call,
                                             int32_t cl_code, const char *message);

/* The name of a status, such as "CLSTEP_OK". Never NULL, also for a number that is no status. */
CLSTEP_API const char *clstep_status_name(clstep_status status);

#ifdef __cplusplus
}
#endif

#endif
