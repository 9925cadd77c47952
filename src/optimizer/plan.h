/*
 * The plan of a step: which tensors go into which launch, where their state lies, and the chunks.
 * It compares buffers but never uses them. Tensors of a group that are neighbours in all arrays are
 * cut into chunks as one.
 *
 * Tensors of one kind can share a kernel: they have equal rule variants, formats and first state. A
 * launch updates tensors of one kind whose state lies in one arena. Its binding mode limits the
 * number of parameter and gradient buffers. It may have any number of slots (sets of step
 * constants): those of its own slot come by value, others from the table. If gradients are clipped
 * by a norm, or the device controls the step, all come from the table, where the control kernel
 * writes.
 */
#ifndef CLSTEP_OPTIMIZER_PLAN_H
#define CLSTEP_OPTIMIZER_PLAN_H

#include "abi/chunk.h"
#include "abi/launch.h"
#include "optimizer/arenas.h"

#include <clstep/status.h>

/* What the plan needs to know of a kind. */
typedef struct clstep__plan_kind {
    uint32_t in_blocks; /* 1: chunks and state begin at multiples of CLSTEP_BLOCK8_ELEMENTS of the
                           tensor */
    uint32_t clip;      /* CLSTEP_CLIPS_NORM, _GLOBAL_NORM: has leaves; else 0 */
    uint32_t is_controlled;         /* the control kernel writes its step constants */
    uint32_t words;                 /* of 4 bytes in an element of its state: 1, or 2 for fp64 */
    uint32_t param_size, grad_size; /* bytes of an element */
} clstep__plan_kind;

typedef struct clstep__plan_limits {
    uint32_t width;          /* of a vector, in elements: 1, 4, 8 or 16 */
    uint32_t chunk_elements; /* a multiple of 16 */
    uint64_t arena_elements; /* of one word; an arena holds more only for a single larger tensor */
} clstep__plan_limits;

typedef struct clstep__launch {
    uint32_t kind;
    size_t arena;
    uint32_t binding; /* the kernel that it needs: CLSTEP_BINDING_SINGLE ... */
    size_t kernel;    /* the index of the optimizer's kernel that runs it; not set by the plan */
    uint32_t slot;    /* whose constants come by value: that of its first tensor */
    uint32_t param_count; /* 0 with CLSTEP_BINDING_POINTERS */
    uint32_t grad_count;
    const void *params[CLSTEP_BUFFERS_MAX];
    const void *grads[CLSTEP_BUFFERS_MAX];
    uint64_t first_chunk;
    uint64_t chunk_count;
    uint64_t first_leaf;
    uint64_t leaf_count; /* 0: the kind has none */
} clstep__launch;

typedef struct clstep__plan {
    clstep__plan_limits limits;
    clstep__plan_kind *kinds;
    uint32_t *bindings; /* of each kind: the binding mode that fits all its launches */
    uint32_t kind_count;
    uint64_t chunk_room;
    clstep__arena *arenas;
    size_t arena_count;
    clstep__launch *launches;
    size_t launch_count;
    clstep_chunk *chunks;
    uint64_t chunk_count;
    clstep_chunk *leaves; /* of norms (abi/norm.h) */
    uint64_t leaf_count;
} clstep__plan;

/* Plans `count` tensors of `kind_count` kinds. Fails only if memory is short; then the plan is
 * empty. */
clstep_status clstep__plan_make(clstep__plan *plan, clstep__plan_tensor *tensors, size_t count,
                                const clstep__plan_kind *kinds, uint32_t kind_count,
                                const clstep__plan_limits *limits);

/* Plans the same tensors again, for the gradients, slots and left-out tensors that they have now.
 * Allocates nothing, and needs no other kernels. From the first time on, each tensor is cut by
 * itself into chunks at a fixed place, so that leaving out a tensor only empties its chunks. */
void clstep__plan_again(clstep__plan *plan, clstep__plan_tensor *tensors, size_t count);

void clstep__plan_free(clstep__plan *plan);

#endif
