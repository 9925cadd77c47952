/* Growing arrays. Each time they become half as large again. */
#include "safetensors/grow.h"

#include "base/memory.h"

#include <string.h>

void *clstep__grown(void *array, size_t *room, size_t count, size_t size)
{
    if (count < *room)
        return array;
    const size_t wanted = *room ? *room + *room / 2 + 1 : 16;
    void *larger = clstep__allocate(wanted, size);
    if (!larger)
        return NULL;
    if (count)
        memcpy(larger, array, count * size);
    clstep__free(array);
    *room = wanted;
    return larger;
}
