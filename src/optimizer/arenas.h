/* Arenas: buffers that hold the state of several neighbouring tensors. */
#ifndef CLSTEP_OPTIMIZER_ARENAS_H
#define CLSTEP_OPTIMIZER_ARENAS_H

#include <stddef.h>
#include <stdint.h>

typedef struct clstep__plan_tensor {
    const void *param;
    const void *grad;
    const void *param_address; /* of the buffer's beginning in a kernel; NULL: unknown */
    const void *grad_address;
    uint64_t param_offset;
    uint64_t grad_offset;
    uint64_t count;
    uint32_t slot; /* of its step constants */
    uint32_t kind;
    uint64_t first_element; /* given by the caller; 0 in all tensors: the plan numbers elements */
    uint32_t param_misaligned; /* 1: the buffer may begin at an address not aligned to a vector */
    uint32_t grad_misaligned;
    uint32_t state_misaligned; /* of given_state */
    uint32_t given_state;      /* which buffers the caller supplies for it: their index in
                                  optimizer->given_state, plus 1; 0: none, and the plan sets
                                  state_offset */
    uint32_t left_out;         /* of the next step */
    uint64_t steps_left_out;   /* how many fewer steps it counts than the optimizer */
    uint32_t history;          /* with control: tensors of equal history were left out in the same
                                  steps since the last finish */
    const void *first_grad; /* that of create; NULL: there was none, and `grad` is no buffer but a
                               mark that differs from all */
    uint64_t first_grad_offset;
    const char *name; /* for messages; NULL: it has none */
    /* set by the plan, for a count above 0 */
    size_t arena;
    size_t launch;
    uint64_t place; /* of its first chunk once each tensor is cut by itself */
    uint64_t leaf;  /* its first one, if its gradient counts for a norm */
    uint64_t state_offset;
    uint64_t element; /* the number of its first element, a multiple of CLSTEP_BLOCK8_ELEMENTS */
} clstep__plan_tensor;

typedef struct clstep__arena {
    uint32_t kind;
    uint32_t given; /* which buffers of the caller, as in plan_tensor.given_state; 0: our own */
    uint64_t elements;
} clstep__arena;

/* Rounds up to a multiple of `unit`. */
uint64_t clstep__round_up(uint64_t count, uint64_t unit);

/* Gives every tensor of the kind an arena, after the `*arena_count` arenas so far, and an offset in
 * it. State begins at multiples of `block`; if that is 1, where it is aligned like the parameter.
 * An arena takes `most` elements, or one larger tensor. State in the caller's buffers stays where
 * it is. */
void clstep__place_state(clstep__arena *arenas, size_t *arena_count, clstep__plan_tensor *tensors,
                         size_t count, uint32_t kind, uint64_t block, uint64_t most);

/* Numbers the elements of all tensors, as given by the caller or in the order of the tensors. */
void clstep__number_elements(clstep__plan_tensor *tensors, size_t count);

#endif
