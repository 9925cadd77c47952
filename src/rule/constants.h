/* Helpers of the rules' own files for step constants. */
#ifndef CLSTEP_RULE_CONSTANTS_H
#define CLSTEP_RULE_CONSTANTS_H

#include "abi/constants.h"

#include <stdbool.h>

/* A number as the kernel will hold it: rounded to fp32 if the kernel computes in fp32. */
double clstep__narrow(double number, bool in_fp32);

/* Sets CLSTEP_LERP_RATE and CLSTEP_LERP_FROM_END for PyTorch's lerp(m, g, weight). */
void clstep__set_lerp(double weight, bool in_fp32, double constants[CLSTEP_STEP_CONSTANTS]);

#endif
