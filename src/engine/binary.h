/* Programs as binaries: taken out of one driver, and given to the same again. */
#ifndef CLSTEP_ENGINE_BINARY_H
#define CLSTEP_ENGINE_BINARY_H

#include "base/text.h"

#include <clstep/clstep.h>

/* Appends the binary for `device` of a program that was built from source; nothing where the driver
 * has none. Not for a program that was made of a binary: PoCL 3.1 crashes. */
clstep_status clstep__binary_take(const char *call, cl_program program, cl_device_id device,
                                  clstep__text *into);

/* Makes the update kernel's program of a binary that is known to be undamaged. False where the
 * driver refuses it; then it is to be built from source. */
bool clstep__binary_load(cl_context context, cl_device_id device, const char *options,
                         const unsigned char *binary, size_t size, cl_program *program);

#endif
