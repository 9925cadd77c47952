/* A trial: tensors at chosen places of shared buffers, stepped on the device and by the scalar
 * reference. Every element is compared after every step. */
#ifndef TESTS_DEVICE_TRIAL_H
#define TESTS_DEVICE_TRIAL_H

#include "fixture.h"

enum { TRIAL_TENSORS_MAX = 70, TRIAL_BUFFERS_MAX = 70, TRIAL_GROUPS_MAX = 12 };

typedef struct {
    size_t count;
    size_t group;
    size_t param_buffer;
    size_t grad_buffer;
    /* set by trial_open() */
    size_t param_offset;
    size_t grad_offset;
    float *param; /* the reference's */
    float *grad;
    float *state[3]; /* one array after the other */
} trial_tensor;

typedef struct {
    const char *name;
    clstep_engine *engine;
    size_t group_count;
    clstep_rule rules[TRIAL_GROUPS_MAX];
    size_t tensor_count;
    trial_tensor tensors[TRIAL_TENSORS_MAX];
    /* set by trial_open() */
    size_t buffer_count;
    size_t param_size[TRIAL_BUFFERS_MAX];
    size_t grad_size[TRIAL_BUFFERS_MAX];
    cl_mem params[TRIAL_BUFFERS_MAX];
    cl_mem grads[TRIAL_BUFFERS_MAX];
    clstep_optimizer *optimizer;
    unsigned long long seed;
    unsigned step;
} trial;

/* Every size at which a body, a tail or a chunk begins or ends, at odd offsets of one buffer. */
void trial_standard(trial *t, const char *name, const clstep_rule *rule);
/* The same tensors and small ones, each in buffers of its own: three launches. */
void trial_own_buffers(trial *t);

void trial_open(trial *t);
/* New gradients, a new lr, one step on both sides, and the comparison. */
void trial_step(trial *t);
/* The two halves of it, for tests that put something between. */
void trial_new_gradients(trial *t);
void trial_expect_step(trial *t, const double *lr);
void trial_compare(trial *t);
void trial_close(trial *t);

#endif
