/* Structs that begin with their size and grow at the end. */
#ifndef CLSTEP_BASE_SIZED_H
#define CLSTEP_BASE_SIZED_H

#include <stdbool.h>
#include <stddef.h>

/* Whether `given` can be read as a struct of `own` bytes: it is at least as long as that, and what
 * a newer header has added to it is 0, which means default. NULL cannot. */
bool clstep__sized(const void *given, size_t own);

/* Whether `given` can be written as one: `*given` is cleared behind its size, which stays. */
bool clstep__sized_clear(void *given, size_t own);

#endif
