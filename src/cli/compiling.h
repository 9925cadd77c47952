/* A line on stderr where kernels take long to compile. */
#ifndef CLSTEP_CLI_COMPILING_H
#define CLSTEP_CLI_COMPILING_H

#include "cli/workplace.h"

/* Between the two, kernels are used for the first time, and drivers compile them then. Where that
 * takes half a second a line says so, once in a run of the program. */
void compiling_begin(const workplace *place);
void compiling_end(void);

#endif
