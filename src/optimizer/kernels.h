/* The kernel objects of an optimizer. */
#ifndef CLSTEP_OPTIMIZER_KERNELS_H
#define CLSTEP_OPTIMIZER_KERNELS_H

#include "optimizer/optimizer.h"

/* Makes the kernel of each launch, and the one that uploads, and sets what no step changes. */
clstep_status clstep__kernels_create(clstep_optimizer *optimizer, clstep_engine *engine);
void clstep__kernels_release(clstep_optimizer *optimizer);

/* Gives each launch of a new plan a kernel, which may have served another one before. */
void clstep__kernels_assign(clstep_optimizer *optimizer);

/* Sets the buffers of a launch, as far as they are not set already. */
clstep_status clstep__kernel_bind(clstep_optimizer *optimizer, const clstep__launch *launch,
                                  clstep__kernel *kernel);

/* Tells a kernel of the buffers that a launch reaches by addresses, if it does. */
clstep_status clstep__kernel_addresses(clstep_optimizer *optimizer, const clstep__launch *launch,
                                       cl_kernel kernel);

/* The kernel of a family in a binding mode (CLSTEP_BINDING_...): "clstep_update" or another of the
 * same program. */
clstep_status clstep__optimizer_kernel(const clstep_optimizer *optimizer, clstep_engine *engine,
                                       uint32_t family, uint32_t binding, const char *name,
                                       cl_kernel *kernel);

/* Where the chunks of a launch begin in the buffer of the table, in chunks. */
uint64_t clstep__first_chunk(const clstep_optimizer *optimizer, const clstep__launch *launch);

/* Bytes of local memory of a family's kernel for 8-bit state, and of what its launch gets by value.
 */
size_t clstep__local_size(const clstep_optimizer *optimizer, const clstep__family *family);
size_t clstep__arguments_size(const clstep__family *family);

#endif
