/*
 * Addresses of buffers in kernels. With them a launch can reach any number of buffers by pointers.
 * The host knows the addresses of two sorts of buffers: in shared virtual memory (OpenCL 2.0; the
 * caller has made them from clSVMAlloc() memory with CL_MEM_USE_HOST_PTR), and with
 * CL_MEM_DEVICE_PRIVATE_ADDRESS_EXT (cl_ext_buffer_device_address).
 */
#ifndef CLSTEP_DEVICE_DEVICE_POINTERS_H
#define CLSTEP_DEVICE_DEVICE_POINTERS_H

#include <clstep/clstep.h>
#include <stdbool.h>

/* Flags: the sorts of buffers whose addresses a device supports. A buffer may also be shared for
 * another device of its context only. */
enum { CLSTEP__POINTERS_SHARED = 1, CLSTEP__POINTERS_PRIVATE = 2 };
clstep_status clstep__device_pointer_kinds(const char *call, cl_device_id device, unsigned *kinds);

/* Allocates shared virtual memory that kernels can read and write, with the default alignment; NULL
 * if there is none. Free it when no command uses it any more. */
void *clstep__shared_allocate(cl_context context, size_t bytes);
void clstep__shared_free(cl_context context, void *memory);

/* Whether a buffer lies in shared virtual memory. */
bool clstep__is_shared(cl_mem buffer);

/* The address of a buffer on a device of a context, if it is of one of the sorts `kinds`; NULL:
 * unknown. */
const void *clstep__address(cl_context context, cl_device_id device, unsigned kinds, cl_mem buffer);

/* Tells the driver which addresses a kernel is going to use, all of one sort. */
cl_int clstep__use_addresses(cl_kernel kernel, unsigned kind, size_t count,
                             const void *const *addresses);

#endif
