/* A model whose steps get gradients and left-out tensors, and its scalar reference. */
#ifndef TESTS_DEVICE_INPUTS_SETUP_H
#define TESTS_DEVICE_INPUTS_SETUP_H

#include "fixture.h"

enum { TENSORS_MAX = 48, ROOM = 60000, POOLS = 3 };

typedef struct {
    size_t count, group, steps;
    size_t offset;           /* in the parameters, and in each pool of gradients */
    float *p, *g, *state[4]; /* NULL behind the last */
} inputs_tensor;

typedef struct {
    clstep_rule rules[3];
    size_t groups, tensors;
    size_t end; /* elements of all tensors */
    inputs_tensor of[TENSORS_MAX];
    cl_mem params;
    cl_mem own_params[TENSORS_MAX]; /* where is_apart */
    cl_mem pools[POOLS];
    cl_mem own_grads[TENSORS_MAX];
    int is_apart;
    clstep_optimizer *optimizer;
    unsigned seed;
    double *lr, *decay;  /* of each tensor, in the next steps; NULL: those of the groups */
    unsigned long fault; /* the call of OpenCL in a step that fails; 0: none */
    int failed;          /* the last step had to be repeated */
} inputs_setup;

/* Where a step's gradients lie. */
typedef enum { AT_CREATE, IN_A_POOL, FURTHER_ON, ON_THEIR_OWN } inputs_place;

/* Three groups, whose tensors lie side by side in one buffer or (is_apart) in buffers of their own;
 * AT_CREATE: they are created without gradients. */
void inputs_make(inputs_setup *b, const clstep_rule *rule, size_t tensors, int is_apart,
                 inputs_place at_create);

/* One step of the tensors i that have bit i % 8 in `who`; the others are left out, by_null: by a
 * buffer that is NULL. Compares all of them with the reference. */
void inputs_step(inputs_setup *b, unsigned who, inputs_place where, size_t pool, int by_null);

/* Where the gradient of tensor i lies. */
clstep_buffer inputs_buffer(const inputs_setup *b, size_t i, inputs_place where, size_t pool);

void inputs_drop(inputs_setup *b);

#endif
