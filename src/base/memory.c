/* calloc() with a check of the product, which the tests make fail. */
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>

void *clstep__allocate(size_t count, size_t size)
{
    if (count > SIZE_MAX / 2 / size) /* sanitizers abort where calloc would say no */
        return NULL;
    return calloc(count ? count : 1, size);
}

void clstep__free(void *memory)
{
    free(memory);
}
