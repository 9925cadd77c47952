#include "cli/bench/pieces.h"

#include <stdlib.h>
#include <unistd.h>

/* Beside what is held come the buffers, which are as many bytes. */
enum { PAGE = 4096, OF_DEVICE = 4, OF_FREE = 3 };

static double free_memory(void)
{
    return (double)sysconf(_SC_AVPHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
}

void *bench_pieces_hold(const workplace *place, double bytes)
{
    clstep_device_info info = CLSTEP_DEVICE_INFO_INIT;
    if (clstep_device_describe(place->device, &info) != CLSTEP_OK || !info.unified_memory ||
        OF_DEVICE * bytes > (double)info.global_memory || OF_FREE * bytes > free_memory())
        return NULL;
    const size_t count = (size_t)bytes;
    char *held = malloc(count);
    for (size_t i = 0; held && i < count; i += PAGE)
        ((volatile char *)held)[i] = 1; /* a page is taken when it is written to */
    return held;
}
