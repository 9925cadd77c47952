#include "optimizer/keeper.h"

#include "base/memory.h"

#include <stdatomic.h>

struct clstep__keeper {
    atomic_size_t awaited; /* events, and one while they are being counted */
    size_t count;
    cl_mem *buffers;
};

clstep__keeper *clstep__keeper_make(size_t most)
{
    clstep__keeper *keeper = clstep__allocate(1, sizeof *keeper);
    if (!keeper)
        return NULL;
    keeper->buffers = clstep__allocate(most, sizeof *keeper->buffers);
    if (!keeper->buffers) {
        clstep__free(keeper);
        return NULL;
    }
    return keeper;
}

void clstep__keeper_take(clstep__keeper *keeper, cl_mem buffer)
{
    keeper->buffers[keeper->count++] = buffer;
}

static void count_down(clstep__keeper *keeper)
{
    if (atomic_fetch_sub(&keeper->awaited, 1) > 1)
        return;
    for (size_t i = 0; i < keeper->count; i++)
        clReleaseMemObject(keeper->buffers[i]);
    clstep__free(keeper->buffers);
    clstep__free(keeper);
}

static void CL_CALLBACK on_complete(cl_event event, cl_int status, void *keeper)
{
    (void)event;
    (void)status;
    count_down(keeper);
}

void clstep__keeper_leave(clstep__keeper *keeper, size_t count, const cl_event *events)
{
    atomic_init(&keeper->awaited, count + 1);
    for (size_t i = 0; i < count; i++) {
        if (clSetEventCallback(events[i], CL_COMPLETE, on_complete, keeper) != CL_SUCCESS)
            count_down(keeper);
    }
    count_down(keeper);
}
