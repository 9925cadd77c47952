/* Public structs that begin with their size: copying them in and out. What their fields mean is
 * the business of those who call. */
#include "base/sized.h"

#include <clstep/status.h>
#include <string.h>

/* More than any struct will ever have: such a size is a struct that was never initialised. */
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
    /* where pointers have 32 bits a struct is smaller than its first size on 64-bit systems */
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
