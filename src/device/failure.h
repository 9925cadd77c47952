/* OpenCL's error codes as text. */
#ifndef CLSTEP_DEVICE_FAILURE_H
#define CLSTEP_DEVICE_FAILURE_H

#include <clstep/clstep.h>

/* clstep_cl_code_name() for the status of an event. PoCL gives -1 for every failure. */
const char *clstep__execution_name(cl_int execution);

/* Records that `call` has failed with `code`, with advice if there is any. CLSTEP_OPENCL_FAILED. */
clstep_status clstep__cl_failed(const char *call, cl_int code);

/* "", or for a platform that fails without a reason where it cannot write its cache the cure, as
 * the end of a message. `platform` is its name. */
const char *clstep__cache_advice(const char *platform);

#endif
