/* The numbers that a trial starts with, and its gradients. */
#ifndef CLSTEP_SELFTEST_INPUTS_H
#define CLSTEP_SELFTEST_INPUTS_H

#include "selftest/tensors.h"

/* Fills the host's copies: parameters, first state, and the guards around them. */
void clstep__inputs_fill(clstep__trial *trial);

/* New gradients for the next step, in the host's copies. */
void clstep__inputs_gradients(clstep__trial *trial);

#endif
