/* The bits of fp32 numbers, and residuals as signed numbers. */
#ifndef CLSTEP_FORMAT_BITS_H
#define CLSTEP_FORMAT_BITS_H

#include <stdint.h>

uint32_t clstep__bits_of(float x);
float clstep__float_of(uint32_t bits);

/* The signed number in the 16 bits of `rest` (two's complement). */
int32_t clstep__signed16(uint16_t rest);

#endif
