/* Finds the arrays of a source. */
#ifndef CLSTEP_CONVERT_ARRAYS_H
#define CLSTEP_CONVERT_ARRAYS_H

#include "convert/source.h"

/* Finds the arrays of every tensor and marks them in `used`. */
clstep_status clstep__source_find_arrays(clstep__source *source, bool *used);

#endif
