/* Failures of libclstep-store. `call` is the name of the public call: a string literal or a static
 * array. */
#ifndef CLSTEP_SAFETENSORS_ERROR_H
#define CLSTEP_SAFETENSORS_ERROR_H

#include <clstep/status.h>

/* Records a failure and returns `status`. Removes control characters, which names from a file may
 * have. */
clstep_status clstep__store_fail(clstep_status status, const char *call, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* CLSTEP_OUT_OF_MEMORY. */
clstep_status clstep__store_no_memory(const char *call);

/* CLSTEP_INVALID_ARGUMENT: the argument of that name is NULL. */
clstep_status clstep__store_null(const char *call, const char *argument);

/* For public calls that call other public calls: puts `call` into the record of a failure, unless
 * the record names an OpenCL call. Returns `status`. */
clstep_status clstep__store_failed_in(clstep_status status, const char *call);

/* CLSTEP_OPENCL_FAILED: an OpenCL call returned `code`. `what` says what could not be done. */
clstep_status clstep__store_opencl(const char *cl_call, int32_t code, const char *what);

/* CLSTEP_INVALID_FILE. The message says which rule the file breaks; the call adds the advice. */
clstep_status clstep__store_damaged(const char *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
