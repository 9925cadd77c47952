/* The numbers of a step in fp64: the same text in another type. */
#define CLSTEP__REAL_IS_DOUBLE
#include "rule/step_constants.c"
