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
 * are independent. Leaves are in the order of kinds (optimizer.h), then of tensors. */
#define CLSTEP_NORM_LANES 32
#define CLSTEP_NORM_PART  2048 /* elements */
#define CLSTEP_NORM_PARTS 32
#define CLSTEP_NORM_LEAF  (CLSTEP_NORM_PARTS * CLSTEP_NORM_PART)

/* Bytes of local memory of both kernels: two floats for each lane of each part. */
#define CLSTEP_NORM_LOCAL (CLSTEP_NORM_PARTS * CLSTEP_NORM_LANES * 8)

/* Leaves are chunks that use only some fields: grad, count, buffers and constants as chunks do, and
 * element: 0 if the leaf counts for the global norm; for the norm of its tensor, the number of the
 * tensor's leaves, or CLSTEP_NORM_FOLLOWS in all but the first. They lie in the buffer of the
 * table, as their sums and the step constants do. */
#define CLSTEP_NORM_FOLLOWS (~(clstep_u64)0)

/* What the kernels get by value. */
typedef struct clstep_norm_launch {
    clstep_u64 first_leaf; /* of the launch, in chunks */
    clstep_u64 first_sum;  /* in units of 8 bytes */
} clstep_norm_launch;
CLSTEP_ASSERT(norm_launch_has_16_bytes, sizeof(clstep_norm_launch) == 16);

/* The clip kernel first uploads words, so that a step with a new learning rate needs no launch for
 * them. */
#define CLSTEP_CLIP_WORDS 64
typedef struct clstep_clip_launch {
    clstep_u64 first_leaf;
    clstep_u64 leaf_count;
    clstep_u64 first_sum;
    clstep_u64 constants; /* in units of 8 bytes */
    clstep_u64 slot_count;
    clstep_u64 norm;       /* where to write the norm, in floats */
    clstep_u64 first_word; /* as in clstep_upload_words */
    clstep_u64 word_count;
    clstep_upload_word words[CLSTEP_CLIP_WORDS];
} clstep_clip_launch;
CLSTEP_ASSERT(clip_launch_has_64_bytes_and_words,
              sizeof(clstep_clip_launch) == 64 + 8 * CLSTEP_CLIP_WORDS);

#endif
