/* The first numbers of a trial, and its gradients. */
#ifndef CLSTEP_SELFTEST_INPUTS_H
#define CLSTEP_SELFTEST_INPUTS_H

#include "selftest/tensors.h"

/* Fills the host's copies: parameters, first state, and the guards. */
void clstep__inputs_fill(clstep__trial *trial);

/* Writes new gradients for the next step to the host's copies. */
void clstep__inputs_gradients(clstep__trial *trial);

#endif
