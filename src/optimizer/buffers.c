/* Creates an optimizer's buffers and enqueues their first values. arenas.c has decided where
 * tensors lie in them. */
#include "optimizer/buffers.h"

#include "base/error.h"
#include "base/memory.h"
#include "device/failure.h"
#include "optimizer/getters.h"
#include "optimizer/masters.h"

static const char call[] = "clstep_optimizer_create";

static clstep_status create_buffer(clstep_optimizer *optimizer, cl_mem_flags flags, uint64_t bytes,
                                   void *contents, cl_mem *buffer)
{
    if (bytes > SIZE_MAX)
        return clstep__no_memory(call);
    cl_int code;
    *buffer = clCreateBuffer(optimizer->context, flags, (size_t)bytes, contents, &code);
    if (!*buffer)
        return clstep__cl_failed("clCreateBuffer", code);
    optimizer->device_bytes += bytes;
    return CLSTEP_OK;
}

/* Makes large arrays longer than needed. malloc() places arrays a page plus their size apart, and
 * the size is often a power of two. At some such distances AMD's Zen confuses cache lines when it
 * predicts their way in the L1 cache (by a hash of the address's bits 12 to 27: M. Lipp et al.,
 * Take A Way, 2020). With longer arrays, on two cores of a Zen 4, 64M elements: bf16 6.7 G elements
 * a second instead of 6.0, 8-bit state 5.5 instead of 5.2. Not beyond `most`, the device's largest
 * buffer. */
static uint64_t with_distance(uint64_t bytes, uint64_t most)
{
    const uint64_t longer = bytes + (64 << 10);
    return bytes >= (uint64_t)4 << 20 && longer <= most ? longer : bytes;
}

static uint64_t table_bytes(const clstep_optimizer *optimizer)
{
    return optimizer->table.word_count * sizeof *optimizer->table.words;
}

/* Puts the table behind the first state array, if there is only one arena and it has room. One
 * buffer less makes launches faster: in PoCL 6.0 each takes a quarter of the time of an empty
 * launch. */
static uint64_t with_table(clstep_optimizer *optimizer, uint64_t bytes)
{
    const uint64_t unit = sizeof(clstep_chunk);
    const uint64_t first = (bytes + unit - 1) / unit * unit;
    const uint64_t longer = first + table_bytes(optimizer);
    if (optimizer->plan.arena_count > 1 || longer > optimizer->max_allocation)
        return bytes;
    optimizer->table.first_word = first / sizeof *optimizer->table.words;
    return longer;
}

static clstep_status hold_given(clstep_optimizer *optimizer, size_t arena, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        const cl_mem given = optimizer->given_state[optimizer->plan.arenas[arena].given - 1][k];
        const cl_int code = clRetainMemObject(given);
        if (code != CL_SUCCESS)
            return clstep__cl_failed("clRetainMemObject", code);
        optimizer->arrays[arena][k] = given;
    }
    return CLSTEP_OK;
}

/* An array that is longer than the device's largest buffer belongs to one tensor: tensors share an
 * arena only if they fit. */
static clstep_status check_size(const clstep_optimizer *optimizer, size_t arena,
                                const clstep_array_form *form, uint64_t bytes)
{
    if (bytes <= optimizer->max_allocation)
        return CLSTEP_OK;
    size_t index = 0;
    while (optimizer->tensors[index].count == 0 || optimizer->tensors[index].arena != arena)
        index++;
    const clstep__place at = clstep__tensor_place(optimizer, call, index);
    char where[CLSTEP__WHERE_SIZE];
    clstep__say_where(where, &at);
    return clstep__fail(CLSTEP_UNSUPPORTED, call,
                        "%s: its array %s takes %llu bytes, but the device's largest buffer has "
                        "%llu (CL_DEVICE_MAX_MEM_ALLOC_SIZE); cut the tensor in two at a multiple "
                        "of 128 elements, or choose a state_storage of fewer bits",
                        where, form->name, (unsigned long long)bytes,
                        (unsigned long long)optimizer->max_allocation);
}

static clstep_status create_arrays(clstep_optimizer *optimizer, size_t arena)
{
    const clstep__arena *of = &optimizer->plan.arenas[arena];
    const clstep__kind *kind = &optimizer->kinds[of->kind];
    clstep_array_form arrays[CLSTEP__ARRAYS_MAX];
    const size_t count = clstep__format_arrays(&kind->variant, &kind->format, arrays);
    if (of->given)
        return hold_given(optimizer, arena, count);
    clstep_status status = CLSTEP_OK;
    for (size_t k = 0; status == CLSTEP_OK && k < count; k++) {
        const uint64_t bytes = clstep__array_bytes(&arrays[k], of->elements);
        status = check_size(optimizer, arena, &arrays[k], bytes);
        if (status != CLSTEP_OK)
            return status;
        status = create_buffer(
            optimizer, CL_MEM_READ_WRITE,
            with_distance(k == 0 ? with_table(optimizer, bytes) : bytes, optimizer->max_allocation),
            NULL, &optimizer->arrays[arena][k]);
    }
    return status;
}

clstep_status clstep__buffers_create(clstep_optimizer *optimizer)
{
    clstep__plan *plan = &optimizer->plan;
    optimizer->arrays = clstep__allocate(plan->arena_count, sizeof *optimizer->arrays);
    if (!optimizer->arrays)
        return clstep__no_memory(call);
    if (plan->chunk_count == 0)
        return CLSTEP_OK;
    clstep__table *table = &optimizer->table;
    clstep_status status = create_buffer(optimizer, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR,
                                         table_bytes(optimizer), table->words, &table->own);
    for (size_t a = 0; status == CLSTEP_OK && a < plan->arena_count; a++)
        status = create_arrays(optimizer, a);
    table->buffer = table->first_word ? optimizer->arrays[0][0] : table->own;
    return status;
}

/* ---- first values */

static clstep_status fill_arena(clstep_optimizer *optimizer, size_t arena, clstep__waits *waits)
{
    const clstep__arena *of = &optimizer->plan.arenas[arena];
    const clstep__kind *kind = &optimizer->kinds[of->kind];
    clstep_array_form arrays[CLSTEP__ARRAYS_MAX];
    const size_t count = clstep__format_arrays(&kind->variant, &kind->format, arrays);
    const size_t states = clstep__variant_states(&kind->variant);
    for (size_t k = 0; !of->given && k < count; k++) {
        clstep__first_value value;
        const bool is_first = k == 0 || (k == states && arrays[k].per > 1); /* or its scales */
        clstep__format_first(&arrays[k], is_first ? kind->initial : 0, &value);
        clstep_status status = clstep__events_next(&optimizer->events, call, waits);
        if (status != CLSTEP_OK)
            return status;
        cl_event event = NULL;
        const cl_int code =
            clEnqueueFillBuffer(optimizer->events.queue, optimizer->arrays[arena][k], value.bytes,
                                clstep_dtype_size(arrays[k].dtype), 0,
                                (size_t)clstep__array_bytes(&arrays[k], of->elements), waits->count,
                                waits->list, &event);
        if (code != CL_SUCCESS)
            return clstep__cl_failed("clEnqueueFillBuffer", code);
        clstep__events_add(&optimizer->events, waits, event);
    }
    return CLSTEP_OK;
}

/* Copies the table to its place behind the state. The driver keeps the old buffer until then. */
static clstep_status place_table(clstep_optimizer *optimizer, clstep__waits *waits)
{
    clstep__table *table = &optimizer->table;
    if (table->first_word == 0)
        return CLSTEP_OK;
    clstep_status status = clstep__events_next(&optimizer->events, call, waits);
    if (status != CLSTEP_OK)
        return status;
    cl_event event = NULL;
    const cl_int code =
        clEnqueueCopyBuffer(optimizer->events.queue, table->own, table->buffer, 0,
                            (size_t)table->first_word * sizeof *table->words,
                            (size_t)table_bytes(optimizer), waits->count, waits->list, &event);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clEnqueueCopyBuffer", code);
    clstep__events_add(&optimizer->events, waits, event);
    clReleaseMemObject(table->own);
    table->own = NULL;
    optimizer->device_bytes -= table_bytes(optimizer);
    return CLSTEP_OK;
}

/* Enqueues an upload of nothing: some drivers compile a kernel when it is first enqueued, and a
 * step must not compile. */
static clstep_status try_upload(clstep_optimizer *optimizer, clstep__waits *waits)
{
    clstep__table *table = &optimizer->table;
    const size_t one = 1;
    if (!table->upload)
        return CLSTEP_OK;
    cl_int code = clSetKernelArg(table->upload, 1, sizeof table->piece, &table->piece);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clSetKernelArg", code);
    clstep_status status = clstep__events_next(&optimizer->events, call, waits);
    if (status != CLSTEP_OK)
        return status;
    cl_event event = NULL;
    code = clEnqueueNDRangeKernel(optimizer->events.queue, table->upload, 1, NULL, &one, &one,
                                  waits->count, waits->list, &event);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clEnqueueNDRangeKernel", code);
    clstep__events_add(&optimizer->events, waits, event);
    return CLSTEP_OK;
}

clstep_status clstep__buffers_fill(clstep_optimizer *optimizer, clstep_engine *engine,
                                   cl_event *event)
{
    clstep__waits waits = {0};
    clstep__events *events = &optimizer->events;
    clstep_status status = CLSTEP_OK;
    for (size_t a = 0; status == CLSTEP_OK && a < optimizer->plan.arena_count; a++)
        status = fill_arena(optimizer, a, &waits);
    if (status == CLSTEP_OK)
        status = place_table(optimizer, &waits);
    if (status == CLSTEP_OK)
        status = clstep__masters_begin(optimizer, engine, &waits);
    if (status == CLSTEP_OK)
        status = try_upload(optimizer, &waits);
    if (status == CLSTEP_OK && event && events->held_count == 0)
        status = clstep__events_marker(events, call, &waits);
    if (status == CLSTEP_OK)
        status = clstep__events_first_values(events);
    if (status == CLSTEP_OK && event)
        status = clstep__events_last(events, event);
    return status;
}

void clstep__buffers_release(clstep_optimizer *optimizer)
{
    if (optimizer->table.own)
        clReleaseMemObject(optimizer->table.own);
    if (!optimizer->arrays)
        return;
    for (size_t a = 0; a < optimizer->plan.arena_count; a++) {
        for (size_t k = 0; k < CLSTEP__ARRAYS_MAX; k++) {
            if (optimizer->arrays[a][k])
                clReleaseMemObject(optimizer->arrays[a][k]);
        }
    }
}
