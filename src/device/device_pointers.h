/*
 * Addresses of buffers as kernels see them, by which a launch can serve any number of buffers. The
 * host knows those of buffers in shared virtual memory (OpenCL 2.0), which the caller has made of
 * memory of clSVMAlloc() by CL_MEM_USE_HOST_PTR, and of buffers that were created with
 * CL_MEM_DEVICE_PRIVATE_ADDRESS_EXT (cl_ext_buffer_device_address).
 */
#ifndef CLSTEP_DEVICE_DEVICE_POINTERS_H
#define CLSTEP_DEVICE_DEVICE_POINTERS_H

#include <clstep/clstep.h>
#include <stdbool.h>

/* Of which buffers a device lets the host know addresses; to be combined. A buffer may lie in
 * shared memory for another device of its context. */
enum { CLSTEP__POINTERS_SHARED = 1, CLSTEP__POINTERS_PRIVATE = 2 };
clstep_status clstep__device_pointer_kinds(const char *call, cl_device_id device, unsigned *kinds);

/* Shared virtual memory for kernels to read and write, of the default alignment; NULL where there
 * is none. To be freed once no command that uses it is left. */
void *clstep__shared_allocate(cl_context context, size_t bytes);
void clstep__shared_free(cl_context context, void *memory);

/* Whether a buffer, or that which it is a part of, lies in shared virtual memory. */
bool clstep__is_shared(cl_mem buffer);

/* The address of a buffer on a device of a context, looked for where `kinds` says; NULL: not known.
 */
const void *clstep__address(cl_context context, cl_device_id device, unsigned kinds, cl_mem buffer);

/* Tells the driver which addresses a kernel is going to use, all of one kind. */
cl_int clstep__use_addresses(cl_kernel kernel, unsigned kind, size_t count,
                             const void *const *addresses);

#endif
