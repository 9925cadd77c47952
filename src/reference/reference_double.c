/* The scalar reference in fp64: the same text in another type. */
#define CLSTEP__REAL_IS_DOUBLE
#include "reference/reference.c"
#include "reference/rmsprop.c"
#include "reference/rmsprop_plain.c"
