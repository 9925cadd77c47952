/* RMSprop of the frameworks that fuse nothing. */
#ifndef CLSTEP_REFERENCE_RMSPROP_PLAIN_H
#define CLSTEP_REFERENCE_RMSPROP_PLAIN_H

#include "reference/rmsprop_parts.h"

/* Updates the element; false for a rounding profile of another framework. */
bool REAL_NAME(clstep__reference_plain)(clstep__element *e);

#endif
