/* Copies arrays between device and host in large runs. With one blocking read for each array,
 * 200,000 tensors took 30 s. save.c and load.c deal with the contents. */
#include "checkpoint/window.h"

#include "base/memory.h"
#include "checkpoint/checkpoint.h"
#include "safetensors/error.h"

#include <stdlib.h>

/* Gaps: between neighbouring state arrays lie the ends of blocks of 128 elements. */
enum { PIECES_MOST = 8192, GAP_MOST = 512, ALIGNMENT = 8 };

clstep_status clstep__window_open(clstep__window *window, const char *call, cl_command_queue queue,
                                  clstep__window_visitor full, void *context)
{
    *window = (clstep__window){.call = call, .queue = queue, .full = full, .context = context};
    window->pieces = clstep__allocate(PIECES_MOST, sizeof *window->pieces);
    window->sorted = clstep__allocate(PIECES_MOST, sizeof *window->sorted);
    window->events = clstep__allocate(PIECES_MOST, sizeof *window->events);
    window->memory = clstep__allocate(CLSTEP__PIECE + (size_t)PIECES_MOST * GAP_MOST, 1);
    if (window->pieces && window->sorted && window->events && window->memory)
        return CLSTEP_OK;
    return clstep__store_no_memory(call);
}

void clstep__window_close(clstep__window *window)
{
    clstep__free(window->pieces);
    clstep__free(window->sorted);
    clstep__free(window->events);
    clstep__free(window->memory);
    *window = (clstep__window){0};
}

clstep_status clstep__window_end(clstep__window *window)
{
    const clstep_status status = window->count ? window->full(window, window->context) : CLSTEP_OK;
    window->count = 0;
    window->bytes = 0;
    return status;
}

clstep_status clstep__window_add(clstep__window *window, const clstep__array *array,
                                 const clstep__source *source)
{
    const size_t size = clstep_dtype_size(array->dtype);
    clstep_status status = CLSTEP_OK;
    for (uint64_t first = 0; status == CLSTEP_OK && first < array->count;) {
        const size_t room = (CLSTEP__PIECE - window->bytes) / size;
        const uint64_t left = array->count - first;
        /* cut an array only if it does not fit into an empty window, so that blocks stay whole */
        const bool cut = left > room && left > CLSTEP__PIECE / size;
        if (window->count == PIECES_MOST || (left > room && (!cut || window->bytes > 0))) {
            status = clstep__window_end(window);
            continue;
        }
        const size_t count = (size_t)(left < room ? left : room);
        window->pieces[window->count++] = (clstep__piece){.name = array->name,
                                                          .state = array->state,
                                                          .dtype = array->dtype,
                                                          .source = *source,
                                                          .first = first,
                                                          .count = count,
                                                          .bytes = count * size,
                                                          .buffer = array->buffer,
                                                          .offset = (array->offset + first) * size};
        window->bytes += count * size;
        first += count;
    }
    return status;
}

/* ---- runs */

static int compare(const void *a, const void *b)
{
    const clstep__piece *x = *(clstep__piece *const *)a, *y = *(clstep__piece *const *)b;
    if (x->buffer != y->buffer)
        return (uintptr_t)x->buffer < (uintptr_t)y->buffer ? -1 : 1;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

void clstep__window_place(clstep__window *window, size_t gap)
{
    unsigned char *next = window->memory;
    for (size_t i = 0; i < window->count; i++)
        window->sorted[i] = &window->pieces[i];
    qsort(window->sorted, window->count, sizeof *window->sorted, compare);
    for (size_t i = 0; i < window->count; i++) {
        clstep__piece *piece = window->sorted[i];
        const clstep__piece *before = i ? window->sorted[i - 1] : NULL;
        if (before && before->buffer == piece->buffer &&
            piece->offset - (before->offset + before->bytes) <= gap)
            next += piece->offset - (before->offset + before->bytes);
        else
            next += (ALIGNMENT - (uintptr_t)next % ALIGNMENT) % ALIGNMENT;
        piece->memory = next;
        next += piece->bytes;
    }
}

/* The end of the run that begins at `begin`. In a run the pieces have the same distances on the
 * host and on the device. */
static size_t end_of_run(const clstep__window *window, size_t begin)
{
    size_t end = begin + 1;
    for (; end < window->count; end++) {
        const clstep__piece *a = window->sorted[end - 1], *b = window->sorted[end];
        if (a->buffer != b->buffer || b->offset < a->offset + a->bytes ||
            b->offset - a->offset != (uint64_t)(b->memory - a->memory))
            break;
    }
    return end;
}

static cl_int enqueue(const clstep__window *window, size_t begin, size_t end, bool write,
                      cl_event *event)
{
    const clstep__piece *first = window->sorted[begin], *last = window->sorted[end - 1];
    const size_t bytes = (size_t)(last->offset - first->offset) + last->bytes;
    if (write)
        return clEnqueueWriteBuffer(window->queue, first->buffer, CL_FALSE, (size_t)first->offset,
                                    bytes, first->memory, 0, NULL, event);
    return clEnqueueReadBuffer(window->queue, first->buffer, CL_FALSE, (size_t)first->offset, bytes,
                               first->memory, 0, NULL, event);
}

/* Waits. Afterwards nothing runs any more, also after a failure. */
static clstep_status wait_for(const clstep__window *window, size_t count)
{
    const cl_int code = count ? clWaitForEvents((cl_uint)count, window->events) : CL_SUCCESS;
    if (code != CL_SUCCESS)
        clFinish(window->queue);
    for (size_t i = 0; i < count; i++)
        clReleaseEvent(window->events[i]);
    if (code == CL_SUCCESS)
        return CLSTEP_OK;
    return clstep__store_opencl("clWaitForEvents", code,
                                "the state could not be copied between device and host");
}

/* Refuses a queue of another context. Drivers report that in different ways, and some do not. */
static clstep_status check_queue(const clstep__window *window, cl_mem buffer)
{
    cl_context of_queue = NULL, of_buffer = NULL;
    cl_int code =
        clGetCommandQueueInfo(window->queue, CL_QUEUE_CONTEXT, sizeof of_queue, &of_queue, NULL);
    if (code == CL_SUCCESS)
        code = clGetMemObjectInfo(buffer, CL_MEM_CONTEXT, sizeof of_buffer, &of_buffer, NULL);
    if (code != CL_SUCCESS)
        return clstep__store_opencl("clGetCommandQueueInfo or clGetMemObjectInfo", code,
                                    "the driver does not tell the context of queue");
    if (of_queue == of_buffer)
        return CLSTEP_OK;
    return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, window->call,
                              "queue belongs to another context than the optimizer's buffers; make "
                              "one for their context");
}

static clstep_status move(clstep__window *window, bool write)
{
    cl_int code = CL_SUCCESS;
    if (window->commands == 0) {
        const clstep_status status = check_queue(window, window->pieces[0].buffer);
        if (status != CLSTEP_OK)
            return status;
    }
    size_t count = 0;
    for (size_t begin = 0, end; code == CL_SUCCESS && begin < window->count; begin = end) {
        end = end_of_run(window, begin);
        code = enqueue(window, begin, end, write, &window->events[count]);
        count += code == CL_SUCCESS;
    }
    window->commands += count;
    const clstep_status status = wait_for(window, count);
    if (code == CL_SUCCESS)
        return status;
    return clstep__store_opencl(write ? "clEnqueueWriteBuffer" : "clEnqueueReadBuffer", code,
                                write ? "the state could not be written to the device"
                                      : "the state could not be read from the device");
}

clstep_status clstep__window_read(clstep__window *window)
{
    clstep__window_place(window, GAP_MOST);
    return move(window, false);
}

clstep_status clstep__window_write(clstep__window *window)
{
    return move(window, true);
}

clstep_status clstep__window_read_buffer(const clstep__window *window, cl_mem buffer,
                                         uint64_t offset, size_t bytes, void *to)
{
    clstep_status status = window->commands == 0 ? check_queue(window, buffer) : CLSTEP_OK;
    if (status != CLSTEP_OK)
        return status;
    const cl_int code = clEnqueueReadBuffer(window->queue, buffer, CL_TRUE, (size_t)offset, bytes,
                                            to, 0, NULL, NULL);
    return code == CL_SUCCESS
               ? CLSTEP_OK
               : clstep__store_opencl("clEnqueueReadBuffer", code,
                                      "parameters could not be read from the device");
}
