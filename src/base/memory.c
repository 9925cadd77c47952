/* The one place that allocates host memory, so that tests can make each allocation fail. */
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>

void *clstep__allocate(size_t count, size_t size)
{
    if (count > SIZE_MAX / 2 / size) /* where calloc returns NULL, sanitizers abort */
        return NULL;
    return calloc(count ? count : 1, size);
}

void clstep__free(void *memory)
{
    free(memory);
}
