/*
 * 8-bit block state.
 */
#ifndef CLSTEP_ABI_BLOCK8_H
#define CLSTEP_ABI_BLOCK8_H

/* Elements that share a scale. Chunks begin at multiples of it in the tensor where random bits are
 * drawn or state has 8 bits. */
#define CLSTEP_BLOCK8_ELEMENTS 128

/* The sizes (bits without sign) of numbers in blocks that have no say in the scale: those above
 * 2^96, or 2^48 of what has a sign, and the greatest where it is more than 30 octaves, or 14, above
 * all others. */
#define CLSTEP_BLOCK8_LIMIT(has_sign) ((has_sign) ? 0x57800000u : 0x6f800000u)
#define CLSTEP_BLOCK8_APART(has_sign) ((has_sign) ? 0x07000000u : 0x0f000000u)

/* Bytes of local memory in which the work-items of a group tell each other of their blocks. */
#define CLSTEP_BLOCK8_LOCAL(states, group_size)                                                    \
    (((states) > 1 ? 12 * (states) : 16) * (group_size) + 16)

#endif
