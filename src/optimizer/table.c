/* The host's copy of the device's table, and uploads of what has changed. buffers.c creates the
 * buffer, step.c enqueues the uploads. */
#include "optimizer/table.h"

#include "abi/control.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "device/failure.h"

#include <stdbool.h>
#include <string.h>

_Static_assert(sizeof(clstep__constants_float) == 72, "the kernel has constants of 72 bytes");
_Static_assert(sizeof(clstep__constants_double) == 136, "the kernel has constants of 136 bytes");
_Static_assert(sizeof(clstep_upload_words) + sizeof(cl_mem) <= 1024, "arguments are too long");

enum { WORD = sizeof(uint32_t) };

clstep_status clstep__table_make(clstep__table *table, const clstep__plan *plan,
                                 const clstep__table_room *room)
{
    const uint64_t in_chunk = sizeof(clstep_chunk) / WORD;
    const uint64_t chunks = plan->chunk_room, leaves = plan->leaf_count;
    table->leaves = chunks * in_chunk;
    const uint64_t decided = room->counted > 0 ? sizeof(clstep_decided) / WORD : 0;
    table->floats = table->leaves + leaves * in_chunk + decided;
    table->doubles = table->floats + room->floats * (sizeof(clstep__constants_float) / WORD);
    table->rows = table->doubles + room->doubles * (sizeof(clstep__constants_double) / WORD);
    const uint64_t rows = room->counted > 0 ? room->floats : 0;
    table->absent = table->rows + rows * (sizeof(clstep_count_row) / WORD);
    table->sums = table->absent + clstep__round_up(room->counted, 64) / 32;
    table->norm = table->sums + 2 * leaves;
    table->counts = table->norm + (leaves > 0 ? 2 : 0);
    table->word_count = table->counts + (room->counted > 0 ? 2 * room->counted + 4 : 0);
    table->words =
        table->word_count > UINT32_MAX ? NULL : clstep__allocate((size_t)table->word_count, WORD);
    if (!table->words)
        return clstep__fail(CLSTEP_OUT_OF_MEMORY, "clstep_optimizer_create",
                            "the host is out of memory for a table of %llu chunk%s",
                            (unsigned long long)chunks, clstep__plural(chunks));
    memcpy(table->words, plan->chunks, (size_t)plan->chunk_count * sizeof *plan->chunks);
    memcpy(table->words + table->leaves, plan->leaves, (size_t)leaves * sizeof *plan->leaves);
    return CLSTEP_OK;
}

void clstep__table_free(clstep__table *table)
{
    clstep__free(table->words);
    table->words = NULL;
}

clstep_status clstep__table_flush(clstep__table *table, clstep__enqueue enqueue, void *commands)
{
    clstep_upload_words *piece = &table->piece;
    if (piece->count == 0)
        return CLSTEP_OK;
    piece->first = table->first_word;
    const cl_int code = clSetKernelArg(table->upload, 1, sizeof *piece, piece);
    clstep_status status = code == CL_SUCCESS ? enqueue(commands, table->upload)
                                              : clstep__cl_failed("clSetKernelArg", code);
    clstep__table_conclude(table, status == CLSTEP_OK);
    return status;
}

/* Words that were not uploaded still differ. */
void clstep__table_conclude(clstep__table *table, int is_done)
{
    const clstep_upload_words *piece = &table->piece;
    for (uint32_t i = 0; is_done && i < piece->count; i++)
        table->words[piece->of[i].place] = piece->of[i].word;
    table->piece.count = 0;
}

clstep_status clstep__table_write(clstep__table *table, uint64_t place, const void *words,
                                  size_t count, clstep__enqueue enqueue, void *commands)
{
    clstep_upload_words *piece = &table->piece;
    for (size_t i = 0; i < count; i++) {
        uint32_t word;
        memcpy(&word, (const char *)words + i * WORD, WORD);
        if (word == table->words[place + i])
            continue;
        piece->of[piece->count].place = (uint32_t)(place + i);
        piece->of[piece->count].word = word;
        piece->count++;
        if (piece->count < CLSTEP_UPLOAD_WORDS)
            continue;
        clstep_status status = clstep__table_flush(table, enqueue, commands);
        if (status != CLSTEP_OK)
            return status;
    }
    return CLSTEP_OK;
}

/* Writes `count` words of the table from `place` on, or reads them, on a queue of its own: some
 * drivers accept no commands on a queue that has failed. */
static clstep_status transfer(const clstep__table *table, uint64_t place, uint64_t count,
                              bool writes, cl_context context, cl_device_id device)
{
    cl_int code = CL_SUCCESS;
    cl_command_queue queue = clCreateCommandQueue(context, device, 0, &code);
    if (!queue)
        return clstep__cl_failed("clCreateCommandQueue", code);
    const size_t begin = (size_t)(table->first_word + place) * WORD, size = (size_t)count * WORD;
    uint32_t *words = table->words + place;
    code =
        writes
            ? clEnqueueWriteBuffer(queue, table->buffer, CL_TRUE, begin, size, words, 0, NULL, NULL)
            : clEnqueueReadBuffer(queue, table->buffer, CL_TRUE, begin, size, words, 0, NULL, NULL);
    clReleaseCommandQueue(queue);
    return code == CL_SUCCESS
               ? CLSTEP_OK
               : clstep__cl_failed(writes ? "clEnqueueWriteBuffer" : "clEnqueueReadBuffer", code);
}

clstep_status clstep__table_restore(const clstep__table *table, cl_context context,
                                    cl_device_id device)
{
    return transfer(table, 0, table->sums, true, context, device);
}

clstep_status clstep__table_read(const clstep__table *table, uint64_t place, uint64_t count,
                                 cl_context context, cl_device_id device)
{
    return transfer(table, place, count, false, context, device);
}
