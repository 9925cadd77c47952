/* Opens the state in a file. */
#ifndef CLSTEP_CONVERT_OPEN_H
#define CLSTEP_CONVERT_OPEN_H

#include "convert/source.h"

/* Opens a state and checks everything except the numbers in the arrays. Close it by
 * clstep__source_close(), after a failure too. */
clstep_status clstep__source_open(clstep__source *source, const char *call,
                                  const clstep_safetensors *file, const clstep__dialect *dialect,
                                  clstep__report *report);

#endif
