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
    LAYER_SYNCS,    /* flush, finish, wait */
    LAYER_QUERIES,  /* clGet...Info */
    LAYER_RELEASES, /* of references: one that fails has released all the same */
    LAYER_KINDS,
    LAYER_ANY = -1, /* but questions and releases, which change nothing */
    LAYER_ALL = -2
};

/* Calls of a kind since the start. */
typedef unsigned long (*layer_count_function)(int kind);
/* References to OpenCL objects, and pieces of shared virtual memory, that the process holds. */
typedef long (*layer_live_function)(void);
/* Makes the nth call (from 1) of a kind from now on, or of LAYER_ANY or LAYER_ALL, fail with
 * `code`, and, if `sticky`, all that follow too. 0 ends it. Returns how many calls were counted
 * since the last time. */
typedef unsigned long (*layer_fail_function)(int kind, unsigned long nth, cl_int code, int sticky);
/* From now on buffers of so many bytes in shared virtual memory pass for ones that have an address
 * of their own (cl_ext_buffer_device_address). 0 ends it. */
typedef void (*layer_private_function)(size_t bytes);
/* Makes each question for `what` (a CL_DEVICE_... or the like) fail from now on; 0 ends it. */
typedef void (*layer_fail_query_function)(cl_uint what);
/* The nth launch or fill (a kind) from now on is not executed, and passes for one that runs until
 * layer_fail_now() says that it fails, with a negative code. */
typedef void (*layer_fail_later_function)(int kind, unsigned long nth);
typedef cl_int (*layer_fail_now_function)(cl_int code);

#endif
