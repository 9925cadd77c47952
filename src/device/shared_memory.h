/*
 * Buffers in shared virtual memory (OpenCL 2.0): those that the caller has made of memory of
 * clSVMAlloc(), by CL_MEM_USE_HOST_PTR. Kernels reach them by their address, so that a launch can
 * serve any number of them.
 */
#ifndef CLSTEP_DEVICE_SHARED_MEMORY_H
#define CLSTEP_DEVICE_SHARED_MEMORY_H

#include <clstep/clstep.h>
#include <stdbool.h>

/* Whether the device has such memory. A buffer may lie in it for another device of its context. */
bool clstep__has_shared_memory(cl_device_id device);

/* Such memory for kernels to read and write, of the default alignment; NULL where there is none. To
 * be freed once no command that uses it is left. */
void *clstep__shared_allocate(cl_context context, size_t bytes);
void clstep__shared_free(cl_context context, void *memory);

/* The address of a buffer in shared virtual memory; NULL for any other. */
const void *clstep__shared_address(cl_mem buffer);

/* Tells the driver which addresses a kernel is going to use. */
cl_int clstep__use_addresses(cl_kernel kernel, size_t count, const void *const *addresses);

#endif
