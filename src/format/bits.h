/* The bits of fp32 numbers, and residuals with their signs. */
#ifndef CLSTEP_FORMAT_BITS_H
#define CLSTEP_FORMAT_BITS_H

#include <stdint.h>

uint32_t clstep__bits_of(float x);
float clstep__float_of(uint32_t bits);

/* The number of 16 bits and a sign that is stored as `rest`. */
int32_t clstep__signed16(uint16_t rest);

#endif
