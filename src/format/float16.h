/*
 * fp16 and what rounding to it leaves: the twin, element by element, of
 * kernels/update/float16.clh. docs/low-precision.md tells the formats.
 */
#ifndef CLSTEP_FORMAT_FLOAT16_H
#define CLSTEP_FORMAT_FLOAT16_H

#include <stdint.h>

/* To nearest, ties to even; NaN becomes a quiet NaN. */
uint16_t clstep__to_half(float x);

/* Up or down by the upper 16 bits of `random`. */
uint16_t clstep__to_half_by(float x, uint32_t random);

float clstep__from_half(uint16_t x);

/* To nearest, ties away from zero, and 16 bits more. */
uint16_t clstep__split_half(float x, uint16_t *rest);
float clstep__join_half(uint16_t x, uint16_t rest);

#endif
