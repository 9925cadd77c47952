/* Growing arrays. */
#ifndef CLSTEP_SAFETENSORS_GROW_H
#define CLSTEP_SAFETENSORS_GROW_H

#include <stddef.h>

/* Returns the array of `count` elements with room for one more; NULL if the host is out of memory,
 * and the old array is unchanged. Start with NULL and *room 0. Free it by clstep__free(). */
void *clstep__grown(void *array, size_t *room, size_t count, size_t size);

#endif
