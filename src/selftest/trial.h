/*
 * A trial of the self-test: tensors at chosen places of shared buffers, stepped on the device and
 * by the scalar reference, every element of everything compared after every step.
 */
#ifndef CLSTEP_SELFTEST_TRIAL_H
#define CLSTEP_SELFTEST_TRIAL_H

#include "selftest/tensors.h"

/* Runs the trial and adds what it finds to `result`. The status says whether it could be run. A
 * trial of shared memory that the library does not launch by addresses is none: no case is counted.
 */
clstep_status clstep__trial_run(const clstep__trial_setting *setting,
                                clstep_selftest_result *result);

#endif
