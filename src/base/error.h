/* The error record of the calling thread. */
#ifndef CLSTEP_BASE_ERROR_H
#define CLSTEP_BASE_ERROR_H

#include <clstep/status.h>

/* Records a failure and returns `status`. `call` must be a string literal or a static array: the
 * record keeps the pointer. */
clstep_status clstep__fail(clstep_status status, const char *call, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with the code of the OpenCL call that failed. */
clstep_status clstep__fail_cl(clstep_status status, const char *call, int32_t cl_code,
                              const char *format, ...) __attribute__((format(printf, 4, 5)));

/* For a public call that calls other public calls: puts `call` into the record of a failure, unless
 * the record names an OpenCL call. Keeps the message. Returns `status`. */
clstep_status clstep__failed_in(clstep_status status, const char *call);

/* CLSTEP_OUT_OF_MEMORY: the host is out of memory. */
clstep_status clstep__no_memory(const char *call);

/* CLSTEP_INVALID_ARGUMENT. The message must name the argument and say what to do. */
clstep_status clstep__refuse(const char *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
