/* The identity of compiled programs. */
#ifndef CLSTEP_ENGINE_IDENTITY_H
#define CLSTEP_ENGINE_IDENTITY_H

#include "base/sha256.h"
#include "base/text.h"

#include <clstep/clstep.h>

/* SHA-256 of the library's version and kernel source, and of the names and versions of platform,
 * device and driver. The driver must not get a binary of another identity. */
clstep_status clstep__identity_of(const char *call, cl_device_id device,
                                  unsigned char digest[CLSTEP__SHA256_SIZE]);

#endif
