/*
 * The launch plan of a step: which tensors go into which launch, where their state lies, and the
 * chunk table. Pure host arithmetic; buffers are only told apart, never touched. Tensors of a group
 * that lie side by side in all arrays are cut into chunks as one.
 *
 * A family is a set of tensors that one kernel can serve: equal rule variant, formats and first
 * state. A launch serves one family and one arena (the buffers that hold the state of a run of
 * tensors), as many parameter and gradient buffers as its binding mode allows, and any number of
 * slots: sets of step constants. Those of its own slot come by value, others from the table.
 */
#ifndef CLSTEP_OPTIMIZER_PLAN_H
#define CLSTEP_OPTIMIZER_PLAN_H

#include "abi/block8.h"
#include "abi/chunk.h"
#include "abi/launch.h"

#include <clstep/status.h>
#include <stddef.h>

typedef struct clstep__plan_tensor {
    const void *param;
    const void *grad;
    const void *param_address; /* of the buffer's begin, as kernels see it; NULL: not known */
    const void *grad_address;
    uint64_t param_offset;
    uint64_t grad_offset;
    uint64_t count;
    uint32_t slot; /* of its step constants */
    uint32_t family;
    uint64_t first_element;    /* of the caller's; all 0: the plan numbers elements */
    uint32_t param_misaligned; /* 1: the buffer's own begin may not be aligned to a vector */
    uint32_t grad_misaligned;
    uint32_t state_misaligned; /* of given_state */
    uint32_t given_state;    /* the number of the buffers that the caller supplies for it; 0: none,
                                and state_offset is set by the plan */
    uint32_t left_out;       /* of the next step */
    uint64_t steps_left_out; /* of all steps so far: what it counts less than the optimizer */
    const void *first_grad;  /* that of create; NULL: there was none, and `grad` is no buffer but a
                                mark that differs from all */
    uint64_t first_grad_offset;
    const char *name; /* for messages; NULL: it has none */
    /* set by the plan, for a count above 0 */
    size_t arena;
    size_t launch;
    uint64_t place; /* of its first chunk once each tensor is cut by itself */
    uint64_t state_offset;
    uint64_t element; /* the number of its first element, a multiple of CLSTEP_BLOCK8_ELEMENTS */
} clstep__plan_tensor;

/* What the plan must know of a family. */
typedef struct clstep__plan_family {
    uint32_t in_blocks; /* 1: chunks and state begin at multiples of CLSTEP_BLOCK8_ELEMENTS of the
                           tensor */
    uint32_t words;     /* of 4 bytes in an element of its state: 1, or 2 for fp64 */
    uint32_t param_size, grad_size; /* bytes of an element */
} clstep__plan_family;

typedef struct clstep__plan_limits {
    uint32_t width;          /* of a vector, in elements: 1, 4, 8 or 16 */
    uint32_t chunk_elements; /* a multiple of 16 */
    uint64_t arena_elements; /* of one word; an arena holds more only for a single larger tensor */
} clstep__plan_limits;

typedef struct clstep__arena {
    uint32_t family;
    uint32_t
        given; /* the caller's buffers with this number (plan_tensor.given_state); 0: our own */
    uint64_t elements;
} clstep__arena;

typedef struct clstep__launch {
    uint32_t family;
    size_t arena;
    uint32_t binding;     /* the kernel that it needs: CLSTEP_BINDING_SINGLE ... */
    size_t kernel;        /* that of the optimizer which runs it; the plan leaves it alone */
    uint32_t slot;        /* whose constants come by value: that of its first tensor */
    uint32_t param_count; /* 0 with CLSTEP_BINDING_POINTERS */
    uint32_t grad_count;
    const void *params[CLSTEP_BUFFERS_MAX];
    const void *grads[CLSTEP_BUFFERS_MAX];
    uint64_t first_chunk;
    uint64_t chunk_count;
} clstep__launch;

typedef struct clstep__plan {
    clstep__plan_limits limits;
    clstep__plan_family *families;
    uint32_t *bindings; /* per family: of the kernel that serves any launch of it */
    uint32_t family_count;
    uint64_t chunk_room;
    clstep__arena *arenas;
    size_t arena_count;
    clstep__launch *launches;
    size_t launch_count;
    clstep_chunk *chunks;
    uint64_t chunk_count;
} clstep__plan;

/* Plans `count` tensors of `family_count` families. Fails only for want of memory; then the plan is
 * empty. */
clstep_status clstep__plan_make(clstep__plan *plan, clstep__plan_tensor *tensors, size_t count,
                                const clstep__plan_family *families, uint32_t family_count,
                                const clstep__plan_limits *limits);

/* Plans the same tensors anew, in the memory that there is, by the same kernels: with gradients,
 * slots and left-out tensors as they are now. From the first time on each tensor is cut by itself,
 * into chunks at a place of its own, so that one that is left out only empties its chunks. */
void clstep__plan_again(clstep__plan *plan, clstep__plan_tensor *tensors, size_t count);

void clstep__plan_free(clstep__plan *plan);

#endif
