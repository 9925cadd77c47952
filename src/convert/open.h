/* Opening a state: what the file tells, and what has to be found in it. */
#ifndef CLSTEP_CONVERT_OPEN_H
#define CLSTEP_CONVERT_OPEN_H

#include "convert/source.h"

/* Opens and checks all but the numbers in the arrays. To be closed by
 * clstep__source_close() even where that fails. */
clstep_status clstep__source_open(clstep__source *source, const char *call,
                                  const clstep_safetensors *file, const clstep__dialect *dialect,
                                  clstep__report *report);

#endif
