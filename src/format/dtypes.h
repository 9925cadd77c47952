/* Dtypes, beside what clstep_dtype_describe() tells of them. */
#ifndef CLSTEP_FORMAT_DTYPES_H
#define CLSTEP_FORMAT_DTYPES_H

#include <clstep/rule.h>
#include <stdbool.h>

/* A parameter's format of 16 bits, which is computed in fp32. */
bool clstep__has_16_bits(int32_t dtype);

#endif
