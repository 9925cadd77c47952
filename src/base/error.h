/* The error record of the calling thread. */
#ifndef CLSTEP_BASE_ERROR_H
#define CLSTEP_BASE_ERROR_H

#include <clstep/status.h>

/* Records a failure and returns `status`. `call` must be a string that lives for ever. */
clstep_status clstep__fail(clstep_status status, const char *call, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with the code of the OpenCL call that failed. */
clstep_status clstep__fail_cl(clstep_status status, const char *call, int32_t cl_code,
                              const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A public call that makes others has failed with `status` in one of them: the record names `call`
 * then, unless it names the OpenCL call that failed. The message stays. Returns `status`. */
clstep_status clstep__failed_in(clstep_status status, const char *call);

/* The host has no memory for it: CLSTEP_OUT_OF_MEMORY. */
clstep_status clstep__no_memory(const char *call);

/* A call was given what it does not take: CLSTEP_INVALID_ARGUMENT, with a sentence that names the
 * argument. */
clstep_status clstep__refuse(const char *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
