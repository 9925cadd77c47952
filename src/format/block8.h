/*
 * 8-bit block state: CLSTEP_BLOCK8_ELEMENTS codes with one scale, with the bits of kernels/block8.
 * docs/low-precision.md defines the format.
 */
#ifndef CLSTEP_FORMAT_BLOCK8_H
#define CLSTEP_FORMAT_BLOCK8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes a block: `count` codes, at most CLSTEP_BLOCK8_ELEMENTS, with one scale. */
void clstep__decode_block(const uint8_t *codes, uint32_t scale, bool with_sign, size_t count,
                          float *numbers);

/* Encodes a block of `count` numbers and returns its scale. `random` has 32 bits for each number;
 * 0x80000000 rounds to nearest. */
uint32_t clstep__encode_block(const float *numbers, bool with_sign, size_t count,
                              const uint32_t *random, uint8_t *codes);

#endif
