/*
 * The type `real` of files that are compiled twice (src/reference): float, or double with
 * CLSTEP__REAL_IS_DOUBLE, which the Makefile defines for the second object. Other folders must not
 * include it, directly or through a header.
 */
#ifndef CLSTEP_BASE_REAL_H
#define CLSTEP_BASE_REAL_H

#include <math.h>

#ifdef __FAST_MATH__
#error "clstep promises bits; build it without -ffast-math"
#endif

#ifdef CLSTEP__REAL_IS_DOUBLE
typedef double real;
#define REAL_NAME(name) name##_double
#define real_fma        fma
#define real_sqrt       sqrt
#define real_pow        pow
#else
typedef float real;
#define REAL_NAME(name) name
#define real_fma        fmaf
#define real_sqrt       sqrtf
#define real_pow        powf
#endif

#endif
