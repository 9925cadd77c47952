/* Which bytes of a tensor have been written: ranges that do not touch one another, in order. */
#ifndef CLSTEP_SAFETENSORS_RANGES_H
#define CLSTEP_SAFETENSORS_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct clstep__range {
    uint64_t begin;
    uint64_t end;
} clstep__range;

/* Starts as {0}. Writing from front to back needs one range, which lies here. */
typedef struct clstep__ranges {
    clstep__range one;
    clstep__range *many; /* NULL as long as one is enough */
    size_t count;
    size_t room;
} clstep__ranges;

/* The first range that has bytes of `added` too; NULL where all of these are new. */
const clstep__range *clstep__ranges_overlap(const clstep__ranges *ranges, clstep__range added);

/* Adds a range that overlaps none. False where memory is out; then nothing has changed. */
bool clstep__ranges_add(clstep__ranges *ranges, clstep__range added);

/* Whether the bytes from 0 to `size` are all there. */
bool clstep__ranges_cover(const clstep__ranges *ranges, uint64_t size);

/* How many bytes there are. */
uint64_t clstep__ranges_bytes(const clstep__ranges *ranges);

void clstep__ranges_free(clstep__ranges *ranges);

#endif
