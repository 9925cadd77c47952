/* The public calls that read safetensors files. header.c reads the header. */
#include "base/file_input.h"
#include "base/memory.h"
#include "base/sized.h"
#include "base/text.h"
#include "safetensors/dtype.h"
#include "safetensors/error.h"
#include "safetensors/header.h"

#include <clstep/store.h>
#include <inttypes.h>

enum { LENGTH_BYTES = 8 };

struct clstep_safetensors {
    clstep__input input;
    clstep__header header;
    uint64_t data; /* where the data begin in the source */
};

static clstep_status read_length(const clstep_safetensors *file, const char *call, size_t *length)
{
    unsigned char bytes[LENGTH_BYTES];
    if (file->input.size < LENGTH_BYTES)
        return clstep__store_damaged(call,
                                     "the file has %" PRIu64 " byte%s, fewer than the 8 that the "
                                     "format begins with",
                                     file->input.size, clstep__plural(file->input.size));
    clstep_status status = clstep__input_read(&file->input, call, 0, LENGTH_BYTES, bytes);
    if (status != CLSTEP_OK)
        return status;
    uint64_t n = 0;
    for (int i = LENGTH_BYTES - 1; i >= 0; i--)
        n = n << 8 | bytes[i];
    if (n > CLSTEP__HEADER_MOST)
        return clstep__store_fail(
            CLSTEP_INVALID_FILE, call,
            "this is no safetensors file, or it is damaged: its header would "
            "be longer than the format's limit of %u bytes; take another copy",
            CLSTEP__HEADER_MOST);
    const uint64_t behind = file->input.size - LENGTH_BYTES;
    if (n > behind)
        return clstep__store_damaged(call,
                                     "the header's length is %" PRIu64
                                     ", but the file has only %" PRIu64 " byte%s behind it",
                                     n, behind, clstep__plural(behind));
    *length = (size_t)n;
    return CLSTEP_OK;
}

static clstep_status read_header(clstep_safetensors *file, const char *call)
{
    size_t length = 0;
    clstep_status status = read_length(file, call, &length);
    if (status != CLSTEP_OK)
        return status;
    file->data = LENGTH_BYTES + length;
    char *bytes = clstep__allocate(length + 1, 1);
    if (!bytes)
        return clstep__store_no_memory(call);
    status = clstep__input_read(&file->input, call, LENGTH_BYTES, length, bytes);
    if (status == CLSTEP_OK)
        status =
            clstep__header_read(&file->header, call, bytes, length, file->input.size - file->data);
    clstep__free(bytes);
    return status;
}

static clstep_status open_input(clstep_safetensors **file, const char *call,
                                const clstep__input *input)
{
    clstep_safetensors *opened = clstep__allocate(1, sizeof *opened);
    if (!opened)
        return clstep__store_no_memory(call);
    opened->input = *input;
    clstep_status status = read_header(opened, call);
    if (status == CLSTEP_OK) {
        *file = opened;
        return CLSTEP_OK;
    }
    clstep__header_free(&opened->header);
    clstep__free(opened);
    return status;
}

clstep_status clstep_safetensors_open(clstep_safetensors **file, const char *path)
{
    static const char call[] = "clstep_safetensors_open";
    clstep__input input;
    if (!file)
        return clstep__store_null(call, "file");
    *file = NULL;
    if (!path)
        return clstep__store_null(call, "path");
    clstep_status status = clstep__input_open(&input, call, path);
    if (status != CLSTEP_OK)
        return status;
    status = open_input(file, call, &input);
    if (status != CLSTEP_OK)
        clstep__input_close(&input);
    return status;
}

clstep_status clstep_safetensors_open_memory(clstep_safetensors **file, const void *bytes,
                                             size_t size)
{
    static const char call[] = "clstep_safetensors_open_memory";
    clstep__input input;
    if (!file)
        return clstep__store_null(call, "file");
    *file = NULL;
    if (!bytes)
        return clstep__store_null(call, "bytes");
    clstep__input_memory(&input, bytes, size);
    return open_input(file, call, &input);
}

void clstep_safetensors_close(clstep_safetensors *file)
{
    if (!file)
        return;
    clstep__input_close(&file->input);
    clstep__header_free(&file->header);
    clstep__free(file);
}

size_t clstep_safetensors_tensor_count(const clstep_safetensors *file)
{
    return file ? file->header.tensor_count : 0;
}

static clstep_status check_index(const char *call, const clstep_safetensors *file, size_t index)
{
    if (!file)
        return clstep__store_null(call, "file");
    if (index < file->header.tensor_count)
        return CLSTEP_OK;
    return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                              "index is %zu, but the file has %zu tensor%s", index,
                              file->header.tensor_count, clstep__plural(file->header.tensor_count));
}

clstep_status clstep_safetensors_tensor_at(const clstep_safetensors *file, size_t index,
                                           clstep_safetensors_tensor *tensor)
{
    static const char call[] = "clstep_safetensors_tensor_at";
    clstep_status status = check_index(call, file, index);
    if (status != CLSTEP_OK)
        return status;
    if (!clstep__struct_fits(tensor, CLSTEP__SIZES(clstep_safetensors_tensor)))
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                  "tensor must point to a clstep_safetensors_tensor that starts as "
                                  "CLSTEP_SAFETENSORS_TENSOR_INIT");
    const clstep__entry *entry = &file->header.tensors[index];
    const clstep_safetensors_tensor told = {.name = entry->name,
                                            .dtype = entry->dtype,
                                            .shape = entry->shape,
                                            .rank = entry->rank,
                                            .count = entry->count,
                                            .bytes = entry->end - entry->begin};
    clstep__struct_write(tensor, &told, sizeof(clstep_safetensors_tensor));
    return CLSTEP_OK;
}

size_t clstep_safetensors_find(const clstep_safetensors *file, const char *name)
{
    if (!file || !name)
        return SIZE_MAX;
    return clstep__names_find(file->header.tensor_names, file->header.tensor_count, name);
}

clstep_status clstep_safetensors_read(const clstep_safetensors *file, size_t index, uint64_t first,
                                      uint64_t bytes, void *to)
{
    static const char call[] = "clstep_safetensors_read";
    clstep_status status = check_index(call, file, index);
    if (status != CLSTEP_OK)
        return status;
    const clstep__entry *entry = &file->header.tensors[index];
    const uint64_t size = entry->end - entry->begin;
    if (first > size || bytes > size - first)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                  "first %" PRIu64 " and bytes %" PRIu64
                                  " reach past the end of tensor \"%s\", which has %" PRIu64
                                  " bytes",
                                  first, bytes, clstep__show(entry->name).text, size);
    if (!to && bytes > 0)
        return clstep__store_null(call, "to");
    return clstep__input_read(&file->input, call, file->data + entry->begin + first, bytes, to);
}

const char *clstep_safetensors_metadata(const clstep_safetensors *file, const char *key)
{
    if (!file || !key)
        return NULL;
    const size_t index =
        clstep__names_find(file->header.metadata_names, file->header.metadata_count, key);
    return index == SIZE_MAX ? NULL : file->header.metadata[index].text;
}

const char *clstep_safetensors_metadata_key(const clstep_safetensors *file, size_t index)
{
    return file && index < file->header.metadata_count ? file->header.metadata[index].key : NULL;
}
