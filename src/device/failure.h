/* OpenCL's error codes as text. */
#ifndef CLSTEP_DEVICE_FAILURE_H
#define CLSTEP_DEVICE_FAILURE_H

#include <clstep/clstep.h>

/* The name of an OpenCL code; a fixed text for one that is unknown. */
const char *clstep__cl_name(cl_int code);

/* The same for the status of an event, where PoCL says no more than -1. */
const char *clstep__execution_name(cl_int execution);

/* Records that `call` failed with `code`, with advice where there is any; CLSTEP_OPENCL_FAILED. */
clstep_status clstep__cl_failed(const char *call, cl_int code);

/* "", or for a platform that fails without a reason where it cannot write its cache the cure, as
 * the end of a message. `platform` is its name. */
const char *clstep__cache_advice(const char *platform);

#endif
