#include "cli/bench_pieces.h"

#include <stdint.h>
#include <stdlib.h>

enum { PAGE = 4096 };

void *bench_pieces_hold(const workplace *place, double bytes)
{
    clstep_device_info info = CLSTEP_DEVICE_INFO_INIT;
    if (clstep_device_describe(place->device, &info) != CLSTEP_OK || !info.unified_memory ||
        bytes >= (double)(SIZE_MAX / 2))
        return NULL;
    const size_t count = (size_t)bytes;
    char *held = malloc(count);
    for (size_t i = 0; held && i < count; i += PAGE)
        ((volatile char *)held)[i] = 1; /* a page is taken when it is written to */
    return held;
}
