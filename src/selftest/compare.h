/* Compares the device after a step with the scalar reference. */
#ifndef CLSTEP_SELFTEST_COMPARE_H
#define CLSTEP_SELFTEST_COMPARE_H

#include "selftest/tensors.h"

/* Compares `read`, the device's copy of parameter buffer `buffer`, and the arrays of the tensors in
 * it. Then the host takes over the device's numbers. */
void clstep__compare_params(clstep__trial *trial, size_t buffer);

/* Counts the elements of `read` that differ from gradient buffer `buffer`. */
void clstep__compare_gradients(clstep__trial *trial, size_t buffer);

#endif
