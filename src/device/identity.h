/* What compiled code depends on, besides the options that it was built with. */
#ifndef CLSTEP_DEVICE_IDENTITY_H
#define CLSTEP_DEVICE_IDENTITY_H

#include "base/sha256.h"
#include "base/text.h"

#include <clstep/clstep.h>

/* The whole of a text that a driver tells of a device or platform; "" where it tells none. `failed`
 * is set where memory is short. */
void clstep__device_text(cl_device_id device, cl_device_info what, clstep__text *text);
void clstep__platform_text(cl_device_id device, cl_platform_info what, clstep__text *text);

/* SHA-256 of the version of the library, its kernel source, and platform, device and driver with
 * their versions: a binary of another identity must not reach the driver. */
clstep_status clstep__identity_of(const char *call, cl_device_id device,
                                  unsigned char digest[CLSTEP__SHA256_SIZE]);

#endif
