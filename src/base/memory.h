/* The only place that allocates host memory. */
#ifndef CLSTEP_BASE_MEMORY_H
#define CLSTEP_BASE_MEMORY_H

#include <stddef.h>

/* `count` zeroed elements of `size` bytes, NULL where memory or the product overflows; never NULL
 * for a count of 0. Freed by clstep__free(). */
void *clstep__allocate(size_t count, size_t size);
void clstep__free(void *memory);

#endif
