/* A seeded generator of test numbers: SplitMix64 (G. Steele, D. Lea, C. Flood, OOPSLA 2014). The
 * random bits of stochastic rounding are those of format/random_bits.h. */
#ifndef CLSTEP_BASE_RANDOM_H
#define CLSTEP_BASE_RANDOM_H

#include <stdint.h>

/* The next 64 bits. Start `seed` with any number. */
uint64_t clstep__random_next(uint64_t *seed);

#endif
