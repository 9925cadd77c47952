/* Counts host allocations and makes a chosen one fail, through the linker's --wrap. */
#include "allocation.h"

#include <stddef.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);

static unsigned long made;
static unsigned long failing;

unsigned long allocations(void)
{
    return made;
}

void allocation_fail(unsigned long nth)
{
    failing = nth;
}

void *__wrap_malloc(size_t size)
{
    made++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    made++;
    if (failing && --failing == 0)
        return NULL;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    made++;
    return __real_realloc(memory, size);
}
