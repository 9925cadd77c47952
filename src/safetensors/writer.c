/* The public calls that write safetensors files, except the declarations (writer_declare.c). */
#include "safetensors/writer_declare.h"

#include "base/memory.h"
#include "base/text.h"
#include "safetensors/error.h"
#include "safetensors/text.h"

#include <inttypes.h>
#include <string.h>

static bool copy_path(clstep_writer *writer, const char *path)
{
    if (!path)
        return true;
    const size_t size = strlen(path) + 1;
    writer->path = clstep__allocate(size, 1);
    if (writer->path)
        memcpy(writer->path, path, size);
    return writer->path;
}

clstep_status clstep_writer_create(clstep_writer **writer, const char *path)
{
    static const char call[] = "clstep_writer_create";
    if (!writer)
        return clstep__store_null(call, "writer");
    *writer = NULL;
    clstep_writer *created = clstep__allocate(1, sizeof *created);
    if (!created)
        return clstep__store_no_memory(call);
    created->target = (clstep__replacement){.folder = -1, .file = -1};
    created->tensors = json_object();
    created->metadata = json_object();
    if (!created->tensors || !created->metadata || !copy_path(created, path)) {
        clstep_writer_destroy(created);
        return clstep__store_no_memory(call);
    }
    *writer = created;
    return CLSTEP_OK;
}

/* Gives up the file and removes the temporary one, which may be what fills the disk. */
static clstep_status give_up(clstep_writer *writer, clstep_status status)
{
    clstep__replacement_close(&writer->target);
    writer->phase = CLSTEP__BROKEN;
    return status;
}

static clstep_status begin_memory(clstep_writer *writer, const char *call, uint64_t size)
{
    writer->memory = size <= SIZE_MAX ? clstep__allocate((size_t)size, 1) : NULL;
    return writer->memory ? CLSTEP_OK : clstep__store_no_memory(call);
}

static clstep_status store(clstep_writer *writer, const char *call, uint64_t at, uint64_t bytes,
                           const void *from)
{
    if (bytes == 0)
        return CLSTEP_OK;
    if (writer->path)
        return clstep__replacement_write(&writer->target, call, at, bytes, from);
    memcpy(writer->memory + at, from, (size_t)bytes);
    return CLSTEP_OK;
}

static clstep_status begin(clstep_writer *writer, const char *call, const char *header, size_t size)
{
    const uint64_t whole = size + writer->data_size; /* either is below 2^63 */
    clstep_status status =
        writer->path ? clstep__replacement_open(&writer->target, call, writer->path, whole, 0666)
                     : begin_memory(writer, call, whole);
    if (status != CLSTEP_OK)
        return status;
    status = store(writer, call, 0, size, header);
    if (status != CLSTEP_OK)
        clstep__replacement_close(&writer->target);
    return status;
}

clstep_status clstep_writer_begin(clstep_writer *writer)
{
    static const char call[] = "clstep_writer_begin";
    char *header = NULL;
    size_t size = 0;
    clstep_status status = clstep__writer_check(call, writer, CLSTEP__DECLARING);
    if (status == CLSTEP_OK)
        status = clstep__writer_header(writer, call, &header, &size);
    if (status != CLSTEP_OK)
        return status;
    status = begin(writer, call, header, size);
    clstep__free(header);
    if (status != CLSTEP_OK)
        return status;
    writer->data = size;
    writer->phase = CLSTEP__WRITING;
    return CLSTEP_OK;
}

static clstep_status check_range(const char *call, const clstep_writer *writer, size_t index,
                                 uint64_t first, uint64_t bytes)
{
    if (index >= writer->part_count)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                  "index is %zu, but the writer has %zu tensor%s", index,
                                  writer->part_count, clstep__plural(writer->part_count));
    const clstep__part *part = &writer->parts[index];
    if (first > part->bytes || bytes > part->bytes - first)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                  "first %" PRIu64 " and bytes %" PRIu64
                                  " reach past the end of tensor \"%s\", which has %" PRIu64
                                  " bytes",
                                  first, bytes, clstep__show(part->name).text, part->bytes);
    const clstep__range *twice =
        clstep__ranges_overlap(&part->written, (clstep__range){first, first + bytes});
    if (twice)
        return clstep__store_fail(
            CLSTEP_INVALID_ARGUMENT, call,
            "bytes %" PRIu64 " to %" PRIu64
            " of tensor \"%s\" have been written before; write each byte once",
            twice->begin > first ? twice->begin : first, twice->end - 1,
            clstep__show(part->name).text);
    return CLSTEP_OK;
}

clstep_status clstep_writer_write(clstep_writer *writer, size_t index, uint64_t first,
                                  uint64_t bytes, const void *from)
{
    static const char call[] = "clstep_writer_write";
    clstep_status status = clstep__writer_check(call, writer, CLSTEP__WRITING);
    if (status == CLSTEP_OK)
        status = check_range(call, writer, index, first, bytes);
    if (status != CLSTEP_OK)
        return status;
    if (!from && bytes > 0)
        return clstep__store_null(call, "from");
    clstep__part *part = &writer->parts[index];
    if (!clstep__ranges_add(&part->written, (clstep__range){first, first + bytes}))
        return clstep__store_no_memory(call);
    status = store(writer, call, writer->data + part->begin + first, bytes, from);
    return status == CLSTEP_OK ? CLSTEP_OK : give_up(writer, status);
}

static clstep_status check_complete(const char *call, const clstep_writer *writer)
{
    for (size_t i = 0; i < writer->part_count; i++) {
        const clstep__part *part = &writer->parts[i];
        const uint64_t left = part->bytes - clstep__ranges_bytes(&part->written);
        if (!clstep__ranges_cover(&part->written, part->bytes))
            return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                      "tensor \"%s\" lacks %" PRIu64 " byte%s; write all bytes "
                                      "first, with clstep_writer_write()",
                                      clstep__show(part->name).text, left, clstep__plural(left));
    }
    return CLSTEP_OK;
}

clstep_status clstep_writer_sync(clstep_writer *writer)
{
    static const char call[] = "clstep_writer_sync";
    clstep_status status = clstep__writer_check(call, writer, CLSTEP__WRITING);
    if (status == CLSTEP_OK)
        status = check_complete(call, writer);
    if (status != CLSTEP_OK || !writer->path)
        return status;
    status = clstep__replacement_sync(&writer->target, call);
    return status == CLSTEP_OK ? CLSTEP_OK : give_up(writer, status);
}

const char *clstep_writer_temporary(const clstep_writer *writer)
{
    return writer ? writer->target.temporary : NULL;
}

void clstep_writer_keep(clstep_writer *writer)
{
    if (writer && writer->phase == CLSTEP__WRITING && writer->path) {
        clstep__replacement_keep(&writer->target);
        writer->phase = CLSTEP__COMPLETE;
    }
}

clstep_status clstep_writer_complete(const char *path, const char *temporary)
{
    static const char call[] = "clstep_writer_complete";
    if (!path || !temporary)
        return clstep__store_null(call, path ? "temporary" : "path");
    return clstep__replacement_complete(call, path, temporary);
}

clstep_status clstep_writer_commit(clstep_writer *writer)
{
    static const char call[] = "clstep_writer_commit";
    clstep_status status = clstep__writer_check(call, writer, CLSTEP__WRITING);
    if (status != CLSTEP_OK)
        return status;
    if (!writer->path)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                  "writer writes to memory; call clstep_writer_take()");
    status = check_complete(call, writer);
    if (status != CLSTEP_OK)
        return status;
    status = clstep__replacement_commit(&writer->target, call);
    if (status != CLSTEP_OK)
        return give_up(writer, status);
    clstep__replacement_close(&writer->target);
    writer->phase = CLSTEP__COMPLETE;
    return CLSTEP_OK;
}

clstep_status clstep_writer_take(clstep_writer *writer, void **bytes, size_t *size)
{
    static const char call[] = "clstep_writer_take";
    if (bytes)
        *bytes = NULL;
    clstep_status status = clstep__writer_check(call, writer, CLSTEP__WRITING);
    if (status != CLSTEP_OK)
        return status;
    if (!bytes || !size)
        return clstep__store_null(call, !bytes ? "bytes" : "size");
    if (writer->path)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                  "writer writes to a file; call clstep_writer_commit()");
    status = check_complete(call, writer);
    if (status != CLSTEP_OK)
        return status;
    *bytes = writer->memory;
    *size = (size_t)(writer->data + writer->data_size);
    writer->memory = NULL;
    writer->phase = CLSTEP__COMPLETE;
    return CLSTEP_OK;
}

void clstep_writer_destroy(clstep_writer *writer)
{
    if (!writer)
        return;
    clstep__replacement_close(&writer->target);
    json_decref(writer->tensors);
    json_decref(writer->metadata);
    for (size_t i = 0; i < writer->part_count; i++)
        clstep__ranges_free(&writer->parts[i].written);
    clstep__free(writer->parts);
    clstep__free(writer->memory);
    clstep__free(writer->path);
    clstep__free(writer);
}

void clstep_store_free(void *memory)
{
    clstep__free(memory);
}
