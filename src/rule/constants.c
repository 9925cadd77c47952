/* Numbers that several rules compute in the same way. A sum, product or quotient of two fp32
 * numbers may be computed in double and then rounded to fp32: the result is that of fp32, because a
 * double has more than twice as many bits. */
#include "rule/constants.h"

double clstep__narrow(double number, bool in_fp32)
{
    return in_fp32 ? (double)(float)number : number;
}

/* m + w (g - m) for w < 0.5, and g - (g - m) (1 - w) from there on. */
void clstep__set_lerp(double weight, bool in_fp32, double constants[CLSTEP_STEP_CONSTANTS])
{
    const double w = clstep__narrow(weight, in_fp32);
    constants[CLSTEP_LERP_FROM_END] = w < 0.5 ? 0 : 1;
    constants[CLSTEP_LERP_RATE] = w < 0.5 ? w : clstep__narrow(w - 1, in_fp32);
}
