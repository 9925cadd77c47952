/* A seeded generator: the same numbers on every machine. */
#ifndef CLSTEP_CLI_TRAIN_RANDOM_H
#define CLSTEP_CLI_TRAIN_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* SplitMix64 (G. Steele, D. Lea, C. Flood, OOPSLA 2014). */
typedef struct random_stream {
    uint64_t state;
} random_stream;

/* Streams of one seed and different purposes are independent of each other. */
random_stream random_start(uint64_t seed, uint64_t purpose);
uint64_t random_next(random_stream *stream);
/* In [0, 1), a multiple of 2^-24, so that float holds it exactly. */
float random_unit(random_stream *stream);
/* Every number below `limit` equally often; `limit` > 0. */
uint64_t random_below(random_stream *stream, uint64_t limit);
/* Fisher-Yates. */
void random_shuffle(random_stream *stream, uint32_t *items, size_t count);

#endif
