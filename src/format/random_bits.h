/* The random bits of stochastic rounding: a function of key, element and stream, without state. */
#ifndef CLSTEP_FORMAT_RANDOM_BITS_H
#define CLSTEP_FORMAT_RANDOM_BITS_H

#include <stdint.h>

enum { CLSTEP__STREAM_OF_PARAM = 0, CLSTEP__STREAM_OF_STATE = 1 /* and the array's number */ };

/* The key of step t (1 for the first); the kernels get it as a step constant. */
uint64_t clstep__random_key(uint64_t seed, uint64_t t);

/* 32 random bits of an element in that step. If you need fewer, take the upper ones. */
uint32_t clstep__random(uint64_t key, uint64_t element, uint32_t stream);

#endif
