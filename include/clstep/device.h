/*
 * Devices: list them, describe one, choose one. Part of clstep.h.
 */
#ifndef CLSTEP_DEVICE_H
#define CLSTEP_DEVICE_H

#ifdef __APPLE__
#include <OpenCL/opencl.h>
#else
#include <CL/cl.h>
#endif
#include <clstep/status.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a device is and what it can do. Texts are cut to fit and always end in '\0'. */
typedef struct clstep_device_info {
    size_t size; /* CLSTEP_DEVICE_INFO_INIT sets it */
    cl_device_id device;
    cl_platform_id platform;
    cl_device_type type;
    char name[128];
    char vendor[128];
    char platform_name[128];
    char device_version[128];
    char driver_version[128];
    uint64_t global_memory;  /* bytes */
    uint64_t max_allocation; /* bytes of the largest cl_mem */
    uint32_t compute_units;
    uint32_t clock_mhz;          /* 0 if the driver does not say */
    uint32_t vector_width;       /* CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT */
    uint32_t correctly_rounded;  /* 1: can round fp32 divide and sqrt correctly */
    uint32_t fused_multiply_add; /* 1: the driver reports fma for fp32 */
    uint32_t denormals;          /* 1: keeps fp32 subnormal numbers; 0: flushes them to 0 */
    uint32_t out_of_order;       /* 1: has out-of-order queues */
    uint32_t unified_memory;     /* 1: shares the host's memory */
} clstep_device_info;

#define CLSTEP_DEVICE_INFO_INIT CLSTEP_SIZED(clstep_device_info)

/* Lists the available devices of all platforms, in the order of the platforms.
 * clstep_device_choose() takes an index into this list. Writes at most `capacity` devices to
 * `devices`, which may be NULL if `capacity` is 0, and the number of all devices to `count`. If
 * there is no device, the status is CLSTEP_OK and *count is 0. On failure *count is 0 too.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY. */
CLSTEP_API clstep_status clstep_devices(cl_device_id *devices, size_t capacity, size_t *count);

/* Fills `info`. Initialise it with CLSTEP_DEVICE_INFO_INIT.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY. */
CLSTEP_API clstep_status clstep_device_describe(cl_device_id device, clstep_device_info *info);

/* Chooses a device. `wanted` is an index into the list of clstep_devices(), or a part of the text
 * "PLATFORM DEVICE VERSION" in upper or lower case; VERSION is CL_DEVICE_VERSION. A number is
 * always an index, never a part of a name. NULL or "" stands for the environment variable
 * CLSTEP_DEVICE and, if that is not set, for the best device. A GPU is better than an accelerator,
 * and that is better than a CPU; then own memory is better than shared memory; then the larger
 * product of compute units and clock wins. If a text matches several devices, the best of them is
 * chosen. On failure *device is NULL. The message of CLSTEP_NO_DEVICE lists the devices found, or
 * says what to install.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, NO_DEVICE. */
CLSTEP_API clstep_status clstep_device_choose(cl_device_id *device, const char *wanted);

/* The name of an OpenCL error code, such as "CL_OUT_OF_RESOURCES"; "an unknown OpenCL code" for a
 * number that is none. Never NULL. */
CLSTEP_API const char *clstep_cl_code_name(cl_int code);

#ifdef __cplusplus
}
#endif

#endif
