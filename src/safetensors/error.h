/* Failures of libclstep-store, in libclstep's error record. `call` must be a string that lives for
 * ever: the name of the public call. */
#ifndef CLSTEP_SAFETENSORS_ERROR_H
#define CLSTEP_SAFETENSORS_ERROR_H

#include <clstep/status.h>

/* Records a failure and returns `status`. What comes from a file, such as a name, cannot bring
 * control characters into the message. */
clstep_status clstep__store_fail(clstep_status status, const char *call, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The host is out of memory. */
clstep_status clstep__store_no_memory(const char *call);

/* CLSTEP_INVALID_ARGUMENT: the argument of that name is NULL. */
clstep_status clstep__store_null(const char *call, const char *argument);

/* A failure of `call`, also where a public call that it made has recorded itself; failures of
 * OpenCL keep OpenCL's call. Returns `status`. */
clstep_status clstep__store_failed_in(clstep_status status, const char *call);

/* CLSTEP_OPENCL_FAILED: an OpenCL call returned `code`; `what` could not be done. */
clstep_status clstep__store_opencl(const char *cl_call, int32_t code, const char *what);

/* CLSTEP_INVALID_FILE: the rule that the file breaks, which the advice to take another one follows.
 */
clstep_status clstep__store_damaged(const char *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
