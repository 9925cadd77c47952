/* The host's copy of the device's table, and uploads of what has changed. buffers.c creates the
 * buffer, step.c enqueues the uploads. */
#include "optimizer/table.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "device/failure.h"

#include <string.h>

_Static_assert(sizeof(clstep__constants_float) == 72, "the kernel has constants of 72 bytes");
_Static_assert(sizeof(clstep__constants_double) == 136, "the kernel has constants of 136 bytes");
_Static_assert(sizeof(clstep_upload_words) + sizeof(cl_mem) <= 1024, "arguments are too long");

enum { WORD = sizeof(uint32_t) };

clstep_status clstep__table_make(clstep__table *table, const clstep_chunk *chunks,
                                 uint64_t chunk_count, uint64_t chunk_room, uint64_t floats,
                                 uint64_t doubles)
{
    table->floats = chunk_room * (sizeof(clstep_chunk) / WORD);
    table->doubles = table->floats + floats * (sizeof(clstep__constants_float) / WORD);
    table->word_count = table->doubles + doubles * (sizeof(clstep__constants_double) / WORD);
    table->words =
        table->word_count > UINT32_MAX ? NULL : clstep__allocate((size_t)table->word_count, WORD);
    if (!table->words)
        return clstep__fail(CLSTEP_OUT_OF_MEMORY, "clstep_optimizer_create",
                            "the host is out of memory for a table of %llu chunk%s",
                            (unsigned long long)chunk_room, clstep__plural(chunk_room));
    memcpy(table->words, chunks, (size_t)chunk_count * sizeof *chunks);
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
    const uint32_t count = piece->count;
    if (count == 0)
        return CLSTEP_OK;
    piece->first = table->first_word;
    const cl_int code = clSetKernelArg(table->upload, 1, sizeof *piece, piece);
    piece->count = 0; /* on failure too: words that were not uploaded still differ */
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clSetKernelArg", code);
    clstep_status status = enqueue(commands, table->upload);
    for (uint32_t i = 0; status == CLSTEP_OK && i < count; i++)
        table->words[piece->of[i].place] = piece->of[i].word;
    return status;
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

clstep_status clstep__table_restore(const clstep__table *table, cl_context context,
                                    cl_device_id device)
{
    cl_int code = CL_SUCCESS;
    cl_command_queue queue = clCreateCommandQueue(context, device, 0, &code);
    if (!queue)
        return clstep__cl_failed("clCreateCommandQueue", code);
    code = clEnqueueWriteBuffer(queue, table->buffer, CL_TRUE, (size_t)table->first_word * WORD,
                                (size_t)table->word_count * WORD, table->words, 0, NULL, NULL);
    clReleaseCommandQueue(queue);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clEnqueueWriteBuffer", code);
}
