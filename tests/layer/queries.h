/* Queries that a driver may fail to answer. They change nothing, so they are counted separately. */
#ifndef TESTS_LAYER_QUERIES_H
#define TESTS_LAYER_QUERIES_H

#include "addresses.h"
#include "events.h"
#include "ledger.h"
#include "oclgrind.h"

#include <CL/cl_layer.h>
#include <stdlib.h>
#include <string.h>

/* A device that is poorer than it is: the bits of CLSTEP_LAYER_HIDE are taken out of
 * CL_DEVICE_SINGLE_FP_CONFIG. A driver that is newer: CLSTEP_LAYER_DRIVER takes the place of the
 * last characters of its version. */
static CL_API_ENTRY cl_int CL_API_CALL device_info(cl_device_id device, cl_device_info what,
                                                   size_t size, void *value, size_t *needed)
{
    const cl_int failed = enter_query(what);
    if (failed)
        return failed;
    cl_int code = next->clGetDeviceInfo(device, what, size, value, needed);
    if (private_bytes && what == CL_DEVICE_EXTENSIONS)
        code = more_extensions(code, size, value, needed);
    if (for_oclgrind() && code == CL_SUCCESS && what == CL_DEVICE_SINGLE_FP_CONFIG && value)
        *(cl_device_fp_config *)value |= CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT;
    const char *hidden = getenv("CLSTEP_LAYER_HIDE");
    if (hidden && code == CL_SUCCESS && what == CL_DEVICE_SINGLE_FP_CONFIG && value)
        *(cl_device_fp_config *)value &= ~(cl_device_fp_config)strtoul(hidden, NULL, 0);
    const char *driver = getenv("CLSTEP_LAYER_DRIVER");
    if (driver && code == CL_SUCCESS && what == CL_DRIVER_VERSION && value &&
        strlen(value) >= strlen(driver))
        strcpy((char *)value + strlen(value) - strlen(driver), driver);
    return code;
}

static CL_API_ENTRY cl_int CL_API_CALL mem_info(cl_mem buffer, cl_mem_info what, size_t size,
                                                void *value, size_t *needed)
{
    const cl_int failed = enter_query(what);
    return failed ? failed : private_mem_info(next, buffer, what, size, value, needed);
}

#define QUERY(name, type)                                                                          \
    static CL_API_ENTRY cl_int CL_API_CALL name##_info(cl_##type object, cl_uint what,             \
                                                       size_t size, void *value, size_t *needed)   \
    {                                                                                              \
        const cl_int failed = enter_query(what);                                                   \
        return failed ? failed : next->GET(name)(object, what, size, value, needed);               \
    }
#define GET(name)    GET_##name
#define GET_platform clGetPlatformInfo
#define GET_context  clGetContextInfo
#define GET_queue    clGetCommandQueueInfo
#define GET_program  clGetProgramInfo
#define GET_kernel   clGetKernelInfo
#define GET_event    clGetEventInfo

QUERY(platform, platform_id)
QUERY(context, context)
QUERY(queue, command_queue)
QUERY(program, program)
QUERY(kernel, kernel)
QUERY(event, event)

static CL_API_ENTRY cl_int CL_API_CALL build_info(cl_program program, cl_device_id device,
                                                  cl_program_build_info what, size_t size,
                                                  void *value, size_t *needed)
{
    const cl_int failed = enter_query(what);
    return failed ? failed
                  : next->clGetProgramBuildInfo(program, device, what, size, value, needed);
}

static void add_queries(struct _cl_icd_dispatch *table)
{
    table->clGetDeviceInfo = device_info;
    table->clGetMemObjectInfo = mem_info;
    table->clGetPlatformInfo = platform_info;
    table->clGetContextInfo = context_info;
    table->clGetCommandQueueInfo = queue_info;
    table->clGetProgramInfo = program_info;
    table->clGetProgramBuildInfo = build_info;
    table->clGetKernelInfo = kernel_info;
    table->clGetEventInfo = event_info;
}

#endif
