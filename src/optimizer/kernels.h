/* The kernel objects of an optimizer. */
#ifndef CLSTEP_OPTIMIZER_KERNELS_H
#define CLSTEP_OPTIMIZER_KERNELS_H

#include "optimizer/optimizer.h"

/* Creates the kernel of each launch and the upload kernel, and sets the arguments that stay the
 * same in all steps. */
clstep_status clstep__kernels_create(clstep_optimizer *optimizer, clstep_engine *engine);
void clstep__kernels_release(clstep_optimizer *optimizer);

/* Gives each launch of a new plan a kernel, which another launch may have used before. */
void clstep__kernels_assign(clstep_optimizer *optimizer);

/* Sets the buffers of a launch that are not set already. */
clstep_status clstep__kernel_bind(clstep_optimizer *optimizer, const clstep__launch *launch,
                                  clstep__kernel *kernel);

/* Tells the driver which memory a launch reaches by pointers, if it has this binding mode. */
clstep_status clstep__kernel_addresses(clstep_optimizer *optimizer, const clstep__launch *launch,
                                       cl_kernel kernel);

/* Creates the kernel `name` of a kind in a binding mode (CLSTEP_BINDING_...): "clstep_update" or
 * another one of the same program. */
clstep_status clstep__optimizer_kernel(const clstep_optimizer *optimizer, clstep_engine *engine,
                                       uint32_t kind, uint32_t binding, const char *name,
                                       cl_kernel *kernel);

/* Where the chunks of a launch begin in the table's buffer, in chunks. */
uint64_t clstep__first_chunk(const clstep_optimizer *optimizer, const clstep__launch *launch);

/* Bytes of local memory that a kernel with 8-bit state needs; and of the argument that a launch
 * gets by value. */
size_t clstep__local_size(const clstep_optimizer *optimizer, const clstep__kind *kind);
size_t clstep__arguments_size(const clstep__kind *kind);

#endif
