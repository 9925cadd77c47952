/*
 * Devices: which there are, what they can do, which one to take. Part of clstep.h.
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

/* What a device is and what it can do. The texts are cut to fit and always end in '\0'. */
typedef struct clstep_device_info {
    size_t size; /* sizeof(clstep_device_info), set by the caller */
    cl_device_id device;
    cl_platform_id platform;
    cl_device_type type;
    char name[128];
    char vendor[128];
    char platform_name[128];
    char device_version[128];
    char driver_version[128];
    uint64_t global_memory;  /* bytes */
    uint64_t max_allocation; /* bytes, of one cl_mem */
    uint32_t compute_units;
    uint32_t clock_mhz;         /* 0 where the driver does not say */
    uint32_t vector_width;      /* native float vector */
    uint32_t correctly_rounded; /* 1: fp32 divide and sqrt can be asked to round correctly */
    uint32_t fused_multiply_add;
    uint32_t denormals; /* 1: fp32 subnormal numbers are kept */
    uint32_t out_of_order;
    uint32_t unified_memory; /* 1: shares the host's memory */
} clstep_device_info;

#define CLSTEP_DEVICE_INFO_INIT CLSTEP_SIZED(clstep_device_info)

/* All available devices of all platforms, in the platforms' order; that order is the index that
 * clstep_device_choose() takes. Writes up to `capacity` devices and, always, their whole number to
 * `count`; `devices` may be NULL if `capacity` is 0. No device at all is CLSTEP_OK with 0.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY. */
CLSTEP_API clstep_status clstep_devices(cl_device_id *devices, size_t capacity, size_t *count);

/* Fills `info` (whose `size` the caller has set).
 * Statuses: OPENCL_FAILED. */
CLSTEP_API clstep_status clstep_device_describe(cl_device_id device, clstep_device_info *info);

/* Chooses a device. `wanted` is an index into clstep_devices(), or any part of "PLATFORM DEVICE" in
 * any case; NULL or "" means the environment's CLSTEP_DEVICE, and where that is not set either the
 * best device: GPU before accelerator before CPU, then own memory before shared memory, then more
 * compute units times clock. Of several that match a text, the best. CLSTEP_NO_DEVICE says what was
 * seen and, if nothing was, what to install.
 * Statuses: OPENCL_FAILED, OUT_OF_MEMORY, NO_DEVICE. */
CLSTEP_API clstep_status clstep_device_choose(cl_device_id *device, const char *wanted);

#ifdef __cplusplus
}
#endif

#endif
