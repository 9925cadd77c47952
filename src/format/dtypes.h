/* What the library alone needs to know of dtypes. */
#ifndef CLSTEP_FORMAT_DTYPES_H
#define CLSTEP_FORMAT_DTYPES_H

#include <clstep/rule.h>
#include <stdbool.h>

/* Whether it is bf16 or fp16, which are computed in fp32. */
bool clstep__has_16_bits(int32_t dtype);

#endif
