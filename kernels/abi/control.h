/*
 * The control kernel: what a step decides on the device before it updates anything (CONTROL).
 */
#ifndef CLSTEP_ABI_CONTROL_H
#define CLSTEP_ABI_CONTROL_H

#include "abi/chunk.h"

/* The values of clstep_control. */
#define CLSTEP_CONTROLS_SKIP     1
#define CLSTEP_CONTROLS_DIVIDE   2
#define CLSTEP_CONTROLS_MULTIPLY 3

/* The types of clstep_scalar_type. */
#define CLSTEP_SCALAR_IS_FLOAT32 0
#define CLSTEP_SCALAR_IS_INT32   1
#define CLSTEP_SCALAR_IS_UINT8   2
#define CLSTEP_SCALAR_IS_ABSENT  3 /* no buffer: `scale` by value, and not skipped */

/* What the control kernel tells the updates of a step. It lies right before the step constants of
 * the table. It is not one of them: a 17th constant would make the argument of every kernel longer,
 * also without control. */
typedef struct clstep_decided {
    float scale; /* of gradients */
    clstep_u32 is_skipped;
} clstep_decided;
CLSTEP_ASSERT(decided_has_8_bytes, sizeof(clstep_decided) == 8);

/* How the step constants of a slot depend on the count t of the steps of its tensors:
 *
 *   CLSTEP_LR          lr / ((1 - lr_base^t) + (t - 1) lr_decay)
 *   CLSTEP_CORRECTION  c = 1 - correction_base^t, or its root
 *   CLSTEP_RHO         1 - rest / c, and CLSTEP_RHO_REST rest / c, with CLSTEP_COUNTS_RECURSION
 *
 * With a base of 0 there is no correction: the difference is 1. The numbers are the bits of
 * doubles; src/rule/counts.c computes the same in double. */
typedef struct clstep_count_row {
    clstep_u64 tensor; /* one of the slot's, whose count is t */
    clstep_u64 lr;
    clstep_u64 lr_base;
    clstep_u64 lr_decay;
    clstep_u64 correction_base;
    clstep_u64 rest;
    clstep_u64 flags;
} clstep_count_row;
CLSTEP_ASSERT(count_row_has_56_bytes, sizeof(clstep_count_row) == 56);

#define CLSTEP_COUNTS_ROOT      1 /* the root of c */
#define CLSTEP_COUNTS_RECURSION 2
#define CLSTEP_COUNTS_DRAWS     4 /* the slot draws random bits */

/* What the kernel gets by value. It first uploads words, so that a step with a new learning rate
 * needs no launch for them. Places are in the buffer of the table if they name no other. */
#define CLSTEP_CONTROL_WORDS 64
typedef struct clstep_control_launch {
    clstep_u64 first_leaf; /* in chunks */
    clstep_u64 leaf_count;
    clstep_u64 first_sum; /* in units of 8 bytes, as the other places that name no unit */
    clstep_u64 constants;
    clstep_u64 slot_count;
    clstep_u64 norm; /* in floats */
    clstep_u64 rows;
    clstep_u64 counts;  /* skipped steps; the count of each tensor, and of the optimizer; and how
                           often the host has uploaded counts */
    clstep_u64 absent;  /* a bit for each tensor: this step leaves it out */
    clstep_u64 counted; /* of counts of steps */
    clstep_u64 seed;
    clstep_u64 scale_place; /* in the buffer of the scale, in elements */
    clstep_u64 skip_place;  /* the same in the buffer of skip */
    clstep_u32 scale_type;
    clstep_u32 skip_type;
    float scale; /* if CLSTEP_SCALAR_IS_ABSENT */
    clstep_u32 word_count;
    clstep_u64 first_word; /* as in clstep_upload_words */
    clstep_upload_word words[CLSTEP_CONTROL_WORDS];
} clstep_control_launch;
CLSTEP_ASSERT(control_launch_has_128_bytes_and_words,
              sizeof(clstep_control_launch) == 128 + 8 * CLSTEP_CONTROL_WORDS);

#endif
