/* A model in any format, for tests that load a checkpoint of one format into another: three tensors
 * "a", "b" and "empty", and their arrays on the device and in files. */
#ifndef TESTS_DEVICE_CHECKPOINT_SETUP_H
#define TESTS_DEVICE_CHECKPOINT_SETUP_H

#include "fixture.h"

#include <clstep/store.h>

/* "b" does not end with a block of 8-bit state, nor with a part that is converted at a time. */
enum { SETUP_TENSORS = 3, SETUP_A = 300, SETUP_B = 70003, SETUP_ELEMENTS = 384 + SETUP_B };

typedef struct {
    clstep_dtype param_dtype;
    clstep_state_storage state_storage;
    clstep_param_storage param_storage;
} setup_format;

typedef struct {
    setup_format format;
    clstep_rule rule;
    cl_mem params;
    cl_mem grads;
    clstep_optimizer *optimizer;
} setup;

extern const char *const setup_names[SETUP_TENSORS];
extern const size_t setup_counts[SETUP_TENSORS];

/* An optimizer with the parameters that the floats of `seed` are in the format. */
void setup_open(setup *b, const clstep_rule *rule, setup_format format, unsigned seed);
void setup_close(setup *b);
/* New gradients, of every size that makes a difference, and a step, so many times. */
void setup_train(setup *b, unsigned first, unsigned count);

/* The parameter of a tensor (`state` NULL), or an array of its state, as it lies on the device;
 * freed by the test. */
unsigned char *setup_array(const setup *b, size_t tensor, const char *state, size_t *bytes);
/* The same of a checkpoint. NULL where it is not there. */
unsigned char *setup_stored(const clstep_checkpoint *checkpoint, size_t tensor, const char *state,
                            size_t *bytes);
/* All arrays of both are alike. */
void setup_same(const char *what, const setup *a, const setup *b);

clstep_checkpoint *setup_save(const setup *b, int with_params, void **bytes);

#endif
