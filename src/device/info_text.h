/* The texts that a driver tells of a device or platform. */
#ifndef CLSTEP_DEVICE_INFO_TEXT_H
#define CLSTEP_DEVICE_INFO_TEXT_H

#include "base/text.h"

#include <clstep/clstep.h>

/* The whole of a text that a driver tells of a device or platform; "" where it tells none. `failed`
 * is set where memory is short. */
void clstep__device_text(cl_device_id device, cl_device_info what, clstep__text *text);
void clstep__platform_text(cl_device_id device, cl_platform_info what, clstep__text *text);

#endif
