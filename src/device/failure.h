/* OpenCL's error codes as text. */
#ifndef CLSTEP_DEVICE_FAILURE_H
#define CLSTEP_DEVICE_FAILURE_H

#include <clstep/clstep.h>

/* clstep_cl_code_name() for the status of an event. PoCL gives -1 for every failure. */
const char *clstep__execution_name(cl_int execution);

/* Records that `call` has failed with `code`, with advice if there is any. CLSTEP_OPENCL_FAILED. */
clstep_status clstep__cl_failed(const char *call, cl_int code);

/* The end of a message: the cure, if the platform of this name fails without a reason when it
 * cannot write its cache (PoCL); else "". */
const char *clstep__cache_advice(const char *platform);

#endif
