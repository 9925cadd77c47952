/* The rank of devices, for callers that name none. */
#ifndef CLSTEP_DEVICE_CHOOSE_H
#define CLSTEP_DEVICE_CHOOSE_H

#include <clstep/clstep.h>

/* Higher is better; only for comparing. */
double clstep__device_rank(const clstep_device_info *info);

#endif
