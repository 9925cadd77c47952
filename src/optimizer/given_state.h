/* State arrays that the caller supplies. */
#ifndef CLSTEP_OPTIMIZER_GIVEN_STATE_H
#define CLSTEP_OPTIMIZER_GIVEN_STATE_H

#include "optimizer/overlap.h"
#include "rule/state_arrays.h"

/* Checks the arrays that the caller supplies for a tensor. `arrays` lists its state arrays. */
clstep_status clstep__given_state_check(const clstep__place *at, cl_context context,
                                        const clstep_tensor *tensor,
                                        const clstep_array_form *arrays, size_t count);

/* Lists where they lie, after the `*run_count` runs so far. */
clstep_status clstep__given_state_runs(const clstep__place *at, const clstep_tensor *tensor,
                                       const clstep_array_form *arrays, clstep__run *runs,
                                       size_t *run_count);

/* Whether one of the buffers may begin at an address that is not aligned to a vector. */
int clstep__given_state_is_misaligned(const clstep_tensor *tensor, const clstep_array_form *arrays);

#endif
