/*
 * The seeded inputs of the reference data. Two models lie one behind the other in every array: the
 * small one, of five tensors, and the large one, of one.
 */
#ifndef TESTS_REFERENCE_INPUTS_H
#define TESTS_REFERENCE_INPUTS_H

#include <clstep/store.h>
#include <stdbool.h>

enum { STEPS = 20, TENSORS = 6, SMALL = 137, LARGE = 4099, ELEMENTS = SMALL + LARGE };

extern const size_t tensor_sizes[TENSORS]; /* the last is the large model */

typedef struct {
    float param[ELEMENTS];
    float grad[STEPS][ELEMENTS];
} inputs;

/* The norm by which the gradient of each tensor is clipped, in each step. */
typedef struct {
    float norm[STEPS][TENSORS];
} norms;

void make_inputs(inputs *in);

/* One NaN for all; where `flushed`, zeros for subnormals and for both signs of zero. */
void normalise(float *values, size_t count, bool flushed);

uint32_t crc_of(const float *values, size_t count);

#endif
