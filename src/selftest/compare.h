/* What the device has after a step against the scalar reference. */
#ifndef CLSTEP_SELFTEST_COMPARE_H
#define CLSTEP_SELFTEST_COMPARE_H

#include "selftest/tensors.h"

/* Compares `read`, the device's copy of parameter buffer `buffer`, and the arrays of the tensors in
 * it; then takes over what the device has. */
void clstep__compare_params(clstep__trial *trial, size_t buffer);

/* Counts elements of `read` that are not those of a gradient buffer. */
void clstep__compare_gradients(clstep__trial *trial, size_t buffer);

#endif
