#include "base/sized.h"

#include <clstep/status.h>
#include <string.h>

/* More than any struct will ever have: such a size is a struct that was never initialised. */
enum { SIZE_MOST = 4096 };

static size_t size_of(const void *given)
{
    size_t size = 0;
    if (given)
        memcpy(&size, given, sizeof size);
    return size;
}

static bool fits(const void *given, size_t own)
{
    const size_t size = size_of(given);
    return size >= own && size <= SIZE_MOST;
}

bool clstep__sized(const void *given, size_t own)
{
    if (!fits(given, own))
        return false;
    const unsigned char *bytes = given;
    for (size_t i = own; i < size_of(given); i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

bool clstep__sized_clear(void *given, size_t own)
{
    if (!fits(given, own))
        return false;
    memset((unsigned char *)given + sizeof(size_t), 0, size_of(given) - sizeof(size_t));
    return true;
}

void clstep_init(void *value, size_t size)
{
    memset(value, 0, size);
    memcpy(value, &size, sizeof size);
}
