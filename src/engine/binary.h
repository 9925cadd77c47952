/* Binaries of programs. */
#ifndef CLSTEP_ENGINE_BINARY_H
#define CLSTEP_ENGINE_BINARY_H

#include "base/text.h"

#include <clstep/clstep.h>

/* Appends the binary for `device` of a program that was built from source; nothing if the driver
 * has none. Do not call it for a program that was made from a binary: PoCL 3.1 crashes. */
clstep_status clstep__binary_take(const char *call, cl_program program, cl_device_id device,
                                  clstep__text *into);

/* Makes the update kernel's program from a binary that must not be damaged. False if the driver
 * refuses it. */
bool clstep__binary_load(cl_context context, cl_device_id device, const char *options,
                         const unsigned char *binary, size_t size, cl_program *program);

#endif
