/* What compiled code depends on, besides the options that it was built with. */
#ifndef CLSTEP_ENGINE_IDENTITY_H
#define CLSTEP_ENGINE_IDENTITY_H

#include "base/sha256.h"
#include "base/text.h"

#include <clstep/clstep.h>

/* SHA-256 of the version of the library, its kernel source, and platform, device and driver with
 * their versions: a binary of another identity must not reach the driver. */
clstep_status clstep__identity_of(const char *call, cl_device_id device,
                                  unsigned char digest[CLSTEP__SHA256_SIZE]);

#endif
