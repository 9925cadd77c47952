/* Leaves: the parts of gradients of which norms are computed (abi/norm.h). plan.c knows the
 * launches.
 */
#ifndef CLSTEP_OPTIMIZER_LEAVES_H
#define CLSTEP_OPTIMIZER_LEAVES_H

#include "abi/chunk.h"
#include "optimizer/arenas.h"

/* What the leaves of a tensor have besides their places. */
typedef struct clstep__leaf_form {
    uint32_t clip;         /* CLSTEP_CLIPS_NORM or _GLOBAL_NORM; 0: there are none */
    uint32_t buffers;      /* as in chunks */
    uint32_t width;        /* of a vector */
    uint32_t address_size; /* 0: places are offsets; else they are addresses of elements of so many
                              bytes */
} clstep__leaf_form;

/* The number of a tensor's leaves. */
uint64_t clstep__leaves_of(const clstep__plan_tensor *tensor, uint32_t clip);

/* Cuts the gradient of a tensor; `leaves` are those of all tensors. */
void clstep__leaves_cut(clstep_chunk *leaves, const clstep__plan_tensor *tensor,
                        const clstep__leaf_form *form);

/* For a tensor that is left out. */
void clstep__leaves_empty(clstep_chunk *leaves, const clstep__plan_tensor *tensor, uint32_t clip);

#endif
