/* A line on stderr if kernels take long to compile. */
#ifndef CLSTEP_CLI_COMPILING_H
#define CLSTEP_CLI_COMPILING_H

#include "cli/workplace.h"

/* Drivers compile kernels when they are first used: between these two calls. If that takes more
 * than half a second, a line says so, once in a run of the program. */
void compiling_begin(const workplace *place);
void compiling_end(void);

#endif
