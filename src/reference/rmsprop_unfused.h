/* RMSprop of the frameworks that fuse nothing. */
#ifndef CLSTEP_REFERENCE_RMSPROP_UNFUSED_H
#define CLSTEP_REFERENCE_RMSPROP_UNFUSED_H

#include "reference/rmsprop_parts.h"

/* Updates the element. False if the rounding profile is not one of these frameworks. */
bool REAL_NAME(clstep__reference_unfused)(clstep__element *e);

#endif
