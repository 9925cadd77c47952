/*
 * 8-bit state: CLSTEP_BLOCK8_ELEMENTS numbers with a common scale. The twin of kernels/block*.clh;
 * docs/low-precision.md tells the format.
 */
#ifndef CLSTEP_FORMAT_BLOCK8_H
#define CLSTEP_FORMAT_BLOCK8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The numbers of `count` codes, at most CLSTEP_BLOCK8_ELEMENTS, of one scale. */
void clstep__decode_block(const uint8_t *codes, uint32_t scale, bool with_sign, size_t count,
                          float *numbers);

/* The codes of `count` numbers and their scale, which is returned. `random` has 32 bits for each;
 * all 0x80000000 rounds to nearest. */
uint32_t clstep__encode_block(const float *numbers, bool with_sign, size_t count,
                              const uint32_t *random, uint8_t *codes);

#endif
