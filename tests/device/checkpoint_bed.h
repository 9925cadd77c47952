/* A model in any format, for tests that load the checkpoint of one format into another: three
 * tensors "a", "b" and "empty", and what of them lies on the device and in files. */
#ifndef TESTS_DEVICE_CHECKPOINT_BED_H
#define TESTS_DEVICE_CHECKPOINT_BED_H

#include "fixture.h"

#include <clstep/store.h>

/* "b" does not end with a block of 8-bit state, nor with a part that is converted at a time. */
enum { BED_TENSORS = 3, BED_A = 300, BED_B = 70003, BED_ELEMENTS = 384 + BED_B };

typedef struct {
    clstep_dtype param_dtype;
    clstep_state_storage state_storage;
    clstep_param_storage param_storage;
} bed_format;

typedef struct {
    bed_format format;
    clstep_rule rule;
    cl_mem params;
    cl_mem grads;
    clstep_optimizer *optimizer;
} bed;

extern const char *const bed_names[BED_TENSORS];
extern const size_t bed_counts[BED_TENSORS];

/* An optimizer with the parameters that the floats of `seed` are in the format. */
void bed_open(bed *b, const clstep_rule *rule, bed_format format, unsigned seed);
void bed_close(bed *b);
/* New gradients, of every size that makes a difference, and a step, so many times. */
void bed_train(bed *b, unsigned first, unsigned count);

/* The parameter of a tensor (`state` NULL), or an array of its state, as it lies on the device;
 * freed by the test. */
unsigned char *bed_array(const bed *b, size_t tensor, const char *state, size_t *bytes);
/* The same of a checkpoint. NULL where it is not there. */
unsigned char *bed_stored(const clstep_checkpoint *checkpoint, size_t tensor, const char *state,
                          size_t *bytes);
/* All arrays of both are alike. */
void bed_same(const char *what, const bed *a, const bed *b);

clstep_checkpoint *bed_save(const bed *b, int with_params, void **bytes);

#endif
