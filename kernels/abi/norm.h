/*
 * Clipping (CLIP), and norms of gradients.
 */
#ifndef CLSTEP_ABI_NORM_H
#define CLSTEP_ABI_NORM_H

#include "abi/chunk.h"

/* The values of clstep_clip. */
#define CLSTEP_CLIPS_VALUE       1
#define CLSTEP_CLIPS_NORM        2
#define CLSTEP_CLIPS_GLOBAL_NORM 3

/* The order in which the squares are added is fixed, so that a norm has the same bits on every
 * device, for every work-group and chunk. A tensor is cut into leaves, a leaf into parts, a part
 * into lanes, which take its elements in turn. A lane adds four squares by fma, and then adds the
 * result to its sum. Then lanes are added, neighbours first, then the parts one after the other.
 * For the norm of a tensor its leaves follow one after the other; for the global norm, lanes take
 * the leaves in turn. All but the four squares are added with compensation: the relative error of
 * the sum is at most 2^-22, and far less if there are many elements, since the errors of the fours
 * are independent. Leaves are in the order of kinds (optimizer/kinds.h), then of tensors. */
#define CLSTEP_NORM_LANES 32
#define CLSTEP_NORM_PART  2048 /* elements */
#define CLSTEP_NORM_PARTS 32
#define CLSTEP_NORM_LEAF  (CLSTEP_NORM_PARTS * CLSTEP_NORM_PART)

/* Bytes of local memory of norm kernels: two floats for each lane of each part. */
#define CLSTEP_NORM_LOCAL (CLSTEP_NORM_PARTS * CLSTEP_NORM_LANES * 8)
/* The same of the control kernel: two floats for each lane. */
#define CLSTEP_CONTROL_LOCAL (CLSTEP_NORM_LANES * 8)

/* Leaves are chunks that use only some fields: grad, count, buffers and constants as chunks do, and
 * element: 0 if the leaf counts for the global norm; for the norm of its tensor, the number of the
 * tensor's leaves, or CLSTEP_NORM_FOLLOWS in all but the first. They lie in the buffer of the
 * table, as their sums and the step constants do. */
#define CLSTEP_NORM_FOLLOWS (~(clstep_u64)0)

/* What the norm kernel gets by value. */
typedef struct clstep_norm_launch {
    clstep_u64 first_leaf;  /* of the launch, in chunks */
    clstep_u64 first_sum;   /* in units of 8 bytes */
    clstep_u64 scale_place; /* this and the next two: see clstep_control_launch (abi/control.h) */
    clstep_u32 scale_type;
    float scale;
} clstep_norm_launch;
CLSTEP_ASSERT(norm_launch_has_32_bytes, sizeof(clstep_norm_launch) == 32);

#endif
