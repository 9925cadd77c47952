/*
 * fp16 and its residual, one element at a time, with the bits of kernels/update/float16.clh.
 * docs/low-precision.md defines the formats.
 */
#ifndef CLSTEP_FORMAT_FLOAT16_H
#define CLSTEP_FORMAT_FLOAT16_H

#include <stdint.h>

/* To nearest, ties to even; NaN becomes a quiet NaN. */
uint16_t clstep__to_half(float x);

/* Stochastic rounding by the upper 16 bits of `random`. */
uint16_t clstep__to_half_by(float x, uint32_t random);

float clstep__from_half(uint16_t x);

/* Splits a number into fp16, to nearest with ties away from zero, and a residual of 16 bits; and
 * joins the two again. */
uint16_t clstep__split_half(float x, uint16_t *rest);
float clstep__join_half(uint16_t x, uint16_t rest);

#endif
