/* Queries to a driver about a device or platform. The message of a failure names the query. */
#ifndef CLSTEP_DEVICE_QUERY_H
#define CLSTEP_DEVICE_QUERY_H

#include "base/text.h"

#include <clstep/clstep.h>

typedef struct clstep__query {
    cl_uint what;
    const char *name;
} clstep__query;

/* Example: CLSTEP__QUERY(CL_DEVICE_NAME). */
#define CLSTEP__QUERY(what)                                                                        \
    {                                                                                              \
        what, #what                                                                                \
    }

/* Records that `call`, an OpenCL function, has failed for a query. CLSTEP_OPENCL_FAILED. */
clstep_status clstep__query_failed(const char *call, clstep__query query, cl_int code);

/* A value of `size` bytes. */
clstep_status clstep__device_value(cl_device_id device, clstep__query query, void *value,
                                   size_t size);

/* Appends a text of the device to `text`. `call` is for messages. */
clstep_status clstep__device_text(const char *call, cl_device_id device, clstep__query query,
                                  clstep__text *text);
/* The same for the device's platform. */
clstep_status clstep__platform_text(const char *call, cl_device_id device, clstep__query query,
                                    clstep__text *text);

/* Whether the device has an extension. */
clstep_status clstep__device_extension(const char *call, cl_device_id device, const char *name,
                                       bool *has);

#endif
