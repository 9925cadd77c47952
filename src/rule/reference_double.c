/* The scalar reference in fp64: the same text in another type. */
#define CLSTEP__REAL_IS_DOUBLE
#include "rule/reference.c"
#include "rule/reference_plain.c"
#include "rule/reference_rmsprop.c"
