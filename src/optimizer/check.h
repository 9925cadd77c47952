/* Checks of what a caller hands to clstep_optimizer_create(). */
#ifndef CLSTEP_OPTIMIZER_CHECK_H
#define CLSTEP_OPTIMIZER_CHECK_H

#include "engine/engine.h"

/* All rules, formats and tensors; touches nothing. */
clstep_status clstep__check_groups(const clstep_engine *engine, size_t group_count,
                                   const clstep_group *groups);

/* The root buffer that `buffer` is or is a part of, and where it begins there, in bytes. */
clstep_status clstep__root_of(cl_mem buffer, cl_mem *root, size_t *origin);

/* Whether a buffer may begin at an address that is not aligned to the largest vector of a dtype:
 * the driver aligns what it allocates, but takes the caller's memory (CL_MEM_USE_HOST_PTR) as it
 * is. */
int clstep__is_misaligned(cl_mem buffer, int32_t dtype);

/* In overlap.c: no parameter may overlap another parameter or a gradient. The tensors have passed
 * all other checks. */
clstep_status clstep__check_overlaps(size_t group_count, const clstep_group *groups);

#endif
