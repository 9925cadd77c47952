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

#endif
