/* Arrays that grow by one element. */
#ifndef CLSTEP_SAFETENSORS_GROW_H
#define CLSTEP_SAFETENSORS_GROW_H

#include <stddef.h>

/* The array of `count` elements with room for one more; NULL, and the old one untouched, where
 * memory is out. Starts from NULL with *room 0; freed by clstep__free(). */
void *clstep__grown(void *array, size_t *room, size_t count, size_t size);

#endif
