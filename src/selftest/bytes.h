/* Compares a tensor of other formats than fp32, byte by byte. */
#ifndef CLSTEP_SELFTEST_BYTES_H
#define CLSTEP_SELFTEST_BYTES_H

#include "selftest/tensors.h"

/* Does for such a tensor what clstep__compare_params() does for others. */
void clstep__compare_bytes(clstep__trial *trial, const clstep__trial_tensor *tensor);

#endif
