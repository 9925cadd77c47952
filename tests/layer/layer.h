/* What the OpenCL layer counts and breaks; a test finds these functions by dlsym(). */
#ifndef TESTS_LAYER_LAYER_H
#define TESTS_LAYER_LAYER_H

#ifndef CL_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION 120
#endif
#include <CL/cl.h>

enum {
    LAYER_KERNEL_LAUNCHES,
    LAYER_MARKERS,
    LAYER_FILLS,
    LAYER_TRANSFERS, /* reads, writes and copies of buffers */
    LAYER_BUFFERS,   /* created */
    LAYER_PROGRAMS,  /* created from source, and built from that */
    LAYER_BINARIES,  /* programs created from a binary, and built from that */
    LAYER_QUEUES,    /* created */
    LAYER_KERNELS,   /* created */
    LAYER_ARGUMENTS,
    LAYER_ADDRESSES, /* told of a kernel, by clSetKernelExecInfo() */
    LAYER_SHARED,    /* memory allocated, by clSVMAlloc() */
    LAYER_RETAINS,
    LAYER_SYNCS, /* flush, finish, wait */
    LAYER_KINDS
};

/* Calls of a kind since the start. */
typedef unsigned long (*layer_count_function)(int kind);
/* References to OpenCL objects, and pieces of shared virtual memory, that the process holds. */
typedef long (*layer_live_function)(void);
/* Makes the nth call (from 1) of a kind from now on, or of any kind (-1), fail with `code`, and, if
 * `sticky`, all that follow too. 0 ends it. Returns how many calls were counted since the last
 * time. */
typedef unsigned long (*layer_fail_function)(int kind, unsigned long nth, cl_int code, int sticky);
/* From now on buffers of so many bytes in shared virtual memory pass for ones that have an address
 * of their own (cl_ext_buffer_device_address). 0 ends it. */
typedef void (*layer_private_function)(size_t bytes);
/* From now on this event passes for one whose command has failed; NULL ends it. */
typedef void (*layer_fail_event_function)(cl_event event);

#endif
