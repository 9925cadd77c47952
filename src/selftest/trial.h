/*
 * A trial of the self-test: tensors at chosen places of buffers, stepped on the device and by the
 * scalar reference. After every step it compares every element.
 */
#ifndef CLSTEP_SELFTEST_TRIAL_H
#define CLSTEP_SELFTEST_TRIAL_H

#include "selftest/tensors.h"

/* Runs the trial and adds its counts to `result`. The status says whether it could run. If the case
 * wants shared memory but the library does not use pointers for it, it counts no case. */
clstep_status clstep__trial_run(const clstep__trial_setting *setting,
                                clstep_selftest_result *result);

#endif
