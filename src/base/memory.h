/* The only place that allocates host memory. */
#ifndef CLSTEP_BASE_MEMORY_H
#define CLSTEP_BASE_MEMORY_H

#include <stddef.h>

/* Allocates `count` elements of `size` bytes, all 0. NULL if the host is out of memory or the
 * product overflows; not NULL for a count of 0. Free it by clstep__free(). */
void *clstep__allocate(size_t count, size_t size);
void clstep__free(void *memory);

#endif
