/* The step constants that depend on the count of steps, in double; kernels/control/counts.clh
 * computes the same on the device. */
#include "rule/counts.h"

#include "rule/constants.h"

#include <math.h>
#include <string.h>

clstep__counted clstep__counted_of(const clstep_rule *rule)
{
    const clstep__descriptor *descriptor = clstep__descriptor_of(rule);
    clstep__counted counted = {0};
    if (descriptor->count)
        descriptor->count(rule, &counted);
    return counted;
}

/* base^t. A base of 0 means that there is no correction, and saves pow(), which takes half as long
 * as a launch. */
static double power(double base, uint64_t t)
{
    return base != 0 ? pow(base, (double)t) : 0;
}

void clstep__set_counted(const clstep__counted *counted, double lr, uint64_t t, bool in_fp32,
                         double constants[CLSTEP_STEP_CONSTANTS])
{
    const double c = 1.0 - power(counted->correction_base, t);
    const double divisor = (1.0 - power(counted->lr_base, t)) + (double)(t - 1) * counted->lr_decay;
    constants[CLSTEP_LR] = clstep__narrow(lr / divisor, in_fp32);
    constants[CLSTEP_CORRECTION] =
        clstep__narrow(counted->flags & CLSTEP_COUNTS_ROOT ? sqrt(c) : c, in_fp32);
    if (!(counted->flags & CLSTEP_COUNTS_RECURSION))
        return;
    const double rate = counted->rest / c;
    constants[CLSTEP_RHO] = clstep__narrow(1.0 - rate, in_fp32);
    constants[CLSTEP_RHO_REST] = clstep__narrow(rate, in_fp32);
}

static clstep_u64 bits_of(double number)
{
    clstep_u64 bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

clstep_count_row clstep__count_row(const clstep__counted *counted, double lr)
{
    return (clstep_count_row){.lr = bits_of(lr),
                              .lr_base = bits_of(counted->lr_base),
                              .lr_decay = bits_of(counted->lr_decay),
                              .correction_base = bits_of(counted->correction_base),
                              .rest = bits_of(counted->rest),
                              .flags = counted->flags};
}
