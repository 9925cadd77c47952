/* Random bits from a counter, as the kernels draw them. */
#ifndef CLSTEP_FORMAT_RANDOM_BITS_H
#define CLSTEP_FORMAT_RANDOM_BITS_H

#include <stdint.h>

enum { CLSTEP__STREAM_OF_PARAM = 0, CLSTEP__STREAM_OF_STATE = 1 /* and the array's number */ };

/* The key of step t (1 for the first), which the kernels are given. */
uint64_t clstep__random_key(uint64_t seed, uint64_t t);

/* 32 bits for an element in that step; where fewer are wanted, take the upper ones. */
uint32_t clstep__random(uint64_t key, uint64_t element, uint32_t stream);

#endif
