/* The bytes of a tensor that have been written: sorted ranges that do not touch each other. */
#ifndef CLSTEP_SAFETENSORS_RANGES_H
#define CLSTEP_SAFETENSORS_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct clstep__range {
    uint64_t begin;
    uint64_t end;
} clstep__range;

/* Starts as {0}. Writing from front to back needs one range only, which lies here. */
typedef struct clstep__ranges {
    clstep__range one;
    clstep__range *many; /* NULL as long as one range is enough */
    size_t count;
    size_t room;
} clstep__ranges;

/* The first range that shares bytes with `added`; NULL if all of them are new. */
const clstep__range *clstep__ranges_overlap(const clstep__ranges *ranges, clstep__range added);

/* Adds a range that overlaps no other. False if the host is out of memory; nothing has changed
 * then.
 */
bool clstep__ranges_add(clstep__ranges *ranges, clstep__range added);

/* Whether all bytes from 0 to `size` are there. */
bool clstep__ranges_cover(const clstep__ranges *ranges, uint64_t size);

/* The number of bytes. */
uint64_t clstep__ranges_bytes(const clstep__ranges *ranges);

void clstep__ranges_free(clstep__ranges *ranges);

#endif
