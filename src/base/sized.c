/* Copies public structs that begin with their size in and out. It does not look at other fields. */
#include "base/sized.h"

#include <clstep/status.h>
#include <string.h>

/* No struct will ever have more bytes; a larger size means that it was not initialised. */
enum { SIZE_MOST = 4096 };

static size_t size_of(const void *given)
{
    size_t size;
    memcpy(&size, given, sizeof size);
    return size;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

bool clstep__struct_fits(const void *given, size_t size, size_t first)
{
    /* with 32-bit pointers a struct is smaller than its first size, which is that of 64 bits */
    return given && size_of(given) >= smaller(first, size) && size_of(given) <= SIZE_MOST;
}

bool clstep__struct_read(void *own, const void *given, size_t size, size_t first)
{
    if (!clstep__struct_fits(given, size, first))
        return false;
    const unsigned char *bytes = given;
    for (size_t i = size; i < size_of(given); i++) {
        if (bytes[i] != 0)
            return false;
    }
    memset(own, 0, size);
    memcpy(own, given, smaller(size_of(given), size));
    memcpy(own, &size, sizeof size);
    return true;
}

void clstep__struct_write(void *given, const void *own, size_t size)
{
    const size_t room = size_of(given), filled = smaller(room, size);
    unsigned char *bytes = given;
    memcpy(bytes + sizeof size, (const unsigned char *)own + sizeof size, filled - sizeof size);
    memset(bytes + filled, 0, room - filled);
}

void clstep_init(void *value, size_t size)
{
    memset(value, 0, size);
    memcpy(value, &size, sizeof size);
}
