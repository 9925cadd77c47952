/*
 * 8-bit block state.
 */
#ifndef CLSTEP_ABI_BLOCK8_H
#define CLSTEP_ABI_BLOCK8_H

/* Elements of a block, which share a scale. With 8-bit state or random bits, chunks begin at
 * multiples of it in the tensor. */
#define CLSTEP_BLOCK8_ELEMENTS 128

/* Outliers do not count when a block's scale is chosen: numbers above 2^96 (2^48 in arrays with a
 * sign), and the greatest if it is more than 30 octaves (14 with a sign) above all others. Both as
 * sizes, that is bits without the sign. */
#define CLSTEP_BLOCK8_LIMIT(has_sign) ((has_sign) ? 0x57800000u : 0x6f800000u)
#define CLSTEP_BLOCK8_APART(has_sign) ((has_sign) ? 0x07000000u : 0x0f000000u)

/* Bytes of local memory in which the work-items of a group exchange what they know of their blocks.
 */
#define CLSTEP_BLOCK8_LOCAL(states, group_size)                                                    \
    (((states) > 1 ? 12 * (states) : 16) * (group_size) + 16)

#endif
